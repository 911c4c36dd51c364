//! The flat file: a segment a line, each with its length, its level, its action, and the number of its report.
//!
//! An entry is an incident with its segments, or an arrest of group B with its arrestees. Segments of one number and
//! one action belong together until the number comes with another action, or with another administrative segment: so
//! a deletion and what is sent anew after it stay apart and in order. Segments without an administrative one add to
//! an incident that was sent before.

use std::collections::HashMap;

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use super::columns::{self, part};
use super::{Group, doubts, is_action, numbered, put, put_list};
use crate::reason::ReasonCode;
use crate::source::Limits;

/// A segment that can be read.
#[derive(Clone, Copy)]
struct Segment<'t> {
    level: u8,
    action: &'t str,
    text: &'t str,
}

impl Segment<'_> {
    fn key(&self) -> (&str, &str) {
        (part(self.text, columns::ORI), part(self.text, columns::NUMBER))
    }

    /// Level and number of the victim, offender or arrestee, or what else tells it from others of its level.
    fn name(&self) -> String {
        let within = match self.level {
            b'2' | b'4' => part(self.text, (38, 3)),
            b'3' => part(self.text, (38, 1)),
            b'5' | b'6' => part(self.text, (38, 2)),
            _ => "",
        };
        [&char::from(self.level).to_string(), within].join("-").trim_end_matches('-').to_owned()
    }
}

/// The lines of one entry, with their ends.
struct Lines<'t> {
    lines: Vec<&'t str>,
    /// The segments, or why one of them cannot be read.
    segments: Result<Vec<Segment<'t>>, Reason>,
}

/// Every report of a file.
pub(super) fn entries(text: &str, limits: &Limits) -> Result<Vec<Result<Value, Reason>>, Reason> {
    let mut values = 0;
    let mut entries = Vec::new();
    for lines in reports(text, limits)? {
        entries.push(match lines.segments {
            Ok(segments) => {
                let entry = entry(&segments);
                count(&entry, &mut values, limits)?;
                Ok(entry)
            }
            Err(reason) => Err(reason),
        });
    }
    Ok(entries)
}

/// The lines of single entries.
pub(super) fn alone(text: &str, limits: &Limits, entries: &[usize]) -> Result<Vec<Option<Vec<u8>>>, Reason> {
    let reports = reports(text, limits)?;
    Ok(entries
        .iter()
        .map(|index| reports.get(*index).map(|report| report.lines.concat().into_bytes()))
        .collect())
}

fn count(value: &Value, values: &mut usize, limits: &Limits) -> Result<(), Reason> {
    *values += 1;
    if *values > limits.values {
        return Err(ReasonCode::TooManyValues.with("there are more values than limits.values"));
    }
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| count(item, values, limits)),
        Value::Object(fields) => fields.values().try_for_each(|field| count(field, values, limits)),
        _ => Ok(()),
    }
}

/// The lines of a file, report by report.
fn reports<'t>(text: &'t str, limits: &Limits) -> Result<Vec<Lines<'t>>, Reason> {
    let mut reports: Vec<Lines<'t>> = Vec::new();
    // Under agency and number, the last report with the action and the date that its segments must have.
    let mut open: HashMap<(&str, &str), (usize, &str, &str)> = HashMap::new();
    let mut segments = 0;
    for (i, line) in text.split_inclusive('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        segments += 1;
        // A segment is at least a value, and one text.
        if segments > limits.values {
            return Err(ReasonCode::TooManyValues.with("there are more segments than limits.values"));
        }
        if line.len() > limits.text_bytes {
            return Err(ReasonCode::TextTooLong
                .with(format!("a line is longer than limits.text_bytes, at line {}", i + 1)));
        }
        let segment = segment(line);
        if reports.is_empty() && matches!(segment, Err(Fault::NoSegment)) {
            return Err(ReasonCode::OtherDocument
                .with(format!("expected a segment of a NIBRS flat file, at line {}", i + 1)));
        }
        let belongs = match &segment {
            Ok(segment) => belongs(segment, &mut open, reports.len()),
            // A fault in a segment is one of its report; where it names none, of the report above it.
            Err(Fault::Segment(_, Some(segment))) => belongs(segment, &mut open, reports.len()),
            Err(_) => reports.len().checked_sub(1),
        };
        let segment = segment.map_err(|fault| {
            ReasonCode::SegmentNotValid.with(format!("{}, at line {}", fault.expected(), i + 1))
        });
        let count = reports.len();
        match belongs.and_then(|report| reports.get_mut(report)) {
            Some(report) if report.lines.len() >= limits.entries => {
                let expected = "a report has more segments than limits.entries";
                return Err(ReasonCode::TooManyEntries.with(format!("{expected}, at line {}", i + 1)));
            }
            Some(report) => report.add(line, segment),
            None if count >= limits.entries => {
                return Err(ReasonCode::TooManyEntries.with("there are more reports than limits.entries"));
            }
            None => {
                let mut report = Lines { lines: Vec::new(), segments: Ok(Vec::new()) };
                report.add(line, segment);
                reports.push(report);
            }
        }
    }
    Ok(reports)
}

