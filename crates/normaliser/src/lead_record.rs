//! The record of a lead: key, headers and bytes on leads.normalised.v1.

use lead::record::Lead;
use lead::topic::{NORMALISED, normalised_partition};
use lead::wire;
use pipeline::{Headers, Order, Output, Partition, Topic};

/// The trace context of W3C: passed through so that a lead can be followed, never made up here.
const TRACEPARENT: &str = "traceparent";

/// The record of a lead, with the CloudEvents Kafka binding in binary mode. `None` when the lead does
/// not encode, which its types rule out.
pub(crate) fn output(lead: &Lead, order: Order, inbound: &Headers) -> Option<Output> {
    let value = wire::encode(lead).ok()?;
    let id = lead.lead_id.to_string();
    let mut headers = Headers::default();
    headers.push(Order::HEADER, order.to_string());
    headers.push("ce_specversion", "1.0");
    headers.push("ce_type", "leadshare.lead.v1");
    headers.push("ce_source", lead.agency.as_str());
    headers.push("ce_id", format!("{id}/{order}"));
    headers.push("content-type", "avro/binary");
    if let Some(trace) = inbound.text(TRACEPARENT).filter(|trace| is_traceparent(trace)) {
        headers.push(TRACEPARENT, trace);
    }
    Some(Output {
        topic: Topic::from(NORMALISED),
        // A domain is deduplicated in one order, so it is one partition.
        partition: Some(Partition(normalised_partition(lead.domain())?)),
        key: Some(id.into_bytes()),
        value: Some(value),
        headers,
    })
}

/// `version-trace-parent-flags` in lower-case hexadecimal, with ids that are not all zero.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let fits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match parts.as_slice() {
        [version, trace, parent, flags] => {
            fits(version, 2)
                && *version != "ff"
                && fits(trace, 32)
                && fits(parent, 16)
                && fits(flags, 2)
                && [trace, parent].iter().all(|id| id.bytes().any(|b| b != b'0'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_only_a_well_formed_trace() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_traceparent(good));
        for bad in [
            "",
            "jane doe",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            &good.to_uppercase(),
            &format!("{good}-x"),
        ] {
            assert!(!is_traceparent(bad), "{bad}");
        }
    }
}
