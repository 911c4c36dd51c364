//! PL-3 and PL-4: the real services, run again over what was committed, batch by batch and without any fault, write the
//! same bytes and end in the same state.

use std::collections::BTreeMap;

use pipeline::{
    Action, Event, Headers, Limits, Mark, NextOffset, RecoverError, Record, Sealed, Source,
    Store, Task, Topic, Transport, Undeliverable, partition_for,
};

use super::{Fold, Remains, difference};
use crate::broker::{Broker, Isolation, Payload};
use crate::disk::Disk;
use crate::site::{SERVICES, ServiceKind};
use crate::transport::transactional_id;
use crate::verdict::Violation;
use crate::world::Batch;

type Written = BTreeMap<Source, Vec<Payload>>;

/// A transport on which nothing goes wrong.
struct Calm<'a> {
    broker: &'a Broker,
    refused: BTreeMap<Topic, Undeliverable>,
    committed: Option<NextOffset>,
    written: Written,
}

impl Transport for Calm<'_> {
    fn execute(&mut self, action: &Action, batch: &Sealed) -> Event {
        match action {
            Action::Send => {
                for output in &batch.outputs {
                    if let Some(why) = self.refused.get(&output.topic) {
                        return Event::Rejected(output.topic.clone(), *why, output.size());
                    }
                }
            }
            Action::Commit => {
                self.committed = Some(batch.next);
                for output in &batch.outputs {
                    let count = self.broker.partitions(&output.topic);
                    let partition =
                        output.partition.unwrap_or_else(|| partition_for(output.key.as_deref(), count));
                    let payload = Payload {
                        key: output.key.clone(),
                        value: output.value.clone(),
                        headers: output.headers.clone(),
                    };
                    let source = Source { topic: output.topic.clone(), partition };
                    self.written.entry(source).or_default().push(payload);
                }
            }
            _ => {}
        }
        Event::Done
    }

    fn recover(&mut self, _: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        Ok(self.committed)
    }

    fn mark(&self) -> Option<Mark> {
        Some(Mark::default())
    }
}

pub(super) fn check(remains: &Remains<'_>, found: &mut Vec<Violation>) {
    for service in SERVICES {
        for source in remains.site.sources(service) {
            let name = transactional_id(service.name(), &source);
            let journal = remains.world.journal.get(&name).map(Vec::as_slice).unwrap_or_default();
            match again(remains, service, &source, journal) {
                Ok((written, state)) => compare(remains, service, &source, &written, &state, found),
                Err(error) => found.push(Violation::new("PL-4", format!("{name} cannot be run again: {error}"))),
            }
        }
    }
}

/// Runs a task over the batches that were committed.
fn again(
    remains: &Remains<'_>,
    service: ServiceKind,
    source: &Source,
    journal: &[Batch],
) -> Result<(Written, Fold), String> {
    let broker = &remains.world.broker;
    let records = broker.all(source, Isolation::Committed);
    let mut records = records.into_iter().peekable();
    let mut calm = Calm { broker, refused: BTreeMap::new(), committed: None, written: Written::new() };
    let disk = Disk::default();
    let open = |calm: &mut Calm<'_>| {
        let processor = remains.site.processor(service, source)?;
        let spec = remains.site.spec(service).ok_or("no such service")?;
        // A tick is due whenever there was one.
        let limits = Limits { tick_millis: i64::MIN, ..Limits::default() };
        let store = Box::new(disk.clone());
        Task::open(processor, store, source.clone(), spec, limits, Default::default(), calm)
            .map_err(|error| error.to_string())
    };
    let mut task = open(&mut calm)?;
    let mut before = BTreeMap::new();
    for batch in journal {
        // What a task knew of topics that refuse it forgot when it was opened anew.
        if !before.iter().all(|(topic, why)| batch.refused.get(topic) == Some(why)) && !batch.tick {
            task = open(&mut calm)?;
        }
        before.clone_from(&batch.refused);
        calm.refused.clone_from(&batch.refused);
        if batch.tick {
            task.tick(batch.now, &mut calm, &()).map_err(|error| error.to_string())?;
        } else {
            let mut part: Vec<Record> = Vec::new();
            while let Some(record) = records.next_if(|record| record.offset.0 < batch.next.0) {
                part.push(record);
            }
            if part.is_empty() {
                return Err(format!("there are no records for the batch that ends at {}", batch.next.0));
            }
            task.run(&part, batch.now, &mut calm, &()).map_err(|error| error.to_string())?;
        }
    }
    Ok((calm.written, disk.contents().0.into_iter().collect()))
}

fn compare(
    remains: &Remains<'_>,
    service: ServiceKind,
    source: &Source,
    written: &Written,
    state: &Fold,
    found: &mut Vec<Violation>,
) {
    let name = transactional_id(service.name(), source);
    let broker = &remains.world.broker;
    let producer = broker.producer(&name);
    let changes = remains.site.spec(service).map(|spec| spec.changelog.clone());
    for plan in remains.site.topics().into_iter().filter(|plan| Some(&plan.name) != changes.as_ref()) {
        for partition in 0..plan.partitions {
            let place = Source::new(plan.name.clone(), partition);
            let (all, _) = broker.read(&place, NextOffset(0), Isolation::Committed, usize::MAX);
            let ours = all.into_iter().filter(|(_, by)| by.is_some() && *by == producer);
            let ours: Vec<Payload> = ours.map(|(record, _)| payload(record)).collect();
            let expected = written.get(&place).map(Vec::as_slice).unwrap_or_default();
            if ours != expected {
                let at = ours.iter().zip(expected).position(|(a, b)| a != b);
                let (is, should) = (ours.len(), expected.len());
                found.push(Violation::new(
                    "PL-4",
                    format!("{name} wrote {is} records to {place}; run again it writes {should}; first other one: {at:?}"),
                ));
            }
        }
    }
    let Some(fold) = remains.states.get(&(service, source.clone())) else { return };
    if fold != state {
        let what = difference(state, fold);
        found.push(Violation::new("PL-4", format!("{name}: run again, its state is another: {what}")));
    }
}

fn payload(record: Record) -> Payload {
    let Record { key, value, headers: Headers(headers), .. } = record;
    Payload { key, value, headers: Headers(headers) }
}
