//! The second alarm: a text that stayed in a copy, and holds a value that was cleared, goes too.
//!
//! Free text leaves only to those who are cleared for every identity in the lead; this is for texts
//! that are of a class of their own and yet repeat a name, a number or a handle. It compares what a
//! copy lost with every string that it kept. It can withhold too much (a name that is also a word),
//! and that is the side to err on.
//!
//! A value that the copy shows lets its like pass: the phone of a subject who may be seen is no secret
//! because it is a victim's too. It lets nothing else pass: a minor's name does not become public
//! because a room that may be seen is called by it.

mod spelling;
mod trace;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use lead::{Content, Document};
use serde_json::Value as Json;

use spelling::{days, decoded, digits, fold, frames, sound, spoken, squeeze};
use trace::{Form, Kind, SHORTEST, Trace, form, traces};

/// The marks of one trace, by what it is and whose.
type Marks<'a> = BTreeMap<(Kind, &'a Option<String>), usize>;

/// Numbers of the lead shorter than this are in every text.
const SHORTEST_OWN: usize = 5;

/// A value where it stands: what it is, and whose.
type Source = (Kind, Form, String, Option<String>);

/// What identifies somebody in a content before anything is cleared: the same for every partner.
pub(crate) struct Original {
    /// The traces in their order; `None` if they cannot be searched for, and then everything tells.
    automaton: Option<AhoCorasick>,
    patterns: Vec<Pattern>,
    /// The kind of each mark: a trace of one kind of value of one holder.
    marks: Vec<Kind>,
    /// The marks that do not count where this value is shown.
    shown_by: BTreeMap<Source, Vec<usize>>,
    /// The marks in each text that was searched: copies for several partners keep the same texts.
    searched: RefCell<HashMap<String, Rc<[usize]>>>,
}

struct Pattern {
    trace: Trace,
    marks: Vec<usize>,
}

/// Which marks of an [`Original`] a copy must not hold.
pub(crate) struct Denied(Vec<bool>);

