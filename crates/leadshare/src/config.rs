//! The configuration: one file, then the environment, then flags. Every key is documented in
//! config/leadshare.toml, which a test parses. Secrets are never written here: keys name files.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use lead::value::Country;
use normaliser::Clocks;
use pipeline_kafka::{KafkaConfig, Security};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// Variables of the environment that are not keys of the configuration.
const NOT_KEYS: [&str; 4] = ["dir", "output", "log", "log_format"];

/// The configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where records travel.
    #[serde(default)]
    pub(crate) transport: TransportKind,
    /// Partners elsewhere are foreign.
    pub(crate) home_country: Country,
    /// Where files are.
    #[serde(default)]
    pub(crate) files: Files,
    /// For `transport = "embedded"`.
    #[serde(default)]
    pub(crate) embedded: Embedded,
    /// For `transport = "kafka"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kafka: Option<KafkaConfig>,
    /// Metrics and health.
    #[serde(default)]
    pub(crate) http: Http,
    /// Threads.
    #[serde(default)]
    pub(crate) workers: Workers,
    /// What `topics apply` makes.
    #[serde(default)]
    pub(crate) topics: Topics,
    /// How long leads are kept.
    #[serde(default)]
    pub(crate) retention: Clocks,
    /// How long approvals and answers may take.
    #[serde(default)]
    pub(crate) release: Release,
    /// Bounds of a batch.
    #[serde(default)]
    pub(crate) limits: Limits,
}

/// Where records travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransportKind {
    /// One process, one directory, no broker.
    #[default]
    Embedded,
    /// Apache Kafka.
    Kafka,
}

/// Where files are; relative to the directory of leadshare.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Files {
    pub(crate) sources: PathBuf,
    pub(crate) partners: PathBuf,
    pub(crate) policies: PathBuf,
    /// A file for each officer; the folder need not be there.
    pub(crate) officers: PathBuf,
    pub(crate) matching: PathBuf,
    /// 64 hexadecimal digits, readable by its owner alone.
    pub(crate) master_key: PathBuf,
    /// State, the embedded log and the socket.
    pub(crate) state: PathBuf,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            sources: "sources".into(),
            partners: "partners".into(),
            policies: "policies".into(),
            officers: "officers".into(),
            matching: "matching.toml".into(),
            master_key: "secrets/master.key".into(),
            state: "state".into(),
        }
    }
}

/// The embedded transport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Embedded {
    /// Whether a commit waits for the disk.
    pub(crate) fsync: Fsync,
}

impl Default for Embedded {
    fn default() -> Self {
        Self { fsync: Fsync::EveryCommit }
    }
}

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fsync {
    /// A power cut loses nothing.
    EveryCommit,
    /// A power cut can lose the last commits, whole and in order.
    Never,
}

/// Metrics and health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Where /metrics, /healthz and /readyz answer.
    pub(crate) listen: SocketAddr,
    /// Consent to an address that other machines can reach.
    pub(crate) allow_other_hosts: bool,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9464)), allow_other_hosts: false }
    }
}

/// Worker threads of each service in one process (Kafka only: embedded, each service has one).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Workers {
    pub(crate) normaliser: usize,
    pub(crate) gate: usize,
    pub(crate) deduplicator: usize,
    pub(crate) router: usize,
    /// Memory for blocks of the state on disk.
    pub(crate) cache_mib: u64,
    /// Whether a deduplicator or router keeps the state of others' partitions up to date, to take over at once.
    pub(crate) standby: bool,
}

impl Default for Workers {
    fn default() -> Self {
        Self { normaliser: 1, gate: 1, deduplicator: 1, router: 1, cache_mib: 64, standby: true }
    }
}

/// What `topics apply` makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Topics {
    /// Partitions of leads.matters.v1: routers scale by them. Fixed once made.
    pub(crate) matters_partitions: u32,
    pub(crate) inbound_retention_days: i64,
    pub(crate) normalised_retention_days: i64,
    pub(crate) matters_retention_days: i64,
    pub(crate) decisions_retention_days: i64,
    pub(crate) partner_retention_days: i64,
    pub(crate) dead_letter_retention_days: i64,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            matters_partitions: 4,
            inbound_retention_days: 30,
            normalised_retention_days: 30,
            matters_retention_days: 90,
            decisions_retention_days: 3_650,
            partner_retention_days: 90,
            dead_letter_retention_days: 90,
        }
    }
}

/// What is wrong with which setting, without the places in this program that figment adds.
fn told(error: figment::Error) -> String {
    let faults = error.into_iter().map(|fault| match fault.path.is_empty() {
        true => fault.kind.to_string(),
        false => format!("{}: {}", fault.path.join("."), fault.kind),
    });
    faults.collect::<Vec<_>>().join("; ")
}

