//! How to reach the brokers. Secrets are named by file, never written here.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The `[kafka]` table of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// Where to find the first broker: `host:port`, several separated by commas.
    pub bootstrap_servers: String,
    /// Begins the names of groups and transactional ids, so that access can be granted by prefix.
    #[serde(default = "default_prefix")]
    pub prefix: String,
    /// How connections are secured.
    #[serde(default)]
    pub security: Security,
    /// Copies of each new topic; without it, the brokers' default. With 3 or more, 2 must be in sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication_factor: Option<u16>,
    /// An operator's consent to go on although retention deleted records before they were read.
    /// Otherwise a service stops when it finds such a gap, because the records are lost.
    #[serde(default)]
    pub accept_deleted_records: bool,
}

fn default_prefix() -> String {
    "leadshare".to_owned()
}

impl KafkaConfig {
    /// Unsecured connections to these brokers, everything else as by default.
    pub fn new(bootstrap_servers: impl Into<String>) -> Self {
        Self {
            bootstrap_servers: bootstrap_servers.into(),
            prefix: default_prefix(),
            security: Security::None,
            replication_factor: None,
            accept_deleted_records: false,
        }
    }

    /// The consumer group of a service.
    pub(crate) fn group(&self, service: &str) -> String {
        format!("{}.{service}", self.prefix)
    }

    /// The transactional id of one input partition of a service.
    pub(crate) fn transactional_id(&self, service: &str, source: &pipeline::Source) -> String {
        format!("{}.{service}.{}.{}", self.prefix, source.topic, source.partition)
    }
}

/// How connections to the brokers are secured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Security {
    /// Not at all: loopback and tests.
    #[default]
    None,
    /// TLS with a client certificate, which is also who we are.
    Tls {
        /// Certificates of the authorities to trust, PEM.
        ca_file: PathBuf,
        /// Our certificate, PEM.
        certificate_file: PathBuf,
        /// Its private key, PEM.
        key_file: PathBuf,
    },
    /// TLS, and who we are by SCRAM-SHA-512.
    Scram {
        /// User name.
        user: String,
        /// A file that holds the password and nothing else.
        password_file: PathBuf,
        /// Certificates of the authorities to trust, PEM.
        ca_file: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn reads_each_kind_of_security() {
        let parse = |text: &str| toml::from_str::<KafkaConfig>(text).unwrap().security;
        let head = "bootstrap_servers = \"127.0.0.1:9092\"\n";
        assert_eq!(parse(head), Security::None);
        let tls = "[security]\nkind = \"tls\"\nca_file = \"a\"\ncertificate_file = \"b\"\nkey_file = \"c\"";
        assert!(matches!(parse(&format!("{head}{tls}")), Security::Tls { .. }));
        let scram = "[security]\nkind = \"scram\"\nuser = \"u\"\npassword_file = \"p\"\nca_file = \"a\"";
        assert!(matches!(parse(&format!("{head}{scram}")), Security::Scram { .. }));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let head = "bootstrap_servers = \"127.0.0.1:9092\"\n";
        for wrong in ["boostrap = \"x\"", "[security]\nkind = \"tls\"\nca_file = \"a\"\npassword = \"x\""] {
            assert!(toml::from_str::<KafkaConfig>(&format!("{head}{wrong}")).is_err(), "{wrong}");
        }
    }
}
