//! How each agency writes: the formats of config/sources, from the writing side.

mod casa_segura;
mod fiscalia_mx;
mod houston_tips;

use crate::agency::Agency;
use crate::ledger::{Kind, Truth};
use crate::random::Random;
use crate::report::Entry;

/// What goes into a record.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) value: Vec<u8>,
}

/// A message with these entries, exported at this hour of the season.
pub(crate) fn write(agency: Agency, entries: &[Entry], hour: u64) -> Message {
    match agency {
        Agency::HoustonTips => houston_tips::write(entries, hour),
        Agency::CasaSegura => casa_segura::write(entries),
        Agency::FiscaliaMx => fiscalia_mx::write(entries),
    }
}

/// A message that is valid and no lead; `None` if the format has none.
pub(crate) fn acknowledgement(entry: &Entry) -> Option<Message> {
    match entry.agency {
        Agency::HoustonTips => houston_tips::acknowledgement(entry),
        Agency::CasaSegura => casa_segura::acknowledgement(entry),
        Agency::FiscaliaMx => fiscalia_mx::acknowledgement(entry),
    }
}

/// A message with a fault; a format of many entries may hold an acknowledgement beside the bad one.
pub(crate) fn malformed(entry: &Entry, random: &mut Random) -> Option<(Message, Vec<Truth>)> {
    let bad = Truth::which(entry, Kind::Malformed);
    let mut message = write(entry.agency, std::slice::from_ref(entry), 0);
    match random.below(3) {
        // Cut short: no JSON any more, and no Avro.
        0 => message.value.truncate(message.value.len() / 2),
        // Not text, and not in the wire format.
        1 => message.value = [b"\xff\xfe".as_slice(), &message.value].concat(),
        _ if entry.agency == Agency::CasaSegura => {
            let good = Truth::which(entry, Kind::NotALead);
            return Some((casa_segura::write_with_bad_entry(entry), vec![good, bad]));
        }
        // Nothing at all.
        _ => message.value.clear(),
    }
    Some((message, vec![bad]))
}

/// The hour of a season as a moment.
fn moment(hour: u64) -> String {
    let day = hour / 24;
    format!("2026-{:02}-{:02}T{:02}:00:00Z", day / 28 % 12 + 1, day % 28 + 1, hour % 24)
}
