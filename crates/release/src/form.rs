//! Forms: what a copy gives in place of values that it lacks, coarser or as tokens.
//!
//! INVARIANT: a form is a disclosure. It is given only where a policy grants it for the class of the
//! field, each class of whom the value is about is granted for viewing or for this form, and the
//! value itself may not be seen. An identifier that the copy shows elsewhere has no token in it: the
//! pair would tell whose every other token is. Forms are no facts, so a copy that gives one is never
//! covered, and covers what it shows and no more.
//!
//! An age is that at the incident or report and never that of today: a band that changed on a
//! birthday would tell the date.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lead::code::Role;
use lead::content::Content;
use lead::partner::{Outline, OutlineKind, Token};
use lead::person::{Person, Persons};
use lead::thing::PlaceOfLead;
use lead::value::Moment;
use lead::{ClassSet, Document, FieldClass, SiteKeys};

use crate::identifier::{Identifier, identifiers};
use crate::redaction::{Coarse, Named, Redaction};
use crate::scan::{self, Original};

/// What tokens begin with: nobody takes one for a number.
const TOKEN: &str = "token:";
/// No name of a region is longer.
const LONGEST_AREA: usize = 40;
/// The oldest age, where only a lower bound is stated.
const OLDEST: i32 = 130;

/// What a copy gives in place of what it lacks.
#[derive(Default, Clone)]
pub(crate) struct Forms {
    pub(crate) outlines: Vec<Outline>,
    pub(crate) tokens: Vec<Token>,
}

/// The classes that a permit grants, in each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Granted {
    pub(crate) view: ClassSet,
    pub(crate) outlines: ClassSet,
    pub(crate) links: ClassSet,
}

impl Granted {
    pub(crate) const NOTHING: Self =
        Self { view: ClassSet::EMPTY, outlines: ClassSet::EMPTY, links: ClassSet::EMPTY };

    fn outlines(&self, base: FieldClass, about: ClassSet) -> bool {
        self.gives(self.outlines, base, about)
    }

    fn links(&self, base: FieldClass, about: ClassSet) -> bool {
        self.gives(self.links, base, about)
    }

    fn gives(&self, form: ClassSet, base: FieldClass, about: ClassSet) -> bool {
        let needs = about.with(base);
        form.contains(base) && needs.within(self.view.union(form)) && !needs.within(self.view)
    }
}

impl Forms {
    /// What a partner would read of each: nothing of none.
    pub(crate) fn parts(&self) -> impl Iterator<Item = String> + '_ {
        let outlines = self.outlines.iter().map(Document::to_json_text);
        outlines.chain(self.tokens.iter().map(Document::to_json_text))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.outlines.is_empty() && self.tokens.is_empty()
    }
}

/// The coarser forms that a copy gives: `whole` less what was denied is `kept`.
pub(crate) fn outlines(
    whole: &Content,
    kept: &Content,
    original: &Original,
    granted: Granted,
    table: &Redaction,
) -> Vec<Outline> {
    let persons = Persons::of(&whole.persons);
    let mut all = Vec::new();
    if table.birth_date == Coarse::Generalise {
        ages(whole, granted, table, &mut all);
    }
    if table.place == Coarse::Generalise {
        places(whole, &persons, granted, &mut all);
    }
    if table.time == Coarse::Generalise {
        days(whole, &persons, granted, &mut all);
    }
    if all.is_empty() {
        return all;
    }
    // The second alarm holds for forms too.
    let tells = scan::teller(original, kept, granted.view.contains(FieldClass::Provenance));
    all.retain(|outline| !tells(&outline.value));
    for outline in &mut all {
        shown_only(&mut outline.person_ref, kept);
    }
    let key = |o: &Outline| {
        (o.field.clone(), o.kind, o.value.clone(), o.role, o.person_ref.clone().unwrap_or_default())
    };
    all.sort_by_cached_key(key);
    all.dedup();
    all
}

