//! History folded again: leads and officers' words as they were read, on a state in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use deduplicator::{AssessError, Assessment, Assessor, Config, MapState};
use lead::matter::MatchDecision;
use lead::{Lead, SiteKeys, topic, wire};
use pipeline::{Offset, StateError, Topic};

use crate::access::{Broker, read_all};
use crate::fault::Fault;

/// One record of leads.normalised.v1.
pub(super) enum Entry {
    Lead(Box<Lead>),
    Word(MatchDecision),
}

/// Every record that is kept, in the order of its partition. Dead letters of the deduplicator are left out, as it
/// left them out.
pub(super) fn each(
    broker: &mut dyn Broker,
    mut entry: impl FnMut(u32, Offset, Entry) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut failed = None;
    read_all(broker, &[Topic::new(topic::NORMALISED)], |record| {
        let value = record.value.as_deref().unwrap_or_default();
        let read = if wire::is_of::<MatchDecision>(value) {
            wire::decode(value).ok().map(Entry::Word)
        } else {
            wire::decode(value).ok().map(|lead| Entry::Lead(Box::new(lead)))
        };
        let outcome = read.map_or(Ok(()), |read| entry(record.source.partition.0, record.offset, read));
        failed = outcome.err();
        failed.is_none()
    })?;
    failed.map_or(Ok(()), Err)
}

/// The fold of one table, partition by partition.
pub(super) struct Fold {
    config: Arc<Config>,
    keys: SiteKeys,
    partitions: BTreeMap<u32, (Assessor, MapState)>,
}

impl Fold {
    pub(super) fn new(config: Arc<Config>, keys: SiteKeys) -> Self {
        Self { config, keys, partitions: BTreeMap::new() }
    }

    /// The next record; what is said of it, if it is a lead.
    pub(super) fn take(
        &mut self,
        partition: u32,
        offset: Offset,
        entry: &Entry,
    ) -> Result<Option<Assessment>, Fault> {
        let (assessor, state) = self.partitions.entry(partition).or_insert_with(|| {
            (Assessor::new(Arc::clone(&self.config), self.keys.clone()), MapState::default())
        });
        let broken = |error: StateError| Fault::failed(format!("history does not fold: {error}"));
        let said = match entry {
            Entry::Word(word) => assessor.decide(word, state).map(|_| None).map_err(broken)?,
            Entry::Lead(lead) => match lead.order.parse() {
                Ok(order) => match assessor.assess(lead, order, offset, state) {
                    Ok(said) => Some(said),
                    // It was a dead letter.
                    Err(AssessError::AddsToPurged) => None,
                    Err(AssessError::State(error)) => return Err(broken(error)),
                },
                Err(_) => None,
            },
        };
        assessor.commit();
        Ok(said)
    }
}
