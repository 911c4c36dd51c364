//! Settings of every client, in one place, each with its reason.

use std::path::Path;
use std::time::Duration;

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};

use crate::config::{KafkaConfig, Security};
use crate::errors::ClientError;

/// How long a broker may take to answer a question.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);
/// A transaction that is open for longer is aborted by its coordinator; until then it holds back
/// everybody who reads committed records.
pub(crate) const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(15);
/// A record that is not delivered by then has failed. Shorter than the transaction's, so that its
/// fate is known while the transaction lives.
pub(crate) const MESSAGE_TIMEOUT: Duration = Duration::from_secs(10);
/// A member that is silent for so long loses its partitions.
pub(crate) const SESSION_TIMEOUT: Duration = Duration::from_secs(6);
/// A producer's connection that is silent for so long is closed. At least 4 s: the library spreads it by 2.
const IDLE: Duration = Duration::from_secs(8);
/// What a batch of records may add to the size of its only record.
const BATCH_OVERHEAD: usize = 64 << 10;

/// What all clients share.
fn base(config: &KafkaConfig, client_id: &str) -> Result<ClientConfig, ClientError> {
    let mut settings = ClientConfig::new();
    settings
        .set_log_level(RDKafkaLogLevel::Warning)
        .set("bootstrap.servers", &config.bootstrap_servers)
        .set("client.id", client_id)
        .set("socket.keepalive.enable", "true")
        // A broker that restarts is found again quickly.
        .set("reconnect.backoff.max.ms", "2000")
        // Idle connections are closed by brokers; that is no news.
        .set("log.connection.close", "false");
    match &config.security {
        Security::None => {}
        Security::Tls { ca_file, certificate_file, key_file } => {
            settings
                .set("security.protocol", "ssl")
                .set("ssl.ca.location", readable(ca_file)?)
                .set("ssl.certificate.location", readable(certificate_file)?)
                .set("ssl.key.location", readable(key_file)?);
        }
        Security::Scram { user, password_file, ca_file } => {
            settings
                .set("security.protocol", "sasl_ssl")
                .set("ssl.ca.location", readable(ca_file)?)
                .set("sasl.mechanisms", "SCRAM-SHA-512")
                .set("sasl.username", user)
                .set("sasl.password", secret(password_file)?);
        }
    }
    Ok(settings)
}

fn readable(path: &Path) -> Result<&str, ClientError> {
    let error = |reason: String| ClientError::File { path: path.to_owned(), reason };
    std::fs::File::open(path).map_err(|e| error(e.to_string()))?;
    path.to_str().ok_or_else(|| error("its path is not UTF-8".to_owned()))
}

