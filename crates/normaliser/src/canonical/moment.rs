//! Moments: an instant only where the source states an offset or zone; a date stays a date.

use jiff::civil::{Date, DateTime, date};
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use lead::value::{Micros, Moment};

use crate::warning::WarningCode;

/// What a text says.
enum Reading {
    Instant {
        at: Timestamp,
        zone: String,
    },
    Local {
        at: DateTime,
        text: String,
    },
    Date(Date),
    /// A year or a month.
    Partial(String),
    NotValid,
    NotUnderstood,
}

/// Fills instant and local form from the text. A form that the submission brings along stays where the
/// text gives none.
pub(super) fn canonicalise(moment: &mut Moment, formats: &[String]) -> Option<WarningCode> {
    let text = moment.text.expose().trim();
    if text.is_empty() {
        return None;
    }
    match read(text, formats) {
        Reading::Instant { at, zone } => {
            moment.instant = Some(Micros(at.as_microsecond()));
            moment.local = None;
            moment.zone.get_or_insert(zone);
            None
        }
        Reading::Local { at, text } => {
            moment.local = Some(text);
            moment.instant = None;
            let Some(named) = &moment.zone else { return Some(WarningCode::NoTimeZone) };
            let Some(zone) = time_zone(named) else { return Some(WarningCode::UnknownTimeZone) };
            match zone.to_ambiguous_timestamp(at).unambiguous() {
                Ok(instant) => {
                    moment.instant = Some(Micros(instant.as_microsecond()));
                    None
                }
                Err(_) => Some(WarningCode::AmbiguousTime),
            }
        }
        Reading::Date(date) => {
            moment.local = Some(date.to_string());
            moment.instant = None;
            None
        }
        Reading::Partial(local) => {
            moment.local = Some(local);
            moment.instant = None;
            None
        }
        Reading::NotValid | Reading::NotUnderstood if moment.instant.is_some() || moment.local.is_some() => {
            None
        }
        Reading::NotValid => Some(WarningCode::DateNotValid),
        Reading::NotUnderstood => Some(WarningCode::DateNotUnderstood),
    }
}

/// A birth date: the time of day that some systems write with it means nothing.
pub(super) fn canonicalise_date(moment: &mut Moment, formats: &[String]) -> Option<WarningCode> {
    let text = moment.text.expose().trim();
    if text.is_empty() {
        return None;
    }
    let local = match read(text, formats) {
        // The day as written, not the day it was in Greenwich.
        Reading::Instant { at, .. } => {
            let written = text.get(..10).and_then(|day| day.parse::<Date>().ok());
            written.unwrap_or_else(|| TimeZone::UTC.to_datetime(at).date()).to_string()
        }
        Reading::Local { at, .. } => at.date().to_string(),
        Reading::Date(date) => date.to_string(),
        Reading::Partial(local) => local,
        Reading::NotValid | Reading::NotUnderstood if moment.local.is_some() => return None,
        Reading::NotValid => return Some(WarningCode::DateNotValid),
        Reading::NotUnderstood => return Some(WarningCode::DateNotUnderstood),
    };
    moment.local = Some(local);
    moment.instant = None;
    None
}

fn read(text: &str, formats: &[String]) -> Reading {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    match (digits, bytes.len(), bytes.get(4)) {
        (4, 4, None) => match text.parse::<i16>() {
            Ok(1000..=2999) => Reading::Partial(text.to_owned()),
            _ => Reading::NotUnderstood,
        },
        (4, 7, Some(b'-')) => match text.get(5..).map(str::parse::<u8>) {
            Some(Ok(1..=12)) => Reading::Partial(text.to_owned()),
            _ => Reading::NotValid,
        },
        (4, 10, Some(b'-')) => text.parse().map_or(Reading::NotValid, Reading::Date),
        (4, 11.., Some(b'-')) => iso(text),
        _ => formats
            .iter()
            .map(|format| with_format(text, format))
            .find(|reading| !matches!(reading, Reading::NotUnderstood))
            .unwrap_or(Reading::NotUnderstood),
    }
}

fn iso(text: &str) -> Reading {
    if let Ok(at) = text.parse::<Timestamp>() {
        let time = text.get(10..).unwrap_or_default();
        let zone = time.find(['Z', 'z', '+', '-', '\u{2212}']).and_then(|start| time.get(start..));
        return Reading::Instant { at, zone: zone.unwrap_or_default().to_owned() };
    }
    // Without this an offset that cannot be would be ignored.
    let time = text.get(11..).unwrap_or_default();
    if !time.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b',')) {
        return Reading::NotValid;
    }
    text.parse::<DateTime>().map_or(Reading::NotValid, |at| local(at, time.matches(':').count() > 1))
}

