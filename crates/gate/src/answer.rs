//! What a partner answers: a small JSON document on a topic of its own.
//!
//! ```json
//! {"reference": "01ab…", "answer": "DESTROYED", "reason": "policy-7", "at": "2026-03-01T12:00:00Z"}
//! ```

use lead::SiteKeys;
use lead::matter::{Answer, Feedback};
use lead::value::Micros;
use pipeline::Timestamp;
use serde::Deserialize;

use crate::examine::is_code;
use crate::refusal::Refusal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    reference: String,
    answer: String,
    reason: Option<String>,
    at: Option<String>,
}

/// Reads what a partner answers. When it says no time of its own, it is that of its arrival.
pub(crate) fn read(
    keys: &SiteKeys,
    partner: &str,
    value: &[u8],
    arrived: Timestamp,
) -> Result<Feedback, Refusal> {
    let document: Document = serde_json::from_slice(value).map_err(|_| Refusal::NotAnAnswer)?;
    let answer = Answer::ALL.iter().find(|answer| answer.symbol() == document.answer);
    let answer = *answer.ok_or(Refusal::NotAnAnswer)?;
    if document.reason.as_deref().is_some_and(|reason| !is_code(reason)) {
        return Err(Refusal::ReasonNotACode);
    }
    let at = match document.at {
        None => Micros::of_millis(arrived.0),
        Some(text) => {
            let at: jiff::Timestamp = text.parse().map_err(|_| Refusal::NotAnAnswer)?;
            Micros(at.as_microsecond())
        }
    };
    let delivery = keys.open(partner, &document.reference)?;
    Ok(Feedback {
        matter_id: delivery.matter,
        lead_id: delivery.lead,
        domain: delivery.domain,
        partner: partner.to_owned(),
        revision: delivery.revision,
        answer,
        reason: document.reason,
        at,
    })
}
