//! Makes a site: configuration, keys, a directory for state.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::access::remote::make_private_dir;
use crate::cli::Init;
use crate::console::Console;
use crate::fault::Fault;
use crate::site::{CONFIG_FILE, Site, make_master_key};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Makes the site. Never touches one that is there.
pub(crate) fn run(init: &Init, console: &mut Console) -> Result<(), Fault> {
    let site = make(&init.site, init.from.as_deref(), init.kafka.as_deref())?;
    if console.is_json() {
        return console.json(&json!({ "site": site.dir.display().to_string() }));
    }
    let dir = site.dir.display();
    console.line(format!("{dir} is ready:"))?;
    console.line(format!("  {dir}/{CONFIG_FILE}          configuration"))?;
    console.line(format!("  {dir}/sources, partners, policies, matching.toml"))?;
    console
        .line(format!("  {dir}/secrets/master.key       keep a copy in a safe place; ids follow from it"))?;
    console.line("\nNext:")?;
    if init.kafka.is_some() {
        console.line(format!("  leadshare -C {dir} topics apply"))?;
    }
    console.line(format!("  leadshare -C {dir} check"))?;
    console.line(format!("  leadshare -C {dir} run all"))
}

/// Makes the site and opens it.
pub(crate) fn make(dir: &Path, from: Option<&Path>, kafka: Option<&str>) -> Result<Site, Fault> {
    if dir.join(CONFIG_FILE).exists() {
        return Err(Fault::usage(format!(
            "`{}` is a site already; choose another directory, or remove it with all that it holds",
            dir.display()
        )));
    }
    fs::create_dir_all(dir).map_err(|error| Fault::file(dir, "the site is made there", &error))?;
    match from {
        Some(from) => copy(from, dir)?,
        None => {
            for (name, bytes) in EMBEDDED {
                write(&dir.join(name), bytes)?;
            }
        }
    }
    if let Some(servers) = kafka {
        use_kafka(&dir.join(CONFIG_FILE), servers)?;
    }
    let site = Site::open(dir, &[])?;
    if !site.config.files.master_key.exists() {
        make_master_key(&site.config.files.master_key)?;
    }
    make_private_dir(&site.config.files.state)
        .map_err(|error| Fault::file(&site.config.files.state, "state is kept there", &error))?;
    Ok(site)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    let refused = |error: std::io::Error| Fault::file(path, "the site's files are written there", &error);
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(refused)?;
    }
    fs::write(path, bytes).map_err(refused)
}

/// Copies the configuration of another site: neither its secrets nor its state.
fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    if !from.join(CONFIG_FILE).exists() {
        return Err(Fault::usage(format!(
            "--from `{}`: expected a directory with {CONFIG_FILE}",
            from.display()
        )));
    }
    let mut folders: Vec<PathBuf> = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let dir = from.join(&folder);
        let unreadable = |error: std::io::Error| Fault::file(&dir, "it is copied to the new site", &error);
        for entry in fs::read_dir(&dir).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = folder.join(entry.file_name());
            let is_private = ["secrets", "state"].iter().any(|private| name == Path::new(private));
            if is_private {
                continue;
            }
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(name);
            } else {
                let bytes = fs::read(entry.path()).map_err(unreadable)?;
                write(&to.join(&name), &bytes)?;
            }
        }
    }
    Ok(())
}

/// Sets transport and brokers in the file, where the default one has them.
fn use_kafka(file: &Path, servers: &str) -> Result<(), Fault> {
    let text = fs::read_to_string(file).map_err(|error| Fault::file(file, "it is edited", &error))?;
    let servers = format!("bootstrap_servers = {}", json!(servers));
    let mut lines = Vec::new();
    let mut changed = 0;
    for line in text.lines() {
        let new = match line.trim_start_matches("# ") {
            "transport = \"embedded\"" | "transport = \"kafka\"" => Some("transport = \"kafka\""),
            "[kafka]" => Some("[kafka]"),
            other if other.starts_with("bootstrap_servers = ") => Some(servers.as_str()),
            _ => None,
        };
        changed += usize::from(new.is_some());
        lines.push(new.unwrap_or(line));
    }
    if changed != 3 {
        return Err(Fault::usage(format!(
            "`{}` has not the lines of the default file; set transport and [kafka] by hand",
            file.display()
        )));
    }
    write(file, format!("{}\n", lines.join("\n")).as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::TransportKind;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_site_is_private_where_it_must_be_and_never_overwritten() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = temporary.path().join("site");
        let site = make(&dir, None, None).unwrap();
        assert_eq!(mode(&dir.join("secrets")), 0o700);
        assert_eq!(mode(&dir.join("secrets/master.key")), 0o600);
        assert_eq!(mode(&dir.join("state")), 0o700);
        site.keys().unwrap();
        assert!(make(&dir, None, None).unwrap_err().to_string().contains("already"));

        let copy = make(&temporary.path().join("copy"), Some(&dir), None).unwrap();
        let key = |site: &Site| fs::read(&site.config.files.master_key).unwrap();
        assert_ne!(key(&site), key(&copy), "a copy of a site has keys of its own");
    }

    #[test]
    fn keys_that_others_can_read_are_refused() {
        let temporary = tempfile::tempdir().unwrap();
        let site = make(&temporary.path().join("site"), None, None).unwrap();
        let file = &site.config.files.master_key;
        fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(site.keys().unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(file, "short").unwrap();
        assert!(site.keys().unwrap_err().to_string().contains("64 hexadecimal digits"));
    }

    #[test]
    fn kafka_is_a_flag() {
        let temporary = tempfile::tempdir().unwrap();
        let site = make(&temporary.path().join("site"), None, Some("broker.example:9092")).unwrap();
        assert_eq!(site.config.transport, TransportKind::Kafka);
        assert_eq!(site.kafka().unwrap().bootstrap_servers, "broker.example:9092");
    }
}