/// No more exact than the source: without seconds if it gives none.
fn local(at: DateTime, with_seconds: bool) -> Reading {
    let text = if with_seconds { at.to_string() } else { at.strftime("%Y-%m-%dT%H:%M").to_string() };
    Reading::Local { at, text }
}

fn with_format(text: &str, format: &str) -> Reading {
    let Ok(parsed) = strtime::parse(format, text) else { return without_day(text, format) };
    if parsed.offset().is_some() || parsed.iana_time_zone().is_some() {
        let zone = match (parsed.iana_time_zone(), parsed.offset()) {
            (Some(name), _) => name.to_owned(),
            (None, offset) => offset.map(|o| o.to_string()).unwrap_or_default(),
        };
        return parsed.to_timestamp().map_or(Reading::NotValid, |at| Reading::Instant { at, zone });
    }
    match (parsed.year(), parsed.month(), parsed.day(), parsed.hour()) {
        (Some(_), Some(_), Some(_), Some(_)) => {
            parsed.to_datetime().map_or(Reading::NotValid, |at| local(at, parsed.second().is_some()))
        }
        (Some(_), Some(_), Some(_), None) => parsed.to_date().map_or(Reading::NotValid, Reading::Date),
        (Some(year), Some(month), None, None) => Reading::Partial(format!("{year:04}-{month:02}")),
        (Some(year), None, None, None) => Reading::Partial(format!("{year:04}")),
        _ => Reading::NotUnderstood,
    }
}

/// Of dates written as eight digits, those with zeros for a day, or a month and a day, that are not known.
fn without_day(text: &str, format: &str) -> Reading {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let parts = (text.get(..4), text.get(4..6), text.get(6..));
    match parts {
        (Some(year), Some(month), Some("00"))
            if digits && format == "%Y%m%d" && year.starts_with(['1', '2']) =>
        {
            match month.parse() {
                Ok(0_u8) => Reading::Partial(year.to_owned()),
                Ok(1..=12) => Reading::Partial(format!("{year}-{month}")),
                _ => Reading::NotValid,
            }
        }
        _ => Reading::NotUnderstood,
    }
}

/// Whether a format reads what it writes: one with an unknown directive, or without a year, reads nothing.
pub(crate) fn is_format(format: &str) -> bool {
    let mut sample = strtime::BrokenDownTime::from(date(2001, 12, 30).at(23, 58, 57, 0));
    sample.set_offset(Some(Offset::UTC));
    sample.set_iana_time_zone(Some("Etc/UTC".to_owned()));
    sample
        .to_string(format)
        .is_ok_and(|text| !matches!(with_format(&text, format), Reading::NotUnderstood | Reading::NotValid))
}

/// A zone by its name in the zone database, or an offset.
fn time_zone(named: &str) -> Option<TimeZone> {
    let named = named.trim();
    if matches!(named, "Z" | "z" | "UTC" | "GMT") {
        return Some(TimeZone::UTC);
    }
    let (sign, digits) = match named.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return TimeZone::get(named).ok(),
    };
    let digits = digits.replacen(':', "", 1);
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..).filter(|m| !m.is_empty()).map_or(Some(0), |m| m.parse().ok())?;
    let seconds = (minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))?;
    Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?))
}

/// The first and the last day that a moment can be, for ages.
pub(super) fn days(moment: &Moment) -> Option<(Date, Date)> {
    if let Some(Micros(instant)) = moment.instant {
        let day = TimeZone::UTC.to_datetime(Timestamp::from_microsecond(instant).ok()?).date();
        return Some((day, day));
    }
    let local = moment.local.as_deref()?;
    match local.len() {
        4 => Some((Date::new(local.parse().ok()?, 1, 1).ok()?, Date::new(local.parse().ok()?, 12, 31).ok()?)),
        7 => {
            let first = Date::new(local.get(..4)?.parse().ok()?, local.get(5..)?.parse().ok()?, 1).ok()?;
            Some((first, first.last_of_month()))
        }
        _ => local.get(..10)?.parse().ok().map(|day| (day, day)),
    }
}

/// The day of a broker's timestamp.
pub(super) fn day_of_millis(millis: i64) -> Option<Date> {
    let at = Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_millis(millis)).ok()?;
    Some(TimeZone::UTC.to_datetime(at).date())
}

#[cfg(test)]
#[path = "moment/tests.rs"]
mod tests;
