//! A site: the directory with leadshare.toml, and what stands in it.

use std::path::{Path, PathBuf};

use lead::SiteKeys;
use pipeline_kafka::KafkaConfig;

use crate::access::remote::make_private_dir;
use crate::config::Config;
use crate::fault::Fault;
use crate::secret_file;

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
        secret_file::read(path, "`leadshare init` makes it, or restore the copy that was kept")
            .map(SiteKeys::new)
    }

    /// Where the secret key of an officer is kept, unless it is elsewhere.
    pub(crate) fn officer_key(&self, officer: &str) -> PathBuf {
        self.dir.join("secrets/officers").join(format!("{officer}.key"))
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
    let todo = "the master key must be written there";
    if let Some(dir) = path.parent() {
        make_private_dir(dir).map_err(|error| Fault::file(path, todo, &error))?;
    }
    secret_file::make(path, todo).map(drop)
}
