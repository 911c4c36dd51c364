//! The records that the router writes: copies for partners, and decisions.

use jiff::Timestamp as Moment;
use lead::decision::Decision;
use lead::held::HeldRelease;
use lead::ident::{content_hash, hex};
use lead::ledger::Checkpoint;
use lead::value::Micros;
use lead::{topic, wire};
use pipeline::{Headers, Order, Output, Record, StateError, Topic};
use release::Released;

use crate::state::corrupt;

const TRACE: &str = "traceparent";

/// What the records that an event leads to inherit from it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    trace: Option<String>,
    order: Option<Vec<u8>>,
}

impl Origin {
    /// That of an input record.
    pub(crate) fn of(record: &Record) -> Self {
        Self {
            trace: record.headers.text(TRACE).map(str::to_owned),
            order: record.headers.get(Order::HEADER).map(<[u8]>::to_vec),
        }
    }

    /// The record that a partner reads: a CloudEvent in binary mode. It says nothing of our own
    /// offsets, and its trace is the partner's own.
    pub(crate) fn copy(&self, topic: &Topic, released: &Released) -> Result<Output, StateError> {
        let record = released.record();
        let alias = record.alias.to_string();
        let mut headers = Headers::default();
        headers.push("ce_specversion", "1.0");
        headers.push("ce_type", format!("leadshare.lead.{}", record.message_kind.symbol().to_lowercase()));
        headers.push("ce_source", "/leadshare/router");
        headers.push("ce_id", format!("{alias}-{}", record.revision));
        headers.push("ce_subject", alias.as_str());
        headers.push("ce_time", rfc3339(record.released_at));
        headers.push("content-type", "application/avro");
        if let Some(trace) = self.trace.as_deref().and_then(|trace| trace_of(trace, &alias)) {
            headers.push(TRACE, trace);
        }
        let value = wire::encode(released).map_err(|e| corrupt("partner-lead", e))?;
        Ok(Output {
            topic: topic.clone(),
            partition: None,
            key: Some(alias.into_bytes()),
            value: Some(value),
            headers,
        })
    }

    /// The record of a decision.
    pub(crate) fn decision(&self, decision: &Decision) -> Result<Output, StateError> {
        let mut headers = Headers::default();
        headers.push("content-type", "application/avro");
        if let Some(order) = &self.order {
            headers.push(Order::HEADER, order.as_slice());
        }
        if let Some(trace) = &self.trace {
            headers.push(TRACE, trace.as_str());
        }
        Ok(Output {
            topic: Topic::new(topic::DECISIONS),
            partition: None,
            key: Some(decision.lead_id.to_string().into_bytes()),
            value: Some(wire::encode(decision).map_err(|e| corrupt("decision", e))?),
            headers,
        })
    }
}

/// The record that lists a held release under its key, or takes it off.
pub(crate) fn held(key: String, held: Option<&HeldRelease>) -> Result<Output, StateError> {
    let value = held.map(wire::encode).transpose().map_err(|e| corrupt("held-release", e))?;
    Ok(record(topic::HELD, key, value))
}

/// The record of a checkpoint.
pub(crate) fn checkpoint(checkpoint: &Checkpoint) -> Result<Output, StateError> {
    let value = wire::encode(checkpoint).map_err(|e| corrupt("checkpoint", e))?;
    Ok(record(topic::CHECKPOINTS, checkpoint.chain.to_string(), Some(value)))
}

fn record(topic: &str, key: String, value: Option<Vec<u8>>) -> Output {
    let mut headers = Headers::default();
    headers.push("content-type", "application/avro");
    Output { topic: Topic::new(topic), partition: None, key: Some(key.into_bytes()), value, headers }
}

/// The W3C trace context for one partner: two partners that compare theirs must not learn that both
/// hold the same lead, and whoever knows our trace can find theirs.
fn trace_of(trace: &str, alias: &str) -> Option<String> {
    let mut parts = trace.split('-');
    let (version, id, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    if version != "00"
        || !is_hex(id, 32)
        || !is_hex(parent, 16)
        || !is_hex(flags, 2)
        || parts.next().is_some()
    {
        return None;
    }
    let digest = hex(&content_hash(format!("{alias} {id} {parent}").as_bytes()).0);
    Some(format!("00-{}-{}-{flags}", digest.get(..32)?, digest.get(32..48)?))
}

fn rfc3339(at: Micros) -> String {
    Moment::from_microsecond(at.0).unwrap_or(Moment::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_cannot_join_their_traces() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let (a, b) = (trace_of(trace, "a"), trace_of(trace, "b"));
        assert!(a.is_some() && a != b);
        assert!(
            a.is_some_and(|a| a.len() == trace.len() && a.ends_with("-01") && !a.contains("0af7651916cd"))
        );
        for wrong in ["", "00-x-y-01", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "nonsense"]
        {
            assert_eq!(trace_of(wrong, "a"), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_those_of_cloudevents() {
        assert_eq!(rfc3339(Micros(1_800_000_000_000_000)), "2027-01-15T08:00:00Z");
    }
}
