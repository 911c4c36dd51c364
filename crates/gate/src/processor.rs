//! The service: what one record of leads.officers.v1 becomes.

use std::sync::Arc;

use lead::matter::MatchDecision;
use lead::topic::NORMALISED;
use lead::wire;
use pipeline::{
    Batch, Counter, DeadLetter, Failure, Headers, Order, Output, Processor, Record, TRACEPARENT, Topic,
    is_traceparent,
};

use crate::officers::Officers;
use crate::refusal::Refusal;

/// Far more than two identifiers, two short words and a signature take.
const VALUE_BYTES_MAX: usize = 4 << 10;

/// The gate. All it knows is who the officers are.
pub struct Gate {
    officers: Arc<Officers>,
    normalised: Topic,
}

impl Gate {
    /// A gate for what these officers say.
    pub fn new(officers: Arc<Officers>) -> Self {
        Self { officers, normalised: Topic::new(NORMALISED) }
    }

    /// The decision of a record, and the record that passes it on.
    fn pass(&self, record: &Record) -> Result<(MatchDecision, Output), Refusal> {
        let value = record.value.as_deref().filter(|value| !value.is_empty()).ok_or(Refusal::EmptyValue)?;
        if value.len() > VALUE_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let decision = wire::decode::<MatchDecision>(value)?;
        let partition = self.officers.examine(&decision, record.timestamp)?;
        let (id, order) = (decision.first.to_string(), Order::of(record, 0));
        let mut headers = Headers::default();
        // Whatever else the sender wrote into headers stays outside.
        headers.push(Order::HEADER, order.to_string());
        headers.push("ce_specversion", "1.0");
        headers.push("ce_type", "leadshare.match-decision.v1");
        headers.push("ce_source", "/leadshare/gate");
        headers.push("ce_id", format!("{id}/{order}"));
        headers.push("content-type", "avro/binary");
        if let Some(trace) = record.headers.text(TRACEPARENT).filter(|trace| is_traceparent(trace)) {
            headers.push(TRACEPARENT, trace);
        }
        let output = Output {
            topic: self.normalised.clone(),
            partition: Some(partition),
            key: Some(id.into_bytes()),
            // As it came: what was signed is what is kept.
            value: Some(value.to_vec()),
            headers,
        };
        Ok((decision, output))
    }
}

impl Processor for Gate {
    /// Never fails: what does not pass is a dead letter.
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        batch.count(Counter::Entries, 1);
        match self.pass(record) {
            Ok((decision, output)) => {
                batch.count(Counter::NotALead, 1);
                batch.count(Counter::Events, 1);
                batch.tally(decision.judgement.symbol(), "");
                batch.send(output);
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