/// Topics that hold what leads say must not keep it longer than the lead may be kept that is purged first.
fn kept_too_long(topics: &Topics, retention: &Clocks) -> Option<String> {
    let shortest = i64::from(retention.shortest_days());
    let kept = [
        ("inbound", topics.inbound_retention_days),
        ("normalised", topics.normalised_retention_days),
        ("matters", topics.matters_retention_days),
        ("partner", topics.partner_retention_days),
        ("dead_letter", topics.dead_letter_retention_days),
    ];
    let (name, days) = kept.into_iter().find(|(_, days)| !(1..=shortest).contains(days))?;
    Some(format!(
        "topics.{name}_retention_days is {days}; say 1 to {shortest}: after so long a lead may have to be purged, see [retention]"
    ))
}

/// How long things may take that a person or a partner has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Release {
    pub(crate) hold_days: u32,
    pub(crate) answer_days: u32,
    pub(crate) duty_minutes: u32,
}

impl Default for Release {
    fn default() -> Self {
        Self { hold_days: 14, answer_days: 10, duty_minutes: 60 }
    }
}

impl Release {
    /// The same in milliseconds.
    pub(crate) fn terms(&self) -> router::Terms {
        const MINUTE: i64 = 60_000;
        router::Terms {
            hold_millis: i64::from(self.hold_days) * 24 * 60 * MINUTE,
            answer_millis: i64::from(self.answer_days) * 24 * 60 * MINUTE,
            duty_millis: i64::from(self.duty_minutes) * MINUTE,
        }
    }
}

/// Bounds of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    pub(crate) batch_records: usize,
    pub(crate) batch_bytes: usize,
    pub(crate) record_bytes: usize,
    pub(crate) dead_letter_burst: usize,
    pub(crate) dead_letter_pause_seconds: i64,
    pub(crate) tick_seconds: i64,
}

impl Default for Limits {
    fn default() -> Self {
        let limits = pipeline::Limits::default();
        Self {
            batch_records: limits.batch_records,
            batch_bytes: limits.batch_bytes,
            record_bytes: limits.record_bytes,
            dead_letter_burst: limits.dead_letter_burst,
            dead_letter_pause_seconds: limits.pause_millis / 1_000,
            tick_seconds: limits.tick_millis / 1_000,
        }
    }
}

impl Limits {
    pub(crate) fn pipeline(&self) -> pipeline::Limits {
        pipeline::Limits {
            batch_records: self.batch_records,
            batch_bytes: self.batch_bytes,
            record_bytes: self.record_bytes,
            dead_letter_burst: self.dead_letter_burst,
            pause_millis: self.dead_letter_pause_seconds.saturating_mul(1_000),
            tick_millis: self.tick_seconds.saturating_mul(1_000),
            ..pipeline::Limits::default()
        }
    }
}

