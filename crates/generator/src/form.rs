//! How each agency writes: the formats of config/sources, from the writing side.

mod casa_segura;
mod fiscalia_mx;
mod houston_tips;

use crate::ledger::{Kind, Truth};
use crate::random::Random;
use crate::report::Report;

/// The agencies of config/sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agency {
    HoustonTips,
    CasaSegura,
    FiscaliaMx,
}

/// What goes into a record.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) value: Vec<u8>,
}

impl Agency {
    pub(crate) fn draw(random: &mut Random) -> Self {
        match random.below(10) {
            0..5 => Self::HoustonTips,
            5..7 => Self::CasaSegura,
            _ => Self::FiscaliaMx,
        }
    }

    /// Its folder in config/sources.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HoustonTips => "houston-tips",
            Self::CasaSegura => "casa-segura",
            Self::FiscaliaMx => "fiscalia-mx",
        }
    }

    /// A report number as the agency writes it.
    pub(crate) fn number(self, n: u64) -> String {
        match self {
            Self::HoustonTips => format!("HT-2026-{n:06}"),
            Self::CasaSegura => format!("CS/{n:06}"),
            Self::FiscaliaMx => format!("FGR-{n:07}"),
        }
    }

    /// Whether its format knows additions.
    pub(crate) fn takes_amendments(self) -> bool {
        self != Self::CasaSegura
    }

    /// How many entries its next message holds.
    pub(crate) fn entries(self, random: &mut Random) -> u64 {
        match self {
            Self::CasaSegura => random.between(1, 5),
            Self::HoustonTips | Self::FiscaliaMx => 1,
        }
    }
}

/// A message with these entries.
pub(crate) fn write(agency: Agency, reports: &[Report]) -> Message {
    match agency {
        Agency::HoustonTips => houston_tips::write(reports),
        Agency::CasaSegura => casa_segura::write(reports),
        Agency::FiscaliaMx => fiscalia_mx::write(reports),
    }
}

/// A message that is valid and no lead; `None` if the format has none.
pub(crate) fn acknowledgement(agency: Agency, report: &Report) -> Option<(Message, Vec<Truth>)> {
    let message = match agency {
        Agency::HoustonTips => houston_tips::acknowledgement(report)?,
        Agency::CasaSegura => casa_segura::acknowledgement(report)?,
        Agency::FiscaliaMx => fiscalia_mx::acknowledgement(report)?,
    };
    Some((message, vec![Truth::of(report, Kind::NotALead)]))
}

/// A message with a fault; a format of many entries may hold a good one beside the bad.
pub(crate) fn malformed(
    agency: Agency,
    report: &Report,
    random: &mut Random,
) -> Option<(Message, Vec<Truth>)> {
    let bad = Truth::of(report, Kind::Malformed);
    let mut message = write(agency, std::slice::from_ref(report));
    match random.below(3) {
        // Cut short: no JSON any more, and no Avro.
        0 => message.value.truncate(message.value.len() / 2),
        // Not text, and not in the wire format.
        1 => message.value = [b"\xff\xfe".as_slice(), &message.value].concat(),
        _ if agency == Agency::CasaSegura => {
            return Some((
                casa_segura::write_with_bad_entry(report),
                vec![Truth::of(report, Kind::Report), bad],
            ));
        }
        // Nothing at all.
        _ => message.value.clear(),
    }
    Some((message, vec![bad]))
}
