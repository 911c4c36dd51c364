//! What in a lead identifies somebody, and the traces by which a text that repeats it is known.

use super::spelling::{days, digits, fold, frames, runs_on, sound, squeeze};

/// Values shorter than this are in every text.
pub(super) const SHORTEST: usize = 3;
/// From this length on a value counts inside a word too.
const ANYWHERE: usize = 5;
/// From this length on a value counts with other separators too: `night owl` is `night_owl`.
const SQUEEZED: usize = 8;
/// So it does from this length on when it has letters and digits: `KX19 VPT`.
const SQUEEZED_MIXED: usize = 6;
/// A phone number is told by its last digits, however it is written.
const PHONE_DIGITS: usize = 7;
/// A name in Latin letters is told in another script by this many consonants,
const FRAME_ABROAD: usize = 3;
/// and one of another script in Latin letters by this many: more words have them.
const FRAME_AT_HOME: usize = 4;
/// Decimals of a coordinate that make a place exact: some hundred metres.
const DECIMALS: usize = 3;

/// How a value identifies somebody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Form {
    /// A name: each of its words counts.
    Name,
    /// Given and family name in one, in either order.
    FullName,
    /// A phone number.
    Phone,
    /// An e-mail address: the part before the @ counts too.
    Email,
    /// A date: only a whole one counts, in any notation.
    Date,
    /// An address on the internet: without scheme, and its last part alone.
    Url,
    /// The name of a file: without its ending too.
    File,
    /// A street: without the number too.
    Street,
    /// A number of degrees.
    Degrees,
    /// A description: only whole, and if it is more than a word.
    Phrase,
    /// Anything else, as it is.
    Whole,
}

/// What kind of thing a value is. One that a copy shows lets others of its kind pass.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Name,
    Birth,
    Phone,
    Email,
    Document,
    Account,
    Organization,
    Device,
    Vehicle,
    Money,
    Network,
    File,
    Place,
    Reference,
    Source,
    /// The agency's own number for the lead.
    Own,
}

impl Kind {
    /// Whether people use one such value as another of the same person: an address as a handle.
    pub(super) fn is_address(self) -> bool {
        matches!(self, Self::Phone | Self::Email | Self::Account)
    }
}

/// The view of a text in which a value is looked for, and where in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Trace {
    /// Folded, as a word.
    Word,
    /// Folded.
    Anywhere,
    /// Folded, without spaces.
    Squeezed,
    /// Digits alone.
    Digits,
    /// A day.
    Day,
    /// By sound, as words.
    Sound,
    /// By sound, without spaces.
    SoundJoined,
    /// The consonants of words in other scripts than Latin.
    FrameAbroad,
    /// The consonants of words in Latin letters.
    FrameAtHome,
}

