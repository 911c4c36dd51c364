//! How each agency writes: the formats of config/sources, from the writing side.

mod casa_segura;
mod finance_unit;
mod fiscalia_mx;
mod houston_tips;
mod platform_reports;
mod police_ua;
mod rescue_hotline;

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
        Agency::PlatformReports => platform_reports::write(entries),
        Agency::RescueHotline => rescue_hotline::write(entries),
        Agency::PoliceUa => police_ua::write(entries),
        Agency::FinanceUnit => finance_unit::write(entries),
    }
}

/// A message that is valid and no lead; `None` if the format has none.
pub(crate) fn acknowledgement(entry: &Entry) -> Option<Message> {
    match entry.agency {
        Agency::HoustonTips => houston_tips::acknowledgement(entry),
        Agency::CasaSegura => casa_segura::acknowledgement(entry),
        Agency::FiscaliaMx => fiscalia_mx::acknowledgement(entry),
        Agency::PlatformReports => Some(platform_reports::acknowledgement(entry)),
        Agency::RescueHotline => Some(rescue_hotline::acknowledgement(entry)),
        Agency::PoliceUa => Some(police_ua::acknowledgement(entry)),
        Agency::FinanceUnit => Some(finance_unit::acknowledgement(entry)),
    }
}

/// A message with a fault; a format of many entries may hold an acknowledgement beside the bad one.
pub(crate) fn malformed(entry: &Entry, random: &mut Random) -> Option<(Message, Vec<Truth>)> {
    let bad = Truth::which(entry, Kind::Malformed);
    let mut message = write(entry.agency, std::slice::from_ref(entry), 0);
    match random.below(3) {
        // Cut short: no JSON any more, no XML, no table and no Avro.
        0 => {
            message.value.truncate(message.value.len() / 2);
            // A table that ends with a row is whole.
            while matches!(message.value.last(), Some(b'\r' | b'\n')) {
                message.value.pop();
            }
        }
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

/// A table (RFC 4180) with these rows of named cells.
fn table(
    delimiter: char,
    columns: &[&'static str],
    rows: impl Iterator<Item = Vec<(&'static str, String)>>,
) -> Message {
    let between = delimiter.to_string();
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut text = columns.join(&between) + "\r\n";
    for cells in rows {
        let line: Vec<String> = columns
            .iter()
            .map(|column| match cells.iter().find(|(name, _)| name == column) {
                Some((_, cell)) if cell.contains([delimiter, '"', '\n', '\r']) => quoted(cell),
                Some((_, cell)) => cell.clone(),
                None => String::new(),
            })
            .collect();
        text.push_str(&line.join(&between));
        text.push_str("\r\n");
    }
    Message { value: text.into_bytes(), ..Message::default() }
}

/// The hour of a season as a moment.
fn moment(hour: u64) -> String {
    let day = hour / 24;
    format!("2026-{:02}-{:02}T{:02}:00:00Z", day / 28 % 12 + 1, day % 28 + 1, hour % 24)
}