impl<'t> Lines<'t> {
    fn add(&mut self, line: &'t str, segment: Result<Segment<'t>, Reason>) {
        self.lines.push(line);
        match (&mut self.segments, segment) {
            (Ok(segments), Ok(segment)) => segments.push(segment),
            (Ok(_), Err(reason)) => self.segments = Err(reason),
            (Err(_), _) => {}
        }
    }
}

/// The report to which a segment belongs; `None` for a new one, which will be the `next`.
fn belongs<'t>(
    segment: &Segment<'t>,
    open: &mut HashMap<(&'t str, &'t str), (usize, &'t str, &'t str)>,
    next: usize,
) -> Option<usize> {
    // Arrests of one number on another day are others.
    let date = if segment.level == b'7' { part(segment.text, (40, 8)) } else { "" };
    let key = (part(segment.text, columns::ORI), part(segment.text, columns::NUMBER));
    let known = open.get(&key).filter(|(_, action, on)| (*action, *on) == (segment.action, date));
    match known {
        Some((report, ..)) if !matches!(segment.level, b'0' | b'1') => Some(*report),
        _ => {
            open.insert(key, (next, segment.action, date));
            None
        }
    }
}

/// What is wrong with a line.
enum Fault<'t> {
    /// It does not begin as a segment does.
    NoSegment,
    /// It begins so; with what was expected, and with the segment where the line reaches to agency and number.
    Segment(&'static str, Option<Segment<'t>>),
}

impl Fault<'_> {
    fn expected(&self) -> &'static str {
        match self {
            Self::NoSegment => "expected a segment that begins with its length, its level and its action",
            Self::Segment(expected, _) => expected,
        }
    }
}

/// The segment of a line. Strict in its length: a line that was cut is no segment with blanks.
fn segment(line: &str) -> Result<Segment<'_>, Fault<'_>> {
    let text = line.trim_end_matches(['\r', '\n']);
    let begins = text.bytes().take(6).enumerate().all(|(i, b)| match i {
        0..=3 => b.is_ascii_digit(),
        4 => b.is_ascii_alphanumeric(),
        _ => b.is_ascii_uppercase(),
    });
    if !begins {
        return Err(Fault::NoSegment);
    }
    let whole_key = columns::NUMBER.0 - 1 + columns::NUMBER.1;
    let named = match text.as_bytes() {
        [_, _, _, _, level, ..] if text.is_ascii() && text.len() >= whole_key => {
            Some(Segment { level: *level, action: part(text, (6, 1)), text })
        }
        _ => None,
    };
    let fault = |expected| Err(Fault::Segment(expected, named));
    if !text.is_ascii() {
        return fault("expected a segment in ASCII");
    }
    let declared: usize = part(text, (1, 4)).parse().unwrap_or_default();
    let (Some(segment), Some(behind)) = (text.get(..declared), text.get(declared..)) else {
        return fault("expected a segment as long as it says, got a shorter one");
    };
    if !behind.trim().is_empty() {
        return fault("expected a segment as long as it says, got a longer one");
    }
    let Some(Segment { level, action, .. }) = named else {
        return fault("expected a segment with agency and number");
    };
    let Some((shortest, _)) = columns::lengths(level) else {
        return fault("expected a segment of level 0 to 9");
    };
    // What is deleted needs no more than its number.
    let shortest = if action == "D" { whole_key } else { shortest };
    if declared < shortest {
        return fault("expected a segment as long as those of its level");
    }
    if !is_action(action) {
        return fault("expected an action of I, A, M, R, D or W");
    }
    let segment = Segment { level, action, text: segment };
    if level != b'0' && (segment.key().0.is_empty() || segment.key().1.is_empty()) {
        return fault("expected the agency's ORI and the number of the incident or arrest");
    }
    Ok(segment)
}

