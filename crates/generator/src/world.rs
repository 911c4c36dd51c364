//! The world of one season: who there is, where, and what happens. Leads come afterwards, from what agencies
//! hear of it.

use crate::name::{Culture, Part, Sex, nickname};
use crate::phone::Exchange;
use crate::place::{Venue, street};
use crate::random::Random;
use crate::rates::Rates;

const SERVICES: [&str; 4] = ["chirpline", "fotolink", "parley", "gamebarn"];
const DOMAINS: [&str; 3] = ["example.org", "example.net", "example.com"];

/// The day of a birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Birth {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
}

/// Somebody.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: u64,
    pub(crate) culture: Culture,
    pub(crate) sex: Sex,
    pub(crate) given: Part,
    pub(crate) family: Part,
    /// The second surname of Spanish names.
    pub(crate) second_family: Option<Part>,
    pub(crate) nickname: &'static str,
    pub(crate) birth: Birth,
    pub(crate) street: String,
    pub(crate) phones: Vec<String>,
    pub(crate) accounts: Vec<(&'static str, String)>,
    pub(crate) email: String,
    pub(crate) document: String,
    pub(crate) plate: String,
}

/// What a matter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    SexTrafficking,
    ChildSexTrafficking,
    LabourTrafficking,
    DomesticServitude,
    OnlineEnticement,
}

impl Theme {
    pub(crate) fn is_about_children(self) -> bool {
        matches!(self, Self::ChildSexTrafficking | Self::OnlineEnticement)
    }
}

/// One thing that happened in a matter.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: u64,
    /// Days since the season began.
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) file_sha256: String,
}

/// A matter: one truth, of which leads tell parts.
#[derive(Debug, Clone)]
pub(crate) struct Matter {
    pub(crate) id: u64,
    pub(crate) theme: Theme,
    pub(crate) subjects: Vec<Person>,
    pub(crate) victims: Vec<Person>,
    pub(crate) venue: Venue,
    pub(crate) hot_venue: bool,
    pub(crate) events: Vec<Event>,
    /// The wording of its advertisements, which other matters may share.
    pub(crate) advertisement: u64,
    /// How many leads speak of it.
    pub(crate) leads: u64,
}

/// What outlives a season.
#[derive(Debug, Clone)]
pub(crate) struct Registry {
    pub(crate) matters: u64,
    pub(crate) events: u64,
    pub(crate) people: u64,
    pub(crate) exchange: Exchange,
    /// Phones whose owners gave them up.
    pub(crate) old_phones: Vec<String>,
}

impl Registry {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self { matters: 0, events: 0, people: 0, exchange: Exchange::new(random), old_phones: Vec::new() }
    }
}

/// All matters of a season.
pub(crate) fn season(rates: &Rates, registry: &mut Registry, random: &mut Random) -> Vec<Matter> {
    // A hundredth of the places, with a part of all matters: the first.
    let venues: Vec<Venue> = (0..100).map(|_| Venue::new(random, registry.exchange.number("US"))).collect();
    let mut matters: Vec<Matter> = Vec::new();
    for _ in 0..rates.matters_in_a_season {
        let matter = matter(rates, registry, &venues, &matters, random);
        matters.push(matter);
    }
    registry.old_phones = matters.iter().flat_map(|m| &m.subjects).flat_map(|p| p.phones.clone()).collect();
    matters
}