fn secret(path: &Path) -> Result<String, ClientError> {
    let error = |reason: String| ClientError::File { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|e| error(e.to_string()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// What all consumers share: nothing is committed or skipped unless our code says so.
fn consumer(config: &KafkaConfig, group: &str) -> Result<ClientConfig, ClientError> {
    let mut settings = base(config, group)?;
    settings
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("isolation.level", "read_committed")
        // A position that does not exist is an error, never a reason to skip.
        .set("auto.offset.reset", "error")
        .set("allow.auto.create.topics", "false")
        .set("check.crcs", "true")
        .set("queued.min.messages", "20000")
        .set("queued.max.messages.kbytes", "32768")
        // Otherwise a reader that was faster than its queue sleeps for a second.
        .set("fetch.queue.backoff.ms", "20")
        .set("fetch.error.backoff.ms", "200")
        .set("fetch.wait.max.ms", "100");
    Ok(settings)
}

/// The consumer of a worker.
pub(crate) fn group_consumer(config: &KafkaConfig, service: &str) -> Result<ClientConfig, ClientError> {
    let mut settings = consumer(config, &config.group(service))?;
    settings
        .set("group.protocol", "classic")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", SESSION_TIMEOUT.as_millis().to_string())
        .set("heartbeat.interval.ms", "1500")
        .set("max.poll.interval.ms", "300000")
        // How far what is stable lags behind the end is known from statistics alone.
        .set("statistics.interval.ms", "5000")
        // A topic that is created later is found within this time.
        .set("topic.metadata.refresh.interval.ms", "30000");
    Ok(settings)
}

/// A consumer that joins no group and stops at the end of what is committed. Access to the group is
/// still needed, because brokers grant reading by topic and group.
pub(crate) fn assigned_consumer(config: &KafkaConfig, group: &str) -> Result<ClientConfig, ClientError> {
    let mut settings = consumer(config, group)?;
    settings.set("enable.partition.eof", "true");
    Ok(settings)
}

/// What all producers share.
fn producer(config: &KafkaConfig, client_id: &str, record_bytes: usize) -> Result<ClientConfig, ClientError> {
    let mut settings = base(config, client_id)?;
    settings
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("message.timeout.ms", MESSAGE_TIMEOUT.as_millis().to_string())
        .set("message.max.bytes", record_bytes.saturating_add(BATCH_OVERHEAD).to_string())
        .set("compression.type", "lz4")
        .set("linger.ms", "5")
        // Java's: every writer of a topic must put a key in the same partition.
        .set("partitioner", "murmur2_random")
        .set("queue.buffering.max.messages", "100000")
        .set("queue.buffering.max.kbytes", "262144")
        .set("allow.auto.create.topics", "false")
        // A topic that is missing is known to be after this time, not after 30 s.
        .set("topic.metadata.propagation.max.ms", "3000");
    Ok(settings)
}

/// The producer of one task.
pub(crate) fn transactional_producer(
    config: &KafkaConfig,
    transactional_id: &str,
    record_bytes: usize,
) -> Result<ClientConfig, ClientError> {
    let mut settings = producer(config, transactional_id, record_bytes)?;
    settings
        .set("transactional.id", transactional_id)
        .set("transaction.timeout.ms", TRANSACTION_TIMEOUT.as_millis().to_string())
        // What ends a call that waits for a connection to open or close: see `offsets`.
        .set("connections.max.idle.ms", IDLE.as_millis().to_string());
    Ok(settings)
}

/// A producer without transactions.
pub(crate) fn plain_producer(config: &KafkaConfig, record_bytes: usize) -> Result<ClientConfig, ClientError> {
    producer(config, &format!("{}.submit", config.prefix), record_bytes)
}

/// A client for administration.
pub(crate) fn admin(config: &KafkaConfig) -> Result<ClientConfig, ClientError> {
    base(config, &format!("{}.admin", config.prefix))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_records_fate_is_known_before_its_transaction_times_out() {
        assert!(MESSAGE_TIMEOUT < TRANSACTION_TIMEOUT);
    }

    #[test]
    fn the_library_accepts_every_set_of_settings() {
        let config = KafkaConfig::new("127.0.0.1:1");
        for settings in [
            group_consumer(&config, "normaliser").unwrap(),
            assigned_consumer(&config, "leadshare.reader").unwrap(),
            transactional_producer(&config, "leadshare.normaliser.t.0", 8 << 20).unwrap(),
            plain_producer(&config, 8 << 20).unwrap(),
            admin(&config).unwrap(),
        ] {
            assert!(settings.create_native_config().is_ok());
        }
    }

    #[test]
    fn the_password_comes_from_its_file_and_a_missing_file_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("ca"), "").unwrap();
        std::fs::write(path("password"), "test-value\n").unwrap();
        let mut config = KafkaConfig::new("127.0.0.1:1");
        config.security =
            Security::Scram { user: "u".to_owned(), password_file: path("password"), ca_file: path("ca") };
        assert_eq!(base(&config, "t").unwrap().get("sasl.password"), Some("test-value"));
        config.security =
            Security::Scram { user: "u".to_owned(), password_file: path("nowhere"), ca_file: path("ca") };
        let error = base(&config, "t").err().unwrap().to_string();
        assert!(error.contains("nowhere"), "{error}");
    }
}
