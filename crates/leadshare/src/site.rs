//! A site: the directory with leadshare.toml, and what stands in it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use lead::SiteKeys;
use lead::ident::{hex, unhex};
use pipeline_kafka::KafkaConfig;

use crate::access::remote::make_private_dir;
use crate::config::Config;
use crate::fault::Fault;

/// The name of the configuration file.
pub(crate) const CONFIG_FILE: &str = "leadshare.toml";

/// An opened site.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) dir: PathBuf,
    pub(crate) config: Config,
}

impl Site {
    /// Reads the configuration in `dir`, with `key=value` flags over it.
    pub(crate) fn open(dir: &Path, flags: &[String]) -> Result<Self, Fault> {
        let config = Config::load(&dir.join(CONFIG_FILE), flags)?;
        Ok(Self { dir: dir.to_owned(), config })
    }

    /// How to reach the broker.
    pub(crate) fn kafka(&self) -> Result<KafkaConfig, Fault> {
        self.config.kafka.clone().ok_or_else(|| {
            Fault::usage("the table [kafka] with `bootstrap_servers` is needed in leadshare.toml")
        })
    }

    /// The site's keys. Refuses a file that others can read.
    pub(crate) fn keys(&self) -> Result<SiteKeys, Fault> {
        let path = &self.config.files.master_key;
        let wrong = |what: String| Fault::usage(format!("`{}`: {what}", path.display()));
        let metadata = fs::metadata(path).map_err(|error| {
            wrong(format!("{error}; `leadshare init` makes it, or restore the copy that was kept"))
        })?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(wrong(format!("others can read it (mode {mode:o}); chmod 600 it")));
        }
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let key = unhex::<32>(text.trim())
            .ok_or_else(|| wrong("expected 64 hexadecimal digits and nothing else".to_owned()))?;
        Ok(SiteKeys::new(key))
    }

    /// The directory of state, made if it is missing, entered by its owner alone.
    pub(crate) fn make_state_dir(&self) -> Result<&Path, Fault> {
        let dir = &self.config.files.state;
        make_private_dir(dir).map_err(|error| {
            Fault::file(dir, "`files.state` must be a directory of the service's own", &error)
        })?;
        Ok(dir)
    }
}

/// Writes a new master key that only its owner can read. Never overwrites one.
pub(crate) fn make_master_key(path: &Path) -> Result<(), Fault> {
    let refused = |error: std::io::Error| Fault::file(path, "the master key must be written there", &error);
    if let Some(dir) = path.parent() {
        make_private_dir(dir).map_err(refused)?;
    }
    let mut key = [0; 32];
    rand::TryRngCore::try_fill_bytes(&mut rand::rngs::OsRng, &mut key)
        .map_err(|error| Fault::failed(format!("the system gives no random bytes: {error}")))?;
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(refused)?;
    file.write_all(format!("{}\n", hex(&key)).as_bytes()).and_then(|()| file.sync_all()).map_err(refused)
}
