//! The second alarm: a text that stayed in a copy, and holds a value that was cleared, goes too.
//!
//! Free text leaves only to those who are cleared for every identity in the lead; this is for texts
//! that are of a class of their own and yet repeat a name, a number or a handle. It compares what a
//! copy lost with every string that it kept. It can withhold too much (a name that is also a word),
//! and that is the side to err on.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizer;
use lead::{Content, Document};
use serde_json::Value as Json;

/// Values shorter than this are in every text.
const SHORTEST: usize = 3;
/// From this length on a value counts inside a word too.
const ANYWHERE: usize = 5;
/// From this length on a value counts with other separators too: `night owl` is `night_owl`.
const SQUEEZED: usize = 8;
/// A phone number is told by its last digits, however it is written.
const PHONE_DIGITS: usize = 7;

/// How a value identifies somebody.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// A name: each of its words counts.
    Name,
    /// A phone number.
    Phone,
    /// An e-mail address: the part before the @ counts too.
    Email,
    /// A date: only a whole one counts.
    Date,
    /// Anything else, as it is.
    Whole,
}

/// What a value looks like in a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trace {
    Word,
    Anywhere,
    Squeezed,
    Digits,
}

/// What identifies somebody in a content before anything is cleared: the same for every partner.
pub(crate) struct Original(BTreeSet<(Trace, String)>);

impl Original {
    pub(crate) fn of(content: &Content) -> Self {
        Self(traces(&content.to_json()))
    }
}

/// Takes from `after` every text that holds a value which `before` has and `after` lacks; returns
/// their paths.
pub(crate) fn withhold(before: &Original, after: &mut Content) -> Vec<String> {
    let mut kept = after.to_json();
    let mut denied = before.0.clone();
    for trace in traces(&kept) {
        denied.remove(&trace);
    }
    if denied.is_empty() {
        return Vec::new();
    }
    let Ok(scanner) = Scanner::new(denied) else { return withhold_everything(after) };
    let mut withheld = Vec::new();
    scanner.clear(&mut kept, &mut String::new(), &mut withheld);
    if withheld.is_empty() {
        return withheld;
    }
    match Content::from_json(kept) {
        Ok(content) => *after = content,
        Err(_) => return withhold_everything(after),
    }
    withheld
}

/// Whether a text holds a value which `before` has and `kept` lacks.
pub(crate) fn teller(before: &Original, kept: &Content) -> impl Fn(&str) -> bool + use<> {
    let mut denied = before.0.clone();
    for trace in traces(&kept.to_json()) {
        denied.remove(&trace);
    }
    let scanner = Scanner::new(denied);
    move |text| scanner.as_ref().map_or(true, |scanner| scanner.finds(text))
}

fn withhold_everything(content: &mut Content) -> Vec<String> {
    *content = Content::default();
    vec!["content".to_owned()]
}

/// How the value at this path identifies somebody; `None` when it does not.
fn form(path: &str) -> Option<Form> {
    Some(match path {
        "persons.names.full" | "persons.names.given" | "persons.names.middle" | "persons.names.surname" => {
            Form::Name
        }
        "persons.names.search" | "accounts.display_names" => Form::Name,
        "persons.phones.e164" | "persons.phones.text" => Form::Phone,
        "organizations.phones.e164" | "organizations.phones.text" => Form::Phone,
        "persons.emails.address" | "persons.emails.text" => Form::Email,
        "organizations.emails.address" | "organizations.emails.text" => Form::Email,
        "persons.birth_date.local" | "persons.birth_date.text" => Form::Date,
        "persons.documents.number" | "persons.documents.text" | "persons.affiliations.text" => Form::Whole,
        "accounts.handle_text" | "devices.id_text" => Form::Whole,
        "organizations.name" | "organizations.numbers.text" | "organizations.urls" => Form::Whole,
        "accounts.handle" | "accounts.provider_id" | "accounts.profile_url" | "accounts.group" => Form::Whole,
        "devices.id_value" | "vehicles.plate" | "financial.account" => Form::Whole,
        "network_events.ip.address" | "network_events.ip.text" => Form::Whole,
        "network_events.ip_to.address" | "network_events.ip_to.text" => Form::Whole,
        "online_places.url" | "online_places.room" | "online_places.provider_id" => Form::Whole,
        "files.file_id" | "files.name" | "files.reference" | "files.hashes.value" => Form::Whole,
        "places.name" | "places.street" | "places.city" | "places.postal_code" | "places.text" => Form::Whole,
        "events.place" | "external_ids.id" => Form::Whole,
        "source.organisation" | "originator.agency_id" | "originator.office_code" => Form::Whole,
        _ => return None,
    })
}

