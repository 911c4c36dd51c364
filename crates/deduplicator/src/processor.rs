//! The service: a normalised lead in, a lead with its verdict out.

use std::sync::Arc;

use lead::matter::AssessedLead;
use lead::value::Micros;
use lead::{Lead, MatterEvent, SiteKeys, topic, wire};
use pipeline::{Batch, Counter, Failure, Order, Output, Processor, Reason, Record, StateError, Store, Topic};

use crate::assess::{Assessment, Assessor};
use crate::config::Config;

/// The deduplicator of one input partition.
pub struct Deduplicator {
    assessor: Assessor,
    output: Topic,
}

impl Deduplicator {
    /// A deduplicator with this configuration and this site's keys.
    pub fn new(config: Arc<Config>, keys: SiteKeys) -> Self {
        Self { assessor: Assessor::new(config, keys), output: Topic::new(topic::MATTERS) }
    }

    fn output(
        &self,
        lead: Lead,
        assessment: Assessment,
        record: &Record,
        batch: &Batch<'_>,
    ) -> Result<Output, Reason> {
        let mut headers = record.headers.clone();
        if headers.get(Order::HEADER).is_none() {
            headers.push(Order::HEADER, lead.order.as_str());
        }
        let matter_id = assessment.matter_id;
        let event = MatterEvent::AssessedLead(Box::new(AssessedLead {
            verdict: assessment.verdict,
            matter_id,
            version: i32::try_from(assessment.version).unwrap_or(i32::MAX),
            evidence: assessment.evidence,
            links: assessment.links,
            hot: assessment.hot,
            assessed_at: Micros(batch.now().0.saturating_mul(1_000)),
            matching: self.assessor.config().hash().to_owned(),
            lead,
        }));
        let value = wire::encode(&event).map_err(|e| Reason::new("unencodable", "encode", e.to_string()))?;
        Ok(Output {
            topic: self.output.clone(),
            partition: None,
            key: Some(matter_id.to_string().into_bytes()),
            value: Some(value),
            headers,
        })
    }
}

impl Processor for Deduplicator {
    fn on_restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
        self.assessor.restore(store)
    }

    fn on_savepoint(&mut self) {
        self.assessor.set_savepoint();
    }

    fn on_roll_back(&mut self) {
        self.assessor.roll_back();
    }

    fn on_commit(&mut self) {
        self.assessor.commit();
    }

    fn on_abort(&mut self) {
        self.assessor.abort();
    }

    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let undecodable = |why: String| Reason::new("undecodable", "decode", why);
        let value = record.value.as_deref().ok_or_else(|| undecodable("no value; expected a lead".into()))?;
        let lead = wire::decode::<Lead>(value).map_err(|e| undecodable(e.to_string()))?;
        let order = lead.order.parse().map_err(|e| undecodable(format!("field `order`: {e}")))?;
        let assessment = self.assessor.assess(&lead, order, record.offset, batch)?;
        batch.tally(assessment.verdict.symbol(), "");
        let output = self.output(lead, assessment, record, batch)?;
        batch.send(output);
        batch.count(Counter::Entries, 1);
        batch.count(Counter::Leads, 1);
        batch.count(Counter::Verdicts, 1);
        Ok(())
    }
}
