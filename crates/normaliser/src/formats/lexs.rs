//! LEXS publications, N-DEx among them.

use pipeline::Reason;

use crate::formats::{Decoded, Format};
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) struct Lexs;

impl Format for Lexs {
    fn name(&self) -> &'static str {
        "lexs"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, _: &[u8], _: &Limits) -> Result<Decoded, Reason> {
        Err(ReasonCode::OtherDocument.with("not read yet"))
    }
}