/// How the value at this path identifies somebody; `None` when it does not.
pub(super) fn form(path: &str) -> Option<(Form, Kind)> {
    Some(match path {
        "persons.names.full" | "persons.names.given" | "persons.names.middle" | "persons.names.surname" => {
            (Form::Name, Kind::Name)
        }
        "persons.names.search" => (Form::Name, Kind::Name),
        "accounts.display_names" => (Form::Name, Kind::Account),
        "persons.phones.e164" | "persons.phones.text" => (Form::Phone, Kind::Phone),
        "organizations.phones.e164" | "organizations.phones.text" => (Form::Phone, Kind::Phone),
        "persons.emails.address" | "persons.emails.text" => (Form::Email, Kind::Email),
        "organizations.emails.address" | "organizations.emails.text" => (Form::Email, Kind::Email),
        "persons.birth_date.local" | "persons.birth_date.text" => (Form::Date, Kind::Birth),
        "persons.documents.number" | "persons.documents.text" | "persons.affiliations.text" => {
            (Form::Whole, Kind::Document)
        }
        "persons.appearance.text" | "persons.relationship" => (Form::Phrase, Kind::Document),
        "organizations.name" | "organizations.numbers.text" => (Form::Whole, Kind::Organization),
        "organizations.urls" | "accounts.profile_url" | "online_places.url" => (Form::Url, Kind::Account),
        "accounts.handle" | "accounts.handle_text" | "accounts.provider_id" | "accounts.group" => {
            (Form::Whole, Kind::Account)
        }
        "online_places.room" | "online_places.provider_id" => (Form::Whole, Kind::Account),
        "accounts.status.text" => (Form::Phrase, Kind::Account),
        "devices.id_value" | "devices.id_text" => (Form::Whole, Kind::Device),
        "devices.properties.text" => (Form::Phrase, Kind::Device),
        "vehicles.plate" => (Form::Whole, Kind::Vehicle),
        "vehicles.description" => (Form::Phrase, Kind::Vehicle),
        "financial.account" => (Form::Whole, Kind::Money),
        "financial.institution" | "financial.details.text" => (Form::Phrase, Kind::Money),
        "network_events.ip.address" | "network_events.ip.text" => (Form::Whole, Kind::Network),
        "network_events.ip_to.address" | "network_events.ip_to.text" => (Form::Whole, Kind::Network),
        "files.name" | "files.reference" => (Form::File, Kind::File),
        "files.file_id" | "files.hashes.value" => (Form::Whole, Kind::File),
        "files.details.text" => (Form::Phrase, Kind::File),
        "places.street" => (Form::Street, Kind::Place),
        "places.name" | "places.city" | "places.postal_code" | "places.text" => (Form::Whole, Kind::Place),
        "places.point.lat" | "places.point.lon" => (Form::Degrees, Kind::Place),
        "events.place" => (Form::Whole, Kind::Place),
        "external_ids.id" => (Form::Whole, Kind::Reference),
        "source.organisation" | "originator.agency_id" | "originator.office_code" => {
            (Form::Whole, Kind::Source)
        }
        _ => return None,
    })
}

/// The traces of one value.
pub(super) fn traces(form: Form, text: &str) -> Vec<(Trace, String)> {
    let mut all = Vec::new();
    let folded = fold(text);
    let length = folded.chars().count();
    match form {
        Form::Phone => {
            let digits: String = digits(text).0.chars().filter(char::is_ascii_digit).collect();
            if let Some(last) = digits.len().checked_sub(PHONE_DIGITS).and_then(|from| digits.get(from..)) {
                all.push((Trace::Digits, last.to_owned()));
            }
            return all;
        }
        Form::Date => {
            let days = days(&folded);
            all.extend(days.split_terminator('|').map(|day| (Trace::Day, day.to_owned())));
            if length < SQUEEZED {
                return all;
            }
        }
        Form::Degrees => {
            let unsigned = text.trim_start_matches('-');
            let exact = unsigned.split_once('.').filter(|(_, decimals)| decimals.len() >= DECIMALS);
            let exact = exact.and_then(|(whole, decimals)| Some((whole, decimals.get(..DECIMALS)?)));
            all.extend(exact.map(|(whole, decimals)| (Trace::Anywhere, format!("{whole} {decimals}"))));
            return all;
        }
        Form::Name => name(text, &folded, &mut all),
        // Its words are told by themselves.
        Form::FullName => heard_joined(&folded, &mut all),
        Form::Email => {
            let local = text.split('@').next().map(fold).unwrap_or_default();
            if local.chars().count() >= ANYWHERE {
                add(&local, &mut all);
            }
        }
        Form::Url => {
            let short = text.split_once("://").map_or(text, |(_, rest)| rest);
            let short = short.strip_prefix("www.").unwrap_or(short).trim_end_matches('/');
            add(&fold(short), &mut all);
            let last = short.rsplit_once('/').map(|(_, last)| fold(last)).unwrap_or_default();
            let is_own = last.bytes().any(|b| b.is_ascii_digit()) || last.chars().count() >= SQUEEZED;
            if is_own && last.chars().count() >= ANYWHERE {
                add(&last, &mut all);
            }
        }
        Form::File => {
            let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
            let stem = fold(name.rsplit_once('.').map_or(name, |(stem, _)| stem));
            if stem.chars().count() >= SQUEEZED_MIXED {
                add(&stem, &mut all);
            }
        }
        Form::Street => {
            let words: Vec<&str> =
                folded.split(' ').filter(|w| !w.bytes().any(|b| b.is_ascii_digit())).collect();
            if words.len() > 1 {
                add(&words.join(" "), &mut all);
            }
        }
        Form::Phrase if length < SQUEEZED || !folded.contains(' ') => return all,
        Form::Phrase | Form::Whole => {}
    }
    add(&folded, &mut all);
    all
}

