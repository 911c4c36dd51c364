//! The service: a normalised lead in, a lead with its verdict out.

use std::io::{self, Read, Write};
use std::sync::Arc;

use lead::matter::{AssessedLead, LegalHold, MatchDecision, Purge, Regrouping, ReviewCase};
use lead::topic::normalised_partition;
use lead::value::Micros;
use lead::{Lead, MatterEvent, MatterId, SiteKeys, topic, wire};
use pipeline::{
    Batch, Counter, Failure, Headers, Order, Output, Partition, Processor, Reason, Record, StateError, Store,
    Topic,
};

use crate::assess::{AssessError, Assessor};
use crate::config::Config;
use crate::index;
use crate::index::due::{unlisted, unlisted_key};
use crate::matters::Moved;

/// Leads whose time is over that one tick puts on the stream.
const PURGED_MAX: usize = 256;

/// Holds that one tick lists which their topic refused before.
const LISTED_MAX: usize = 64;

/// The deduplicator of one input partition.
pub struct Deduplicator {
    assessor: Assessor,
    matters: Topic,
    review: Topic,
    legal_holds: Topic,
}

impl Deduplicator {
    /// A deduplicator with this configuration and this site's keys.
    pub fn new(config: Arc<Config>, keys: SiteKeys) -> Self {
        Self {
            assessor: Assessor::new(config, keys),
            matters: Topic::new(topic::MATTERS),
            review: Topic::new(topic::REVIEW),
            legal_holds: Topic::new(topic::LEGAL_HOLDS),
        }
    }

    /// A lead with its verdict.
    fn lead(&mut self, value: &[u8], record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let lead = wire::decode::<Lead>(value).map_err(|e| undecodable(e.to_string()))?;
        let order = lead.order.parse().map_err(|e| undecodable(format!("field `order`: {e}")))?;
        let mut assessment = self.assessor.assess(&lead, order, record.offset, batch)?;
        batch.tally(assessment.verdict.symbol(), "");
        let mut headers = record.headers.clone();
        if headers.get(Order::HEADER).is_none() {
            headers.push(Order::HEADER, lead.order.as_str());
        }
        let (at, place) = (micros(batch), place(record));
        let (lead_id, domain) = (lead.lead_id, lead.domain());
        let moved = std::mem::take(&mut assessment.moved);
        let matching = self.assessor.config().hash().to_owned();
        let asks = assessment.links.iter().any(|link| link.relation == "review");
        let case = asks.then(|| ReviewCase {
            lead_id,
            domain,
            matter_id: assessment.matter_id,
            candidates: assessment.links.clone(),
            evidence: assessment.evidence.clone(),
            hot: assessment.hot.clone(),
            place,
            assessed_at: at,
            matching: matching.clone(),
        });
        let matter_id = assessment.matter_id;
        let event = MatterEvent::AssessedLead(Box::new(AssessedLead {
            verdict: assessment.verdict,
            matter_id,
            cluster_id: assessment.cluster_id,
            place,
            version: i32::try_from(assessment.version).unwrap_or(i32::MAX),
            evidence: assessment.evidence,
            links: assessment.links,
            hot: assessment.hot,
            assessed_at: at,
            matching,
            lead,
        }));
        self.send(&self.matters, matter_id, &event, headers.clone(), batch)?;
        if let Some(case) = case {
            let output = self.output(&self.review, lead_id.into(), &case, headers.clone())?;
            // Nobody waits for a question: the verdict holds all there is to ask, and goes on.
            match batch.accepts(&self.review, output.size()) {
                Ok(()) => batch.send(output),
                Err(_) => batch.tally("QUESTION_NOT_ASKED", ""),
            }
        }
        self.regroup(
            moved,
            Regrouping { domain, place, caused_by: lead_id, at, ..Regrouping::default() },
            headers,
            batch,
        )?;
        batch.count(Counter::Leads, 1);
        batch.count(Counter::Verdicts, 1);
        Ok(())
    }

