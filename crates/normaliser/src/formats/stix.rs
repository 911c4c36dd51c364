//! STIX 2.1 bundles.

use pipeline::Reason;

use crate::formats::{Decoded, Format};
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) struct Stix;

impl Format for Stix {
    fn name(&self) -> &'static str {
        "stix"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, _: &[u8], _: &Limits) -> Result<Decoded, Reason> {
        Err(ReasonCode::OtherDocument.with("not read yet"))
    }
}