impl Original {
    /// Of a content, and of numbers of the lead itself which it lacks.
    pub(crate) fn of<'n>(content: &Content, own: impl Iterator<Item = &'n str>) -> Self {
        let mut sources = sources(&content.to_json());
        let own = own.map(str::trim).filter(|number| number.chars().count() >= SHORTEST_OWN);
        sources.extend(own.map(|number| (Kind::Own, Form::Whole, number.to_owned(), None)));
        let mut marked: BTreeMap<(Trace, String), Marks<'_>> = BTreeMap::new();
        let mut marks = Vec::new();
        let traced: Vec<_> = sources.iter().map(|source| (source, traces(source.1, &source.2))).collect();
        for ((kind, _, _, holder), traces) in &traced {
            for trace in traces {
                marked.entry(trace.clone()).or_default().entry((*kind, holder)).or_insert_with(|| {
                    marks.push(*kind);
                    marks.len() - 1
                });
            }
        }
        let shown_by = traced.iter().map(|(source, traces)| {
            let (kind, _, _, holder) = source;
            let passes = |of: &(Kind, &Option<String>)| {
                of.0 == *kind
                    || (of.0.is_address() && kind.is_address() && holder.is_some() && of.1 == holder)
            };
            let alike = traces.iter().filter_map(|trace| marked.get(trace)).flatten();
            ((*source).clone(), alike.filter(|(of, _)| passes(of)).map(|(_, mark)| *mark).collect())
        });
        let shown_by = shown_by.collect();
        // Built for one lead and used on a few texts: the kind that is quickest to build.
        let kind = Some(AhoCorasickKind::NoncontiguousNFA);
        let automaton = AhoCorasick::builder().kind(kind).build(marked.keys().map(|(_, text)| text)).ok();
        let pattern = |((trace, _), marks): (&(Trace, String), &BTreeMap<_, usize>)| Pattern {
            trace: *trace,
            marks: marks.values().copied().collect(),
        };
        let patterns = marked.iter().map(pattern).collect();
        Self { automaton, patterns, marks, shown_by, searched: RefCell::default() }
    }

    /// What a copy that keeps this content lacks.
    fn denied(&self, kept: &Json, shows_own: bool) -> Denied {
        let mut denied: Vec<bool> =
            self.marks.iter().map(|kind| !(shows_own && *kind == Kind::Own)).collect();
        for source in sources(kept) {
            for mark in self.shown_by.get(&source).into_iter().flatten() {
                if let Some(denied) = denied.get_mut(*mark) {
                    *denied = false;
                }
            }
        }
        Denied(denied)
    }

    fn tells(&self, text: &str, denied: &Denied) -> bool {
        if text.len() < SHORTEST {
            return false;
        }
        let marks = self.searched.borrow().get(text).cloned();
        let marks = marks.unwrap_or_else(|| {
            let marks: Rc<[usize]> = self.search(text).into_iter().collect();
            self.searched.borrow_mut().insert(text.to_owned(), Rc::clone(&marks));
            marks
        });
        self.automaton.is_none() || marks.iter().any(|mark| denied.0.get(*mark) != Some(&false))
    }

    /// Every mark in a text, however it is written.
    fn search(&self, text: &str) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        self.search_in(text, &mut found);
        if let Some(decoded) = decoded(text) {
            self.search_in(&decoded, &mut found);
        }
        found
    }

    fn search_in(&self, text: &str, found: &mut BTreeSet<usize>) {
        let folded = fold(text);
        let mut words = |folded: &str| {
            self.each(folded, found, |trace, start, end| match trace {
                Trace::Anywhere => !is_within_number(folded, start, end),
                Trace::Word => is_word(folded, start, end),
                _ => false,
            });
            self.each(&squeeze(folded), found, |trace, _, _| trace == Trace::Squeezed);
        };
        words(&folded);
        if let Some(spoken) = spoken(&folded) {
            words(&spoken);
        }
        let (forward, backward) = digits(text);
        for digits in [forward, backward] {
            self.each(&digits, found, |trace, _, _| trace == Trace::Digits);
        }
        self.each(&days(&folded), found, |trace, _, _| trace == Trace::Day);
        let views = [
            (Trace::Sound, sound(&folded)),
            (Trace::FrameAtHome, frames(&folded, true)),
            (Trace::FrameAbroad, frames(&folded, false)),
        ];
        for (of, view) in &views {
            self.each(view, found, |trace, start, end| trace == *of && is_word(view, start, end));
            if *of == Trace::Sound {
                self.each(&squeeze(view), found, |trace, _, _| trace == Trace::SoundJoined);
            }
        }
    }

    fn each(&self, view: &str, found: &mut BTreeSet<usize>, counts: impl Fn(Trace, usize, usize) -> bool) {
        let Some(automaton) = self.automaton.as_ref().filter(|_| !view.is_empty()) else { return };
        for hit in automaton.find_overlapping_iter(view) {
            let pattern = self.patterns.get(hit.pattern().as_usize());
            if let Some(pattern) = pattern.filter(|pattern| counts(pattern.trace, hit.start(), hit.end())) {
                found.extend(&pattern.marks);
            }
        }
    }

    /// Removes every string that holds a denied value.
    fn clear(&self, denied: &Denied, json: &mut Json, path: &mut String, withheld: &mut Vec<String>) {
        match json {
            Json::Object(fields) => {
                let mut gone = Vec::new();
                fields.retain(|name, value| {
                    let stays = at(path, name, |path| self.stays(denied, value, path, withheld));
                    if !stays {
                        gone.push(name.clone());
                    }
                    stays
                });
                // A value whose one form tells is not shown in another.
                fields.retain(|name, _| !gone.iter().any(|gone| is_form_of(gone, name)));
            }
            Json::Array(items) => items.retain_mut(|item| self.stays(denied, item, path, withheld)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }

    fn stays(&self, denied: &Denied, json: &mut Json, path: &mut String, withheld: &mut Vec<String>) -> bool {
        match json {
            Json::String(text) if !is_code(path) && self.tells(text, denied) => {
                withheld.push(path.clone());
                false
            }
            other => {
                self.clear(denied, other, path, withheld);
                true
            }
        }
    }
}

/// Takes from `after` every text that holds a value which `before` has and `after` lacks; returns
/// their paths. The lead's own numbers may stay where `shows_own`.
pub(crate) fn withhold(before: &Original, after: &mut Content, shows_own: bool) -> Vec<String> {
    let mut kept = after.to_json();
    let denied = before.denied(&kept, shows_own);
    if !denied.0.contains(&true) {
        return Vec::new();
    }
    if before.automaton.is_none() {
        return withhold_everything(after);
    }
    let mut withheld = Vec::new();
    before.clear(&denied, &mut kept, &mut String::new(), &mut withheld);
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
pub(crate) fn teller<'o>(
    before: &'o Original,
    kept: &Content,
    shows_own: bool,
) -> impl Fn(&str) -> bool + use<'o> {
    let denied = before.denied(&kept.to_json(), shows_own);
    move |text| before.tells(text, &denied)
}