    /// An officer's decision.
    fn decision(&mut self, value: &[u8], record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let decision = wire::decode::<MatchDecision>(value).map_err(|e| undecodable(e.to_string()))?;
        let decided = self.assessor.decide(&decision, batch)?;
        batch.tally(if decided.is_news { "DECISION" } else { "DECISION_STALE" }, "");
        let cause = Regrouping {
            domain: decision.domain,
            place: place(record),
            caused_by: decision.first,
            officer: Some(decision.officer),
            at: micros(batch),
            ..Regrouping::default()
        };
        self.regroup(decided.moved, cause, record.headers.clone(), batch)?;
        batch.count(Counter::NotALead, 1);
        Ok(())
    }

    /// An officer holds a lead, or does so no more.
    fn hold(&mut self, value: &[u8], batch: &mut Batch<'_>) -> Result<(), Failure> {
        let word = wire::decode::<LegalHold>(value).map_err(|e| undecodable(e.to_string()))?;
        let is_news = self.assessor.hold(&word, batch)?;
        let outcome = if word.placed { "HOLD_PLACED" } else { "HOLD_LIFTED" };
        batch.tally(if is_news { outcome } else { "HOLD_STALE" }, "");
        batch.count(Counter::NotALead, 1);
        if is_news {
            self.list(&word, batch)?;
        }
        Ok(())
    }

    /// Lists a hold as it stands now, or notes that the topic does not take it.
    fn list(&self, word: &LegalHold, batch: &mut Batch<'_>) -> Result<(), StateError> {
        let value = word.placed.then(|| wire::encode(word)).transpose();
        let value = value.map_err(|e| StateError::Corrupt { entry: "hold", detail: e.to_string() })?;
        let mut headers = Headers::default();
        headers.push("content-type", "application/avro");
        let key = Some(word.key().into_bytes());
        let output = Output { topic: self.legal_holds.clone(), partition: None, key, value, headers };
        if !batch.send_or_note(output, unlisted_key(word))? {
            batch.tally("HOLD_NOT_LISTED", "");
        }
        Ok(())
    }

    /// Lists holds that leads.legal-holds.v1 refused before, once it takes records again.
    fn list_again(&self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        if batch.accepts(&self.legal_holds, 0).is_err() {
            return Ok(());
        }
        for word in unlisted(&*batch, LISTED_MAX)? {
            self.list(&word, batch)?;
        }
        Ok(())
    }

    /// The time of a lead is over.
    fn purge(&mut self, value: &[u8], record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let mut purge = wire::decode::<Purge>(value).map_err(|e| undecodable(e.to_string()))?;
        batch.count(Counter::NotALead, 1);
        let Some((version, moved)) = self.assessor.purge(&purge, batch)? else {
            batch.tally("PURGE_OVERTAKEN", "");
            return Ok(());
        };
        purge.version = i32::try_from(version).unwrap_or(i32::MAX);
        batch.tally("PURGED", "");
        let headers = record.headers.clone();
        let (domain, caused_by, matter_id) = (purge.domain, purge.lead_id, purge.matter_id);
        let cause = Regrouping {
            domain,
            caused_by,
            place: place(record),
            at: micros(batch),
            ..Regrouping::default()
        };
        self.send(&self.matters, matter_id, &MatterEvent::Purge(purge), headers.clone(), batch)?;
        batch.count(Counter::Events, 1);
        self.regroup(moved, cause, headers, batch)?;
        Ok(())
    }

    /// Puts leads whose time is over on the stream of leads: what becomes of them is decided there, in one order with all
    /// that is said of them.
    fn notice_due(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        let at = micros(batch);
        for (due, domain, lead_id, matter_id) in self.assessor.due(at.0, PURGED_MAX, batch)? {
            let Some(partition) = normalised_partition(domain) else { continue };
            let purge = Purge { matter_id, lead_id, domain, due: Micros(due), at, ..Purge::default() };
            let unencodable =
                |e: wire::WireError| StateError::Corrupt { entry: "due", detail: e.to_string() };
            let mut headers = Headers::default();
            headers.push("ce_specversion", "1.0");
            headers.push("ce_type", "leadshare.purge.v1");
            headers.push("ce_source", "/leadshare/deduplicator");
            headers.push("ce_id", format!("{lead_id}/{due}"));
            headers.push("content-type", "avro/binary");
            batch.send(Output {
                topic: Topic::new(topic::NORMALISED),
                partition: Some(Partition(partition)),
                key: Some(lead_id.to_string().into_bytes()),
                value: Some(wire::encode(&purge).map_err(unencodable)?),
                headers,
            });
            batch.count(Counter::Returned, 1);
            batch.tally("PURGE_DUE", "");
        }
        Ok(())
    }

