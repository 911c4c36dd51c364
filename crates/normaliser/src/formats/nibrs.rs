//! NIBRS incidents and arrests.

use pipeline::Reason;

use crate::formats::{Decoded, Format};
use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) struct Nibrs;

impl Format for Nibrs {
    fn name(&self) -> &'static str {
        "nibrs"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, _: &[u8], _: &Limits) -> Result<Decoded, Reason> {
        Err(ReasonCode::OtherDocument.with("not read yet"))
    }
}