fn withhold_everything(content: &mut Content) -> Vec<String> {
    *content = Content::default();
    vec!["content".to_owned()]
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

/// Every identifying value, each once.
fn sources(content: &Json) -> BTreeSet<Source> {
    let mut sources = BTreeSet::new();
    collect(content, &mut String::new(), None, &mut sources);
    sources
}

fn collect(json: &Json, path: &mut String, holder: Option<&str>, sources: &mut BTreeSet<Source>) {
    let mut add = |text: String| {
        if let Some((form, kind)) = form(path) {
            sources.insert((kind, form, text, holder.map(str::to_owned)));
        }
    };
    match json {
        // A placeholder such as "Unknown" identifies nobody, and is a word of many texts.
        Json::Object(fields) if fields.get("placeholder") == Some(&Json::Bool(true)) => {}
        Json::Object(fields) => {
            let holder = fields.get("person_ref").and_then(Json::as_str).or(holder);
            if path == "persons.names" {
                let part =
                    |name: &str| fields.get(name).and_then(Json::as_str).filter(|part| !part.is_empty());
                if let (Some(given), Some(surname)) = (part("given"), part("surname")) {
                    // Either may be too short to be told alone.
                    for whole in [format!("{given} {surname}"), format!("{surname} {given}")] {
                        sources.insert((Kind::Name, Form::FullName, whole, holder.map(str::to_owned)));
                    }
                }
            }
            for (name, value) in fields {
                at(path, name, |path| collect(value, path, holder, sources));
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, path, holder, sources)),
        Json::String(text) => add(text.clone()),
        Json::Number(number) => add(number.to_string()),
        Json::Null | Json::Bool(_) => {}
    }
}

/// Whether two fields of a record are forms of one value: the source's text, and what was made of it.
fn is_form_of(one: &str, other: &str) -> bool {
    const FORMS: [&str; 6] = ["text", "e164", "address", "local", "instant", "code"];
    let stem = |name: &str| name.strip_suffix("_text").unwrap_or(name).to_owned();
    (FORMS.contains(&one) && FORMS.contains(&other)) || stem(one) == stem(other)
}

/// Whether digits that were found are a part of a longer number, as a postal code can be of a phone's.
/// Zeros before a number do not make it another.
fn is_within_number(text: &str, start: usize, end: usize) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let before = text.get(..start).unwrap_or_default().trim_end_matches('0');
    text.get(start..end).is_some_and(|found| found.bytes().all(|byte| byte.is_ascii_digit()))
        && (is_digit(before.chars().next_back())
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

#[cfg(test)]
#[path = "scan/tests.rs"]
mod tests;
