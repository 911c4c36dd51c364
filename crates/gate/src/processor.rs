//! The service: what one record of leads.officers.v1 becomes.

use std::collections::BTreeMap;
use std::sync::Arc;

use lead::code::MessageStatus;
use lead::matter::{Feedback, LegalHold, MatchDecision, MatterEvent};
use lead::topic::{MATTERS, NORMALISED, normalised_partition};
use lead::{LeadId, MatterId, SiteKeys, wire};
use pipeline::{
    Batch, Counter, DeadLetter, Failure, Headers, Order, Output, Partition, Processor, Record, TRACEPARENT,
    Topic, is_traceparent,
};

use crate::answer;
use crate::officers::Officers;
use crate::refusal::Refusal;

/// A word or an answer is much smaller.
const VALUE_BYTES_MAX: usize = 4 << 10;

/// Lets in what officers say and signed, and what partners answer by the references they were given.
pub struct Gate {
    officers: Arc<Officers>,
    keys: SiteKeys,
    /// Who answers on which topic.
    partners: Arc<BTreeMap<Topic, String>>,
}

/// What passes, and where it goes.
struct Passed {
    topic: &'static str,
    partition: Option<Partition>,
    key: String,
    kind: &'static str,
    value: Vec<u8>,
    /// What is tallied.
    says: &'static str,
}

impl Gate {
    /// A gate for what these officers say, and these partners on their topics.
    pub fn new(officers: Arc<Officers>, keys: SiteKeys, partners: Arc<BTreeMap<Topic, String>>) -> Self {
        Self { officers, keys, partners }
    }

    fn pass(&self, record: &Record) -> Result<Passed, Refusal> {
        let value = record.value.as_deref().filter(|value| !value.is_empty()).ok_or(Refusal::EmptyValue)?;
        if value.len() > VALUE_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        match self.partners.get(&record.source.topic) {
            Some(partner) => self.answer(partner, value, record),
            None => self.word(value, record),
        }
    }

    /// An officer's word goes on as it came: what was signed is what is kept.
    fn word(&self, value: &[u8], record: &Record) -> Result<Passed, Refusal> {
        let arrived = record.timestamp;
        let matter = |id: MatterId, kind, says| Passed {
            topic: MATTERS,
            partition: None,
            key: id.to_string(),
            kind,
            value: value.to_vec(),
            says,
        };
        if wire::is_of::<MatterEvent>(value) {
            return match wire::decode::<MatterEvent>(value)? {
                MatterEvent::Approval(word) => {
                    self.officers.examine(&word, arrived)?;
                    let says = if word.approved { "APPROVED" } else { "REFUSED" };
                    Ok(matter(word.matter_id, "leadshare.approval.v1", says))
                }
                MatterEvent::Recall(word) => {
                    self.officers.examine(&word, arrived)?;
                    Ok(matter(word.matter_id, "leadshare.recall.v1", "RECALLED"))
                }
                MatterEvent::Reconsideration(word) => {
                    self.officers.examine(&word, arrived)?;
                    Ok(matter(word.matter_id, "leadshare.reconsideration.v1", "RECONSIDERED"))
                }
                MatterEvent::AssessedLead(_)
                | MatterEvent::Feedback(_)
                | MatterEvent::Regrouping(_)
                | MatterEvent::Purge(_) => Err(Refusal::NotAWord),
            };
        }
        let lead = |domain: MessageStatus, id: LeadId, kind, says| Passed {
            topic: NORMALISED,
            partition: normalised_partition(domain).map(Partition),
            key: id.to_string(),
            kind,
            value: value.to_vec(),
            says,
        };
        if wire::is_of::<LegalHold>(value) {
            let word = wire::decode::<LegalHold>(value)?;
            self.officers.examine(&word, arrived)?;
            let says = if word.placed { "HOLD_PLACED" } else { "HOLD_LIFTED" };
            return Ok(lead(word.domain, word.lead_id, "leadshare.legal-hold.v1", says));
        }
        let word = wire::decode::<MatchDecision>(value)?;
        self.officers.examine(&word, arrived)?;
        Ok(lead(word.domain, word.first, "leadshare.match-decision.v1", word.judgement.symbol()))
    }

    fn answer(&self, partner: &str, value: &[u8], record: &Record) -> Result<Passed, Refusal> {
        let feedback: Feedback = answer::read(&self.keys, partner, value, record.timestamp)?;
        let (key, says) = (feedback.matter_id.to_string(), feedback.answer.symbol());
        let value = wire::encode(&MatterEvent::Feedback(feedback))?;
        Ok(Passed { topic: MATTERS, partition: None, key, kind: "leadshare.feedback.v1", value, says })
    }

    fn output(passed: Passed, record: &Record) -> Output {
        let order = Order::of(record, 0);
        let mut headers = Headers::default();
        // Whatever else the sender wrote into headers stays outside.
        headers.push(Order::HEADER, order.to_string());
        headers.push("ce_specversion", "1.0");
        headers.push("ce_type", passed.kind);
        headers.push("ce_source", "/leadshare/gate");
        headers.push("ce_id", format!("{}/{order}", passed.key));
        headers.push("content-type", "avro/binary");
        if let Some(trace) = record.headers.text(TRACEPARENT).filter(|trace| is_traceparent(trace)) {
            headers.push(TRACEPARENT, trace);
        }
        Output {
            topic: Topic::new(passed.topic),
            partition: passed.partition,
            key: Some(passed.key.into_bytes()),
            value: Some(passed.value),
            headers,
        }
    }
}

impl Processor for Gate {
    /// Never fails: what does not pass is a dead letter.
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        batch.count(Counter::Entries, 1);
        match self.pass(record) {
            Ok(passed) => {
                batch.count(Counter::NotALead, 1);
                if passed.topic == MATTERS {
                    batch.count(Counter::Events, 1);
                }
                batch.tally(passed.says, "");
                batch.send(Self::output(passed, record));
            }
            Err(refusal) => {
                let record = Order::of(record, 0).stamp(record);
                let reason = refusal.into();
                batch.dead_letter(DeadLetter { record: &record, entry: None, entry_value: None, reason });
            }
        }
        Ok(())
    }
}