impl Config {
    /// Reads `file`, the environment (`LEADSHARE_HTTP__LISTEN` is `http.listen`) and `key=value` flags,
    /// of which the later counts. Paths become absolute, relative to the file's directory.
    pub(crate) fn load(file: &Path, flags: &[String]) -> Result<Self, Fault> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            Fault::usage(format!(
                "`{}`: {error}; make a site with `leadshare init DIR`, or name one with --dir",
                file.display()
            ))
        })?;
        let mut config = Self::parse(&text, flags)
            .map_err(|message| Fault::usage(format!("`{}`: {message}", file.display())))?;
        config.resolve(file.parent().unwrap_or(Path::new(".")));
        Ok(config)
    }

    fn parse(text: &str, flags: &[String]) -> Result<Self, String> {
        let mut figment = Figment::new()
            .merge(Toml::string(text))
            .merge(Env::prefixed("LEADSHARE_").split("__").ignore(&NOT_KEYS));
        for flag in flags {
            let Some((key, value)) = flag.split_once('=') else {
                return Err(format!(
                    "--set `{flag}`: expected KEY=VALUE, such as http.listen=127.0.0.1:9465"
                ));
            };
            let value: figment::value::Value = value.parse().unwrap_or_else(|never| match never {});
            figment = figment.merge(Serialized::default(key, value));
        }
        // The TOML parser alone knows lines and columns: prefer what it says of the same fault.
        let config: Self = figment.extract().map_err(|error| match toml::from_str::<Self>(text) {
            Err(positioned) if flags.is_empty() => positioned.to_string().trim_end().to_owned(),
            _ => told(error),
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(fault) = kept_too_long(&self.topics, &self.retention) {
            return Err(fault);
        }
        if self.transport == TransportKind::Kafka && self.kafka.is_none() {
            return Err(
                "transport is \"kafka\", so the table [kafka] with `bootstrap_servers` is needed".into()
            );
        }
        if !self.http.listen.ip().is_loopback() && !self.http.allow_other_hosts {
            return Err(format!(
                "http.listen is `{}`, which other machines can reach; use a loopback address, or set http.allow_other_hosts = true",
                self.http.listen
            ));
        }
        let positive = [
            ("workers.normaliser", self.workers.normaliser),
            ("workers.gate", self.workers.gate),
            ("workers.deduplicator", self.workers.deduplicator),
            ("workers.router", self.workers.router),
            ("topics.matters_partitions", self.topics.matters_partitions as usize),
            ("limits.batch_records", self.limits.batch_records),
            ("limits.batch_bytes", self.limits.batch_bytes),
            ("limits.record_bytes", self.limits.record_bytes),
            ("limits.dead_letter_burst", self.limits.dead_letter_burst),
            ("limits.tick_seconds", usize::try_from(self.limits.tick_seconds).unwrap_or(0)),
        ];
        match positive.iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(format!("{key} must be 1 or more")),
            None if self.limits.tick_seconds > 10 => {
                Err("limits.tick_seconds must be 10 or less: deadlines are looked at then".into())
            }
            None => Ok(()),
        }
    }

    fn resolve(&mut self, base: &Path) {
        let files = &mut self.files;
        let mut paths = vec![
            &mut files.sources,
            &mut files.partners,
            &mut files.policies,
            &mut files.officers,
            &mut files.matching,
            &mut files.master_key,
            &mut files.state,
        ];
        if let Some(kafka) = &mut self.kafka {
            match &mut kafka.security {
                Security::None => {}
                Security::Tls { ca_file, certificate_file, key_file } => {
                    paths.extend([ca_file, certificate_file, key_file]);
                }
                Security::Scram { password_file, ca_file, .. } => paths.extend([password_file, ca_file]),
            }
        }
        for path in paths {
            *path = base.join(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const DEFAULT: &str = include_str!("../../../config/leadshare.toml");

    #[test]
    fn the_default_file_states_the_defaults() {
        let config = Config::parse(DEFAULT, &[]).unwrap();
        let least = Config::parse("home_country = \"US\"", &[]).unwrap();
        assert_eq!(config, least);
    }

    #[test]
    fn a_fault_of_a_flag_names_the_setting_and_no_place_in_this_program() {
        let flags = ["retention.tip_day=4".to_owned()];
        let error = Config::parse("home_country = \"US\"", &flags).unwrap_err().to_string();
        assert!(error.starts_with("retention.tip_day: unknown field"), "{error}");
        assert!(!error.contains(".rs"), "{error}");
    }

    /// Sabotage: compare with the longest time, or with none.
    #[test]
    fn topics_keep_nothing_longer_than_a_lead_may_be_kept() {
        for (asked, says) in [
            ("topics.partner_retention_days = 91", Some("say 1 to 90")),
            ("topics.inbound_retention_days = -1", Some("say 1 to 90")),
            ("retention.tip_days = 89", Some("topics.matters_retention_days is 90; say 1 to 89")),
            ("retention.exercise_days = 0", None),
            ("topics.decisions_retention_days = 36500", None),
        ] {
            let read = Config::parse(&format!("home_country = \"US\"\n{asked}"), &[]);
            let error = read.err().map(|error| error.to_string());
            match says {
                Some(says) => assert!(error.is_some_and(|error| error.contains(says)), "{asked}"),
                None => assert_eq!(error, None, "{asked}"),
            }
        }
    }

    /// Each commented line `# key = value` is a key that exists.
    #[test]
    fn what_the_default_file_comments_out_is_valid_too() {
        let all: String = DEFAULT
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(key)
                    if key.starts_with('[') || key.split_once(" = ").is_some_and(|(k, _)| is_key(k)) =>
                {
                    format!("{key}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        let config = Config::parse(&all, &[]).unwrap();
        assert!(config.kafka.is_some(), "the [kafka] table is shown");
    }

    fn is_key(text: &str) -> bool {
        text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    }

    #[test]
    fn says_where_and_what() {
        let cases = [
            ("home_country = \"USA\"", "ISO 3166-1"),
            ("home_country = \"US\"\ntransprt = \"kafka\"", "line 2"),
            ("home_country = \"US\"\ntransport = \"kafka\"", "bootstrap_servers"),
            ("home_country = \"US\"\n[http]\nlisten = \"0.0.0.0:9464\"", "allow_other_hosts"),
            ("home_country = \"US\"\n[workers]\nrouter = 0", "workers.router must be 1 or more"),
            ("home_country = \"US\"\n[limits]\ntick_seconds = 60", "10 or less"),
        ];
        for (text, expected) in cases {
            let error = Config::parse(text, &[]).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let text = "home_country = \"US\"\n[http]\nlisten = \"127.0.0.1:1\"";
        let config = Config::parse(text, &["http.listen=127.0.0.1:2".into()]).unwrap();
        assert_eq!(config.http.listen.port(), 2);
        let error = Config::parse(text, &["http.port=2".into()]).unwrap_err();
        assert!(error.contains("port"), "{error}");
        assert!(Config::parse(text, &["http".into()]).unwrap_err().contains("KEY=VALUE"));
    }
}
