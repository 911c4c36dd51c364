//! The record of a lead: key, headers and bytes on leads.normalised.v1.

use lead::record::Lead;
use lead::topic::{NORMALISED, normalised_partition};
use lead::wire;
use pipeline::{Headers, Order, Output, Partition, TRACEPARENT, Topic, is_traceparent};

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
