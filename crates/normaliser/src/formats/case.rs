//! CASE/UCO graphs in JSON-LD.

use pipeline::Reason;

use crate::formats::{Decoded, Format};
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) struct Case;

impl Format for Case {
    fn name(&self) -> &'static str {
        "case"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, _: &[u8], _: &Limits) -> Result<Decoded, Reason> {
        Err(ReasonCode::OtherDocument.with("not read yet"))
    }
}
