//! PL-3 and PL-4: the real services, run again over what was committed, batch by batch and without any fault, write the
//! same bytes and end in the same state.

use std::collections::BTreeMap;

use lead::value::Micros;
use lead::{MatterEvent, topic, wire};
use pipeline::{
    Action, Event, Headers, Limits, Mark, NextOffset, Record, RecoverError, Sealed, Source, Store, Task,
    Topic, Transport, Undeliverable, partition_for,
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

/// What a task wrote, by the producer id that it writes under.
type ByTask = Vec<(String, Option<u64>, Written)>;

pub(super) fn check(remains: &Remains<'_>, found: &mut Vec<Violation>) {
    let mut by_task = ByTask::new();
    for service in SERVICES {
        for source in remains.site.sources(service) {
            let name = transactional_id(service.name(), &source);
            let journal = remains.world.journal.get(&name).map(Vec::as_slice).unwrap_or_default();
            match again(remains, service, &source, journal) {
                Ok((written, state)) => {
                    same_state(remains, service, &source, &state, found);
                    by_task.push((name.clone(), remains.world.broker.producer(&name), written));
                }
                Err(error) => {
                    found.push(Violation::new("PL-4", format!("{name} cannot be run again: {error}")))
                }
            }
        }
    }
    let changelogs: Vec<Topic> =
        SERVICES.iter().filter_map(|s| Some(remains.site.spec(*s)?.changelog.clone())).collect();
    for plan in remains.site.topics().into_iter().filter(|plan| !changelogs.contains(&plan.name)) {
        for partition in 0..plan.partitions {
            same_records(remains, &by_task, &Source::new(plan.name.clone(), partition), found);
        }
    }
    borders(remains, found);
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

fn same_state(
    remains: &Remains<'_>,
    service: ServiceKind,
    source: &Source,
    state: &Fold,
    found: &mut Vec<Violation>,
) {
    let Some(fold) = remains.states.get(&(service, source.clone())) else { return };
    if fold != state {
        let (what, name) = (difference(state, fold), transactional_id(service.name(), source));
        found.push(Violation::new("PL-4", format!("{name}: run again, its state is another: {what}")));
    }
}

/// What stands in a partition is what the tasks write there, each in its order.
fn same_records(remains: &Remains<'_>, by_task: &ByTask, place: &Source, found: &mut Vec<Violation>) {
    let (all, _) = remains.world.broker.read(place, NextOffset(0), Isolation::Committed, usize::MAX);
    let expected = |written: &Written| written.get(place).cloned().unwrap_or_default();
    let mut should: Vec<Payload> = by_task.iter().flat_map(|(_, _, written)| expected(written)).collect();
    // Where only outsiders write nothing is said.
    if should.is_empty() && all.iter().all(|(_, producer)| producer.is_none()) {
        return;
    }
    for (name, producer, written) in by_task {
        let ours = all.iter().filter(|(_, by)| by.is_some() && by == producer);
        let ours: Vec<Payload> = ours.map(|(record, _)| payload(record.clone())).collect();
        // What was written past any transaction has no name on it: all of it is compared below.
        if all.iter().any(|(_, by)| by.is_none()) {
            break;
        }
        let expected = expected(written);
        if ours != expected {
            let at = ours.iter().zip(&expected).position(|(a, b)| a != b);
            let (is, should) = (ours.len(), expected.len());
            found.push(Violation::new(
                "PL-4",
                format!("{name} wrote {is} records to {place}; run again it writes {should}; first other one: {at:?}"),
            ));
        }
    }
    let mut is: Vec<Payload> = all.into_iter().map(|(record, _)| payload(record)).collect();
    let order =
        |a: &Payload, b: &Payload| (&a.key, &a.value, &a.headers.0).cmp(&(&b.key, &b.value, &b.headers.0));
    is.sort_by(order);
    should.sort_by(order);
    if is != should {
        let (is, should) = (is.len(), should.len());
        found.push(Violation::new(
            "PL-3",
            format!("{place} holds {is} records, and what was committed makes {should}, or others"),
        ));
    }
}

/// PL-4: a verdict does not depend on where a batch ended. All that a deduplicator read, as one batch.
fn borders(remains: &Remains<'_>, found: &mut Vec<Violation>) {
    let matters = Topic::new(topic::MATTERS);
    for source in remains.site.sources(ServiceKind::Deduplicator) {
        let name = transactional_id(ServiceKind::Deduplicator.name(), &source);
        let all: Vec<Record> = remains.world.broker.all(&source, Isolation::Committed);
        let Some(last) = all.last() else { continue };
        let batch = Batch { next: last.offset.next(), ..Batch::default() };
        let journal = remains.world.journal.get(&name).map(Vec::as_slice).unwrap_or_default();
        let known = journal.last().map(|last| last.refused.clone()).unwrap_or_default();
        let batch = Batch { refused: known, ..batch };
        let Ok((written, _)) = again(remains, ServiceKind::Deduplicator, &source, &[batch]) else { continue };
        for partition in 0..remains.world.broker.partitions(&matters) {
            let place = Source::new(matters.clone(), partition);
            let expected = written.get(&place).map(Vec::as_slice).unwrap_or_default();
            let (found_there, _) =
                remains.world.broker.read(&place, NextOffset(0), Isolation::Committed, usize::MAX);
            let producer = remains.world.broker.producer(&name);
            let ours = found_there.into_iter().filter(|(_, by)| by.is_some() && *by == producer);
            let is: Vec<_> = ours.filter_map(|(record, _)| timeless(record.value.as_deref()?)).collect();
            let should: Vec<_> = expected.iter().filter_map(|p| timeless(p.value.as_deref()?)).collect();
            if is != should {
                found.push(Violation::new("PL-4", format!("{name}: as one batch its verdicts are others")));
            }
        }
    }
}

/// An event without the moment at which it was made.
fn timeless(value: &[u8]) -> Option<MatterEvent> {
    let mut event = wire::decode::<MatterEvent>(value).ok()?;
    match &mut event {
        MatterEvent::AssessedLead(event) => event.assessed_at = Micros::default(),
        MatterEvent::Regrouping(event) => event.at = Micros::default(),
        MatterEvent::Purge(_) => {}
        _ => return None,
    }
    Some(event)
}

fn payload(record: Record) -> Payload {
    let Record { key, value, headers: Headers(headers), .. } = record;
    Payload { key, value, headers: Headers(headers) }
}