/// Whether the string at this path is one of a closed list of codes and no text.
fn is_code(path: &str) -> bool {
    matches!(
        path,
        "source.kind"
            | "source.prohibited_source_risk"
            | "collection_basis"
            | "categories"
            | "events.stage"
            | "urgency.level"
            | "urgency.imminent_danger"
            | "assertion_kind"
            | "persons.role"
            | "persons.minor"
            | "accounts.third_party_reported"
            | "network_events.possible_proxy"
            | "files.viewed_by_source"
            | "files.publicly_available"
            | "files.access_blocked"
            | "places.estimated"
            | "places.verified"
            | "handling.tlp"
            | "handling.pap"
            | "protections.v1367"
            | "protections.consent.given"
            | "protections.juvenile"
            | "protections.sealed"
            | "protections.sar_derived"
            | "legal.warrant_required"
            | "legal.eu_data"
    )
}

/// The traces of every identifying value.
fn traces(content: &Json) -> BTreeSet<(Trace, String)> {
    let mut traces = BTreeSet::new();
    collect(content, &mut String::new(), &mut traces);
    traces
}

fn collect(json: &Json, path: &mut String, traces: &mut BTreeSet<(Trace, String)>) {
    match json {
        // A placeholder such as "Unknown" identifies nobody, and is a word of many texts.
        Json::Object(fields) if fields.get("placeholder") == Some(&Json::Bool(true)) => {}
        Json::Object(fields) => {
            for (name, value) in fields {
                at(path, name, |path| collect(value, path, traces));
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, path, traces)),
        Json::String(text) => {
            if let Some(form) = form(path) {
                add_traces(form, text, traces);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn add_traces(form: Form, text: &str, traces: &mut BTreeSet<(Trace, String)>) {
    let folded = fold(text);
    let words = || folded.split(' ');
    match form {
        Form::Phone => {
            let digits: String = digits(text).chars().filter(char::is_ascii_digit).collect();
            if let Some(last) = digits.len().checked_sub(PHONE_DIGITS).and_then(|from| digits.get(from..)) {
                traces.insert((Trace::Digits, last.to_owned()));
            }
            return;
        }
        Form::Date if folded.chars().count() < SQUEEZED => return,
        // More words than this are a description and no name.
        Form::Name if words().count() <= 4 => words().for_each(|word| add(word, traces)),
        Form::Email => {
            let local = text.split('@').next().map(fold).unwrap_or_default();
            if local.chars().count() >= ANYWHERE {
                add(&local, traces);
            }
        }
        Form::Name | Form::Date | Form::Whole => {}
    }
    add(&folded, traces);
}

fn add(folded: &str, traces: &mut BTreeSet<(Trace, String)>) {
    let length = folded.chars().count();
    if length < SHORTEST {
        return;
    }
    traces.insert((if length < ANYWHERE { Trace::Word } else { Trace::Anywhere }, folded.to_owned()));
    let squeezed = squeeze(folded);
    if squeezed.chars().count() >= SQUEEZED {
        traces.insert((Trace::Squeezed, squeezed));
    }
}

/// Finds denied values in texts.
struct Scanner {
    automaton: AhoCorasick,
    traces: Vec<Trace>,
}

impl Scanner {
    fn new(denied: BTreeSet<(Trace, String)>) -> Result<Self, aho_corasick::BuildError> {
        let (traces, patterns): (Vec<Trace>, Vec<String>) = denied.into_iter().unzip();
        // Built for one copy and used on a few texts: the kind that is quickest to build.
        let kind = Some(AhoCorasickKind::NoncontiguousNFA);
        Ok(Self { automaton: AhoCorasick::builder().kind(kind).build(patterns)?, traces })
    }

    /// Removes every string that holds a denied value.
    fn clear(&self, json: &mut Json, path: &mut String, withheld: &mut Vec<String>) {
        match json {
            Json::Object(fields) => {
                let mut gone = Vec::new();
                fields.retain(|name, value| {
                    let stays = at(path, name, |path| self.stays(value, path, withheld));
                    if !stays {
                        gone.push(name.clone());
                    }
                    stays
                });
                // A value whose one form tells is not shown in another.
                fields.retain(|name, _| !gone.iter().any(|gone| is_form_of(gone, name)));
            }
            Json::Array(items) => items.retain_mut(|item| self.stays(item, path, withheld)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    fn stays(&self, json: &mut Json, path: &mut String, withheld: &mut Vec<String>) -> bool {
        match json {
            Json::String(text) if !is_code(path) && self.finds(text) => {
                withheld.push(path.clone());
                false
            }
            other => {
                self.clear(other, path, withheld);
                true
            }
        }
    }

    fn finds(&self, text: &str) -> bool {
        if text.len() < SHORTEST {
            return false;
        }
        let folded = fold(text);
        self.any(&folded, |trace, start, end| match trace {
            Trace::Anywhere => !is_within_number(&folded, start, end),
            Trace::Word => is_word(&folded, start, end),
            Trace::Squeezed | Trace::Digits => false,
        }) || self.any(&squeeze(&folded), |trace, _, _| trace == Trace::Squeezed)
            || self.any(&digits(text), |trace, _, _| trace == Trace::Digits)
    }

    fn any(&self, haystack: &str, counts: impl Fn(Trace, usize, usize) -> bool) -> bool {
        self.automaton.find_overlapping_iter(haystack).any(|found| {
            let trace = self.traces.get(found.pattern().as_usize());
            trace.is_some_and(|trace| counts(*trace, found.start(), found.end()))
        })
    }
}

/// Whether two fields of a record are forms of one value: the source's text, and what was made of it.
fn is_form_of(one: &str, other: &str) -> bool {
    const FORMS: [&str; 6] = ["text", "e164", "address", "local", "instant", "code"];
    let stem = |name: &str| name.strip_suffix("_text").unwrap_or(name).to_owned();
    (FORMS.contains(&one) && FORMS.contains(&other)) || stem(one) == stem(other)
}

/// Whether digits that were found are a part of a longer number, as a postal code can be of a phone's.
fn is_within_number(text: &str, start: usize, end: usize) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.get(start..end).is_some_and(|found| found.bytes().all(|byte| byte.is_ascii_digit()))
        && (is_digit(text.get(..start).and_then(|before| before.chars().next_back()))
            || is_digit(text.get(end..).and_then(|after| after.chars().next())))
}

fn is_word(text: &str, start: usize, end: usize) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| c == ' ');
    edge(text.get(..start).and_then(|before| before.chars().next_back()))
        && edge(text.get(end..).and_then(|after| after.chars().next()))
}

fn at<T>(path: &mut String, name: &str, inside: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(name);
    let result = inside(path);
    path.truncate(length);
    result
}

/// Letters and digits alone, in one case and width, without marks; everything between them is one
/// space.
fn fold(text: &str) -> String {
    let text: Cow<'_, str> = if text.is_ascii() {
        text.to_ascii_lowercase().into()
    } else {
        // Case folding can leave marks of its own, so they are taken out after it.
        let decomposed = DecomposingNormalizer::new_nfkd().normalize(text);
        let folded = CaseMapper::new().fold_string(&decomposed);
        DecomposingNormalizer::new_nfkd().normalize(&folded).into_owned().into()
    };
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if is_mark(c) {
            continue;
        }
        if c.is_alphanumeric() {
            folded.push(c);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

fn squeeze(folded: &str) -> String {
    folded.chars().filter(|c| *c != ' ').collect()
}

/// The digits of a text, joined over what people write inside numbers, apart elsewhere.
fn digits(text: &str) -> String {
    let mut digits = String::new();
    for c in text.chars() {
        if let Some(digit) = digit(c) {
            digits.push(digit);
        } else if !matches!(c, ' ' | '\u{a0}' | '.' | '-' | '\u{2010}'..='\u{2015}' | '(' | ')' | '/' | '+')
            && !digits.is_empty()
            && !digits.ends_with('|')
        {
            digits.push('|');
        }
    }
    digits
}

/// The ASCII digit that a digit of another script stands for.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 5] = ['0' as u32, 0x660, 0x6f0, 0x966, 0xff10];
    let value = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}' | '\u{200b}'..='\u{200f}' | '\u{ad}')
}

#[cfg(test)]
#[path = "scan/tests.rs"]
mod tests;
