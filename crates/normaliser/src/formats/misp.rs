//! MISP core format events.

use pipeline::Reason;

use crate::formats::{Decoded, Format};
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) struct Misp;

impl Format for Misp {
    fn name(&self) -> &'static str {
        "misp"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, _: &[u8], _: &Limits) -> Result<Decoded, Reason> {
        Err(ReasonCode::OtherDocument.with("not read yet"))
    }
}
