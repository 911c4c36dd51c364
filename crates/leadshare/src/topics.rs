//! The topics of a site, as `leadshare topics apply` makes them.

use lead::topic;
use pipeline::{Retention, Topic, TopicSpec};

use crate::config::{Config, TransportKind};
use crate::definitions::Definitions;
use crate::services::SERVICES;

const DAY_MILLIS: i64 = 24 * 3_600 * 1_000;
/// What a record adds to the bytes of an agency: the headers of a dead letter.
const HEADER_BYTES: usize = 64 << 10;

/// Every topic of the site.
pub(crate) fn specs(config: &Config, definitions: &Definitions) -> Vec<TopicSpec> {
    let topics = &config.topics;
    let largest = config.limits.record_bytes;
    let days = |days: i64| Retention::Delete(Some(days.saturating_mul(DAY_MILLIS)));
    let spec = |name: String, partitions, retention| TopicSpec {
        name: Topic::from(name),
        partitions,
        retention,
        max_record_bytes: largest,
        stateful: false,
        // Every hop is stamped by the broker: no writer's clock decides an order or a retention.
        append_time: true,
    };
    let stateful = |spec: TopicSpec| TopicSpec { stateful: true, ..spec };

    let mut all = Vec::new();
    for source in &definitions.sources {
        let inbound = spec(
            source.inbound_topic().to_string(),
            source.partitions(),
            days(topics.inbound_retention_days),
        );
        all.push(TopicSpec {
            max_record_bytes: largest.saturating_sub(HEADER_BYTES).max(1),
            ..stateful(inbound)
        });
    }
    let normalised = spec(
        topic::NORMALISED.to_owned(),
        topic::NORMALISED_PARTITIONS,
        days(topics.normalised_retention_days),
    );
    let matters =
        spec(topic::MATTERS.to_owned(), topics.matters_partitions, days(topics.matters_retention_days));
    let decisions =
        spec(topic::DECISIONS.to_owned(), topics.matters_partitions, days(topics.decisions_retention_days));
    let review = spec(topic::REVIEW.to_owned(), 1, days(topics.matters_retention_days));
    // What an officer said is kept as long as what was decided: it is the proof of who said it.
    let officers = spec(topic::OFFICERS.to_owned(), 1, days(topics.decisions_retention_days));
    // One record for each release that is held now.
    let held = spec(topic::HELD.to_owned(), 1, Retention::Compact);
    // One record for each hold that stands.
    let legal_holds = spec(topic::LEGAL_HOLDS.to_owned(), 1, Retention::Compact);
    let checkpoints = spec(topic::CHECKPOINTS.to_owned(), 1, days(topics.decisions_retention_days));
    all.extend([stateful(officers), stateful(normalised), stateful(matters), review, held]);
    all.extend([legal_holds, decisions, checkpoints]);
    for partner in definitions.partners.iter() {
        let name = topic::feedback(&partner.id);
        all.push(stateful(spec(name, 1, days(topics.inbound_retention_days))));
    }
    for partner in definitions.partners.iter() {
        let name = partner.topic(config.home_country);
        all.push(spec(name, 1, days(topics.partner_retention_days)));
    }
    for service in &SERVICES {
        let name = topic::dead_letter(service.name);
        all.push(spec(name, 1, days(topics.dead_letter_retention_days)));
        // The embedded log keeps state beside the topics and needs no changelog.
        if config.transport == TransportKind::Kafka {
            let inputs = (service.inputs)(definitions);
            let partitions = all.iter().filter(|s| inputs.contains(&s.name)).map(|s| s.partitions).max();
            all.push(spec(topic::changelog(service.name), partitions.unwrap_or(1), Retention::Compact));
        }
    }
    all
}