fn name(text: &str, folded: &str, all: &mut Vec<(Trace, String)>) {
    let words: Vec<&str> = folded.split(' ').collect();
    if words.len() <= 4 {
        words.iter().for_each(|word| add(word, all));
        words.iter().for_each(|word| heard(word, all));
        let runs_on = folded.chars().any(runs_on);
        if words.len() > 1 || runs_on {
            heard(folded, all);
            heard_joined(folded, all);
        }
        if runs_on {
            // The family name stands first, and either may stand first in Latin letters.
            let given: String = folded.chars().skip(1).collect();
            heard_joined(&given, all);
        }
        return;
    }
    // More words than this may be a description: only what is written as a name counts.
    let is_name = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    for word in text.split_whitespace().filter(is_name).map(fold) {
        if word.chars().count() > SHORTEST {
            add(&word, all);
            heard(&word, all);
        }
    }
}

/// How a name sounds, and what it is in another script.
fn heard(folded: &str, all: &mut Vec<(Trace, String)>) {
    let mut push = |trace, text: String, least| {
        if text.bytes().filter(|b| *b != b' ').count() >= least {
            all.push((trace, text));
        }
    };
    push(Trace::Sound, sound(folded), SHORTEST);
    match folded.is_ascii() {
        true => push(Trace::FrameAbroad, frames(folded, true), FRAME_ABROAD),
        false => push(Trace::FrameAtHome, frames(folded, false), FRAME_AT_HOME),
    }
}

/// How a name sounds whose syllables are joined and parted at will.
fn heard_joined(folded: &str, all: &mut Vec<(Trace, String)>) {
    let joined = squeeze(&sound(folded));
    if joined.len() >= SQUEEZED_MIXED {
        all.push((Trace::SoundJoined, joined));
    }
}

fn add(folded: &str, all: &mut Vec<(Trace, String)>) {
    let length = folded.chars().count();
    // Where words stand without spaces a value is always inside something.
    if folded.chars().any(runs_on) && length >= 2 {
        all.push((Trace::Anywhere, folded.to_owned()));
        all.push((Trace::Anywhere, squeeze(folded)));
        return;
    }
    if length < SHORTEST {
        return;
    }
    all.push((if length < ANYWHERE { Trace::Word } else { Trace::Anywhere }, folded.to_owned()));
    let squeezed = squeeze(folded);
    let squeezed_length = squeezed.chars().count();
    let digits = squeezed.bytes().filter(u8::is_ascii_digit).count();
    if digits == squeezed.len() {
        let plain = squeezed.trim_start_matches('0');
        if plain.len() >= PHONE_DIGITS {
            all.push((Trace::Digits, plain.to_owned()));
        } else if plain.len() >= ANYWHERE && plain.len() < squeezed.len() {
            all.push((Trace::Anywhere, plain.to_owned()));
        }
    }
    let least = if digits > 0 && digits < squeezed_length { SQUEEZED_MIXED } else { SQUEEZED };
    if squeezed_length >= least {
        all.push((Trace::Squeezed, squeezed));
    } else if squeezed_length >= ANYWHERE && squeezed_length < length {
        all.push((Trace::Anywhere, squeezed));
    }
}