fn matter(
    rates: &Rates,
    registry: &mut Registry,
    venues: &[Venue],
    earlier: &[Matter],
    random: &mut Random,
) -> Matter {
    let of = &rates.matter;
    let hot_venue = random.chance(of.hot_venue);
    let venue = if hot_venue { venues.first() } else { random.one(venues) };
    let venue = venue.cloned().unwrap_or_else(|| Venue::new(random, registry.exchange.number("US")));
    let theme = match random.below(10) {
        0..3 => Theme::SexTrafficking,
        3..5 => Theme::ChildSexTrafficking,
        5..7 => Theme::LabourTrafficking,
        7 => Theme::DomesticServitude,
        _ => Theme::OnlineEnticement,
    };
    let country = venue.city.country;
    let mut subject = person(registry, country, (19, 60), random);
    // Hard to tell apart, and not the same: of one household, or of one name.
    if random.chance(of.household)
        && let Some(other) = random.one(earlier).and_then(|m| m.subjects.first())
    {
        subject.family = other.family;
        subject.second_family = other.second_family;
        subject.street = other.street.clone();
        // They share the telephone at home.
        subject.phones.extend(other.phones.last().cloned());
    } else if random.chance(of.namesake)
        && let Some(other) = random.one(earlier).and_then(|m| m.subjects.first())
    {
        (subject.culture, subject.sex) = (other.culture, other.sex);
        (subject.given, subject.family, subject.second_family) =
            (other.given, other.family, other.second_family);
        subject.birth.year = other.birth.year;
    }
    if random.chance(of.recycled_phone)
        && let Some(old) = random.one(&registry.old_phones)
    {
        subject.phones = vec![old.clone()];
    }
    let mut subjects = vec![subject];
    if random.chance(of.second_subject) {
        subjects.push(person(registry, country, (19, 60), random));
    }
    let ages = if theme.is_about_children() { (11, 17) } else { (18, 45) };
    let victims = if random.chance(of.victim) { random.between(1, 2) } else { 0 };
    let victims = (0..victims).map(|_| person(registry, country, ages, random)).collect();
    let template =
        random.chance(of.template_text).then(|| random.one(earlier).map(|m| m.advertisement)).flatten();
    registry.matters += 1;
    let first_day = random.below(300);
    let events = (0..random.between(1, 3)).map(|n| event(registry, first_day + n * 9, random)).collect();
    Matter {
        id: registry.matters,
        theme,
        subjects,
        victims,
        venue,
        hot_venue,
        events,
        advertisement: template.unwrap_or_else(|| random.next()),
        leads: leads(rates, random),
    }
}

fn event(registry: &mut Registry, day: u64, random: &mut Random) -> Event {
    registry.events += 1;
    Event { id: registry.events, day, hour: random.below(24), file_sha256: random.hex(64) }
}

/// A zeta distribution cut at the most: a matter with n leads is rarer by a power of n.
fn leads(rates: &Rates, random: &mut Random) -> u64 {
    let weight = |n: u64| 1_000_000_u64 / n.saturating_pow(rates.matter.leads_power).max(1);
    let most = rates.matter.most_leads.max(1);
    let mut drawn = random.below((1..=most).map(weight).sum());
    for n in 1..=most {
        if drawn < weight(n) {
            return n;
        }
        drawn -= weight(n);
    }
    1
}

fn person(
    registry: &mut Registry,
    country: &str,
    (youngest, oldest): (u64, u64),
    random: &mut Random,
) -> Person {
    registry.people += 1;
    let id = registry.people;
    let culture = Culture::of(country, random);
    let sex = if random.chance(500) { Sex::Female } else { Sex::Male };
    let nickname = nickname(random);
    let account = |random: &mut Random| {
        (random.word(&SERVICES), format!("{}_{}{id}", nickname.to_lowercase(), random.hex(2)))
    };
    let accounts = (0..random.between(1, 2)).map(|_| account(random)).collect();
    let phones = (0..random.between(1, 2)).map(|_| registry.exchange.number(country)).collect();
    Person {
        id,
        culture,
        sex,
        given: culture.given(sex, random),
        family: culture.family(random),
        second_family: (culture == Culture::Spanish).then(|| culture.family(random)),
        nickname,
        birth: Birth {
            year: 2026 - random.between(youngest, oldest),
            month: random.between(1, 12),
            day: random.between(1, 28),
        },
        street: street(random),
        phones,
        accounts,
        email: format!("{}.{id}@{}", nickname.to_lowercase(), random.word(&DOMAINS)),
        document: format!("X{:07}", id * 7_919 % 10_000_000),
        plate: format!("{}-{:04}", random.hex(3).to_uppercase(), random.below(10_000)),
    }
}