/// The tokens that a copy gives to a partner.
pub(crate) fn tokens(
    whole: &Content,
    kept: &Content,
    granted: Granted,
    table: &Redaction,
    keys: &SiteKeys,
    partner: &str,
) -> Vec<Token> {
    let given = |id: &Identifier<'_>| {
        id.kind.action(table) == Named::Token && granted.links(id.kind.class(), id.about)
    };
    let mut wanted: Vec<_> = identifiers(whole, &Persons::of(&whole.persons));
    wanted.retain(given);
    if wanted.is_empty() {
        return Vec::new();
    }
    let seen = identifiers(kept, &Persons::of(&kept.persons));
    let seen: BTreeSet<_> = seen.iter().map(|id| (id.kind, id.value.as_str())).collect();
    let mut tokens: Vec<Token> = wanted
        .iter()
        .filter(|id| !seen.contains(&(id.kind, id.value.as_str())))
        .map(|id| {
            let token = keys.token(partner, id.kind.class().name(), &id.parts());
            let mut person_ref = id.person.map(str::to_owned);
            shown_only(&mut person_ref, kept);
            Token { field: id.field.to_owned(), token: format!("{TOKEN}{token}"), person_ref }
        })
        .collect();
    tokens.sort_by(|a, b| (&a.field, &a.token, &a.person_ref).cmp(&(&b.field, &b.token, &b.person_ref)));
    tokens.dedup();
    tokens
}

/// A person is named only as the copy names one.
fn shown_only(person_ref: &mut Option<String>, kept: &Content) {
    let shown = |name: &String| !name.is_empty() && kept.persons.iter().any(|p| p.person_ref == *name);
    person_ref.take_if(|name| !shown(name));
}

fn outline(field: &str, kind: OutlineKind, value: String, role: Role, person: Option<&str>) -> Outline {
    Outline { field: field.to_owned(), kind, value, role, person_ref: person.map(str::to_owned) }
}

fn ages(whole: &Content, granted: Granted, table: &Redaction, all: &mut Vec<Outline>) {
    let source = &whole.source;
    let reference = [&source.incident_at, &source.received_at];
    let reference = reference.into_iter().flatten().find_map(calendar_days);
    for person in &whole.persons {
        if !granted.outlines(FieldClass::Identity, person.classes()) {
            continue;
        }
        let band = age(person, reference).and_then(|(low, high)| table.age_band(low, high));
        let who = Some(person.person_ref.as_str());
        all.extend(band.map(|band| outline("persons.age", OutlineKind::AgeBand, band, person.role, who)));
    }
}