/// The entry of one report.
fn entry(segments: &[Segment<'_>]) -> Value {
    let mut entry = ObjectMap::new();
    let Some(first) = segments.first() else { return Value::Object(entry) };
    let group = match first.level {
        b'0' => Group::Zero,
        b'7' => Group::B,
        _ => Group::A,
    };
    put(&mut entry, "group", group.name());
    put(&mut entry, "action", first.action);
    columns::header(first.text, &mut entry);
    if group == Group::A {
        put(&mut entry, "incident_number", first.key().1);
        // A modification names only the segments that it changes, and so does what has no administrative segment.
        if first.level != b'1' || first.action == "M" {
            let names: Vec<String> = segments.iter().map(Segment::name).collect();
            put(&mut entry, "segments", &names.join(" "));
        }
    }
    let mut parts = Parts::default();
    segments.iter().for_each(|segment| parts.read(segment, &mut entry));
    parts.put(&mut entry);
    doubts::add(&mut entry, Vec::new());
    Value::Object(entry)
}

/// Lists of an entry.
#[derive(Default)]
struct Parts {
    offenses: Vec<ObjectMap>,
    properties: Vec<ObjectMap>,
    victims: Vec<Value>,
    offenders: Vec<Value>,
    arrestees: Vec<Value>,
    other_victims: Vec<Value>,
    unknown_offenders: Vec<Value>,
    details: Vec<Value>,
}

impl Parts {
    fn read(&mut self, segment: &Segment<'_>, entry: &mut ObjectMap) {
        let text = segment.text;
        let is_somebody = |fields: &ObjectMap| fields.contains_key("part");
        match segment.level {
            b'1' => columns::administrative(text, entry),
            b'2' => self.offenses.push(columns::offense(text)),
            b'3' => self.properties.push(columns::property(text)),
            b'4' => match columns::victim(text) {
                victim if is_somebody(&victim) => self.victims.push(Value::Object(victim)),
                victim => self.other_victims.push(Value::Object(victim)),
            },
            b'5' => match columns::offender(text) {
                offender if is_somebody(&offender) => self.offenders.push(Value::Object(offender)),
                _ => self.unknown_offenders.push(Value::from(part(text, (38, 9)))),
            },
            b'6' => self.arrestees.push(Value::Object(columns::arrestee(text))),
            b'7' => self.arrestees.push(Value::Object(columns::group_b_arrestee(text, entry))),
            _ => {}
        }
        // What the standard has no columns for: segments of a state, and columns of a state behind those of the standard.
        let read = columns::lengths(segment.level).map_or(0, |(_, reach)| reach);
        let behind = text.get(read..).unwrap_or_default();
        if !behind.trim().is_empty() {
            let mut detail = ObjectMap::new();
            put(&mut detail, "name", &format!("segment_{}", segment.name()));
            put(&mut detail, "text", behind);
            self.details.push(Value::Object(detail));
        }
    }

    fn put(self, entry: &mut ObjectMap) {
        put_list(entry, "offenses", numbered(self.offenses));
        put_list(entry, "properties", numbered(self.properties));
        put_list(entry, "persons", [self.victims, self.offenders, self.arrestees].concat());
        put_list(entry, "other_victims", self.other_victims);
        put_list(entry, "unknown_offenders", self.unknown_offenders);
        put_list(entry, "details", self.details);
    }
}