    /// Tells everybody downstream which leads stand elsewhere now, home by home.
    fn regroup(
        &self,
        moved: Vec<Moved>,
        cause: Regrouping,
        headers: Headers,
        batch: &mut Batch<'_>,
    ) -> Result<(), Reason> {
        for Moved { home, cluster, leads } in moved {
            let regrouping = Regrouping { matter_id: home, cluster_id: cluster, leads, ..cause.clone() };
            let event = MatterEvent::Regrouping(regrouping);
            self.send(&self.matters, home, &event, headers.clone(), batch)?;
            batch.count(Counter::Events, 1);
        }
        Ok(())
    }

    fn send<T: wire::Encode>(
        &self,
        topic: &Topic,
        key: MatterId,
        event: &T,
        headers: Headers,
        batch: &mut Batch<'_>,
    ) -> Result<(), Reason> {
        batch.send(self.output(topic, key, event, headers)?);
        Ok(())
    }

    fn output<T: wire::Encode>(
        &self,
        topic: &Topic,
        key: MatterId,
        event: &T,
        headers: Headers,
    ) -> Result<Output, Reason> {
        let value = wire::encode(event).map_err(|e| Reason::new("unencodable", "encode", e.to_string()))?;
        let key = Some(key.to_string().into_bytes());
        Ok(Output { topic: topic.clone(), partition: None, key, value: Some(value), headers })
    }
}

impl From<AssessError> for Failure {
    fn from(error: AssessError) -> Self {
        match error {
            AssessError::State(error) => error.into(),
            AssessError::AddsToPurged => Reason::new("adds_to_purged", "assess", error.to_string()).into(),
        }
    }
}

fn undecodable(why: String) -> Reason {
    Reason::new("undecodable", "decode", why)
}

fn micros(batch: &Batch<'_>) -> Micros {
    Micros::of_millis(batch.now().0)
}

/// The place of a record in the committed order of its domain.
fn place(record: &Record) -> i64 {
    i64::try_from(record.offset.0).unwrap_or(i64::MAX)
}

impl Processor for Deduplicator {
    fn on_restore(&mut self, store: &dyn Store) -> Result<(), StateError> {
        self.assessor.restore(store)
    }

    fn on_changed(&mut self, store: &dyn Store, keys: &[Vec<u8>]) -> Result<(), StateError> {
        self.assessor.follow(store, keys)
    }

    fn derived_from(&self) -> &'static [u8] {
        index::stored::TABLES
    }

    fn write_image(&self, out: &mut dyn Write) -> io::Result<()> {
        self.assessor.write_image(out)
    }

    fn on_image(&mut self, image: &mut dyn Read) -> bool {
        self.assessor.read_image(image)
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

    fn on_tick(&mut self, batch: &mut Batch<'_>) -> Result<(), StateError> {
        self.list_again(batch)?;
        self.notice_due(batch)
    }

    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let value = record.value.as_deref();
        let value = value.ok_or_else(|| undecodable("no value; expected a lead".into()))?;
        if wire::is_of::<MatchDecision>(value) {
            self.decision(value, record, batch)?;
        } else if wire::is_of::<LegalHold>(value) {
            self.hold(value, batch)?;
        } else if wire::is_of::<Purge>(value) {
            self.purge(value, record, batch)?;
        } else {
            self.lead(value, record, batch)?;
        }
        batch.count(Counter::Entries, 1);
        Ok(())
    }
}