/// The youngest and the oldest that the person can be by any of what is stated.
fn age(person: &Person, reference: Option<(Date, Date)>) -> Option<(i32, i32)> {
    let exact = person.age.map(|age| (age, age));
    let range = (person.age_min.is_some() || person.age_max.is_some())
        .then(|| (person.age_min.unwrap_or(0), person.age_max.unwrap_or(OLDEST)));
    let born = person.birth_date.as_ref().and_then(calendar_days);
    let born = match born {
        Some((first, last)) if person.birth_date_placeholder => {
            Date::new(last.year(), 12, 31).ok().map(|end| (first.first_of_year(), end))
        }
        born => born,
    };
    let computed = reference
        .zip(born)
        .map(|((first, last), (earliest, latest))| (years(latest, first), years(earliest, last)));
    let stated = [exact, range, computed].into_iter().flatten();
    stated.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Whole years from one day to another.
fn years(from: Date, to: Date) -> i32 {
    let before_birthday = (to.month(), to.day()) < (from.month(), from.day());
    i32::from(to.year()) - i32::from(from.year()) - i32::from(before_birthday)
}

/// The first and the last day that a moment can be.
fn calendar_days(moment: &Moment) -> Option<(Date, Date)> {
    if let Some(day) = moment.instant.and_then(|instant| utc_day(instant.0)) {
        return Some((day, day));
    }
    let local = moment.local.as_deref()?;
    match local.len() {
        4 => {
            let first: Date = format!("{local}-01-01").parse().ok()?;
            Some((first, first.last_of_year()))
        }
        7 => {
            let first: Date = format!("{local}-01").parse().ok()?;
            Some((first, first.last_of_month()))
        }
        _ => local.get(..10)?.parse().ok().map(|day| (day, day)),
    }
}

fn utc_day(micros: i64) -> Option<Date> {
    Some(TimeZone::UTC.to_datetime(Timestamp::from_microsecond(micros).ok()?).date())
}

fn places(whole: &Content, persons: &Persons, granted: Granted, all: &mut Vec<Outline>) {
    for place in &whole.places {
        let about = persons.place_of(place.person_ref.as_deref()).about;
        // The area of a place that is about nobody who is hidden stands in the content.
        if about.within(granted.view) || !granted.outlines(FieldClass::Location, about) {
            continue;
        }
        if !is_exact(place) {
            continue;
        }
        let who = place.person_ref.as_deref();
        let role = role_of(whole, who);
        let area = area(place);
        all.extend(area.map(|area| outline("places", OutlineKind::AdminArea, area, role, who)));
    }
}

/// Whether more than the area is stated.
fn is_exact(place: &PlaceOfLead) -> bool {
    let texts = [&place.name, &place.street, &place.city, &place.postal_code, &place.text];
    place.point.is_some() || texts.into_iter().flatten().any(|text| !text.is_empty())
}

/// State, province or region and country; a text that may be more than a name of one is left out.
fn area(place: &PlaceOfLead) -> Option<String> {
    let plain = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '.' | '\'' | '\u{2019}');
    let region = place.admin1.as_deref().map(str::trim).filter(|region| {
        !region.is_empty() && region.chars().count() <= LONGEST_AREA && region.chars().all(plain)
    });
    let country = place.country.as_ref().and_then(|country| country.code);
    match (region, country) {
        (Some(region), Some(country)) => Some(format!("{region}, {country}")),
        (Some(region), None) => Some(region.to_owned()),
        (None, Some(country)) => Some(country.to_string()),
        (None, None) => None,
    }
}

fn days(whole: &Content, persons: &Persons, granted: Granted, all: &mut Vec<Outline>) {
    let mut add = |field, class, who: Option<&str>, at: &Option<Moment>| {
        if !granted.outlines(class, persons.place_of(who).about) {
            return;
        }
        let day = at.as_ref().and_then(day);
        all.extend(day.map(|day| outline(field, OutlineKind::Day, day, role_of(whole, who), who)));
    };
    for event in &whole.network_events {
        add("network_events.at", FieldClass::DeviceNetwork, event.person_ref.as_deref(), &event.at);
    }
    for device in &whole.devices {
        add("devices.at", FieldClass::DeviceNetwork, device.person_ref.as_deref(), &device.at);
    }
    for item in &whole.financial {
        add("financial.at", FieldClass::Financial, item.person_ref.as_deref(), &item.at);
    }
    for place in &whole.places {
        add("places.at", FieldClass::Location, place.person_ref.as_deref(), &place.at);
    }
}

/// The day of a time. What is no more exact than a day has no coarser form here.
fn day(moment: &Moment) -> Option<String> {
    if let Some(instant) = moment.instant {
        return utc_day(instant.0).map(|day| day.to_string());
    }
    let local = moment.local.as_deref().filter(|local| local.len() > 10)?;
    local.get(..10)?.parse::<Date>().ok().map(|day| day.to_string())
}

/// The part that one person plays; two of one name play none that we know.
fn role_of(whole: &Content, who: Option<&str>) -> Role {
    let mut named = whole.persons.iter().filter(|person| Some(person.person_ref.as_str()) == who);
    match (named.next(), named.next()) {
        (Some(person), None) => person.role,
        _ => Role::Unknown,
    }
}
