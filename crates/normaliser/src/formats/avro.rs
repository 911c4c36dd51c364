//! Avro `LeadSubmission` in Confluent's wire format, for agencies that speak it.
//!
//! Depth is bounded by the schema, allocations by the codec.

use lead::wire::{self, WireError};
use pipeline::Reason;

use crate::formats::{Decoded, Format};
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) struct Avro;

impl Format for Avro {
    fn name(&self) -> &'static str {
        "avro"
    }

    fn needs_mapping(&self) -> bool {
        false
    }

    fn decode(&self, value: &[u8], _: &Limits) -> Result<Decoded, Reason> {
        let submission = wire::decode(value).map_err(|error| {
            let code = match error {
                WireError::TooShort | WireError::Magic => ReasonCode::NotWireFormat,
                WireError::UnknownSchema(..) => ReasonCode::UnknownSchema,
                WireError::Body(_) | WireError::Trailing(_) | WireError::Encode(_) => ReasonCode::NotAvro,
            };
            code.with(error.to_string())
        })?;
        Ok(Decoded::Submission(Box::new(submission)))
    }
}
