//! What an agency hears of a matter: part of it, with mistakes.

use crate::agency::Agency;
use crate::mistake::misspell;
use crate::name::{Part, Sex};
use crate::phone::{self, HOTLINE, Written};
use crate::place::Venue;
use crate::random::Random;
use crate::rates::Rates;
use crate::world::{Matter, Person, Theme};

/// Who somebody is in what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Subject,
    Victim,
}

/// A birth date as somebody gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
}

impl Date {
    pub(crate) fn iso(self) -> String {
        format!("{}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A person as somebody tells of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToldPerson {
    /// The person in the world: the truth, which no message holds.
    pub(crate) id: u64,
    pub(crate) role: Role,
    pub(crate) given: Option<String>,
    pub(crate) family: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) birth: Option<Date>,
    pub(crate) age: Option<u64>,
    pub(crate) sex: Option<Sex>,
    pub(crate) phones: Vec<Written>,
    pub(crate) emails: Vec<String>,
    pub(crate) accounts: Vec<(&'static str, String)>,
    pub(crate) document: Option<String>,
    pub(crate) plate: Option<String>,
}

/// What one report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) theme: Theme,
    pub(crate) persons: Vec<ToldPerson>,
    pub(crate) venue: Option<Venue>,
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) file_sha256: Option<String>,
    pub(crate) narrative: String,
    /// The event told of: the truth, which no message holds.
    pub(crate) event: u64,
}

/// Tells of a matter. `fresh` is the first telling; later ones leave facts out.
pub(crate) fn tell(matter: &Matter, agency: Agency, fresh: bool, rates: &Rates, random: &mut Random) -> Told {
    let careless = if random.chance(rates.telling.careless) { 3 } else { 1 };
    let mistakes = rates.mistakes.get(agency.name()).copied().unwrap_or(0) * careless;
    let mut teller = Teller {
        matter,
        agency,
        rates,
        mistakes,
        dropped: if fresh { 100 } else { rates.telling.dropped_fact },
    };
    let event = random.one(&matter.events).cloned();
    let sight = agency.sight();
    let subjects = matter.subjects.iter().take(sight.subjects).map(|p| (Role::Subject, p));
    let victims = matter.victims.iter().take(sight.victims).map(|p| (Role::Victim, p));
    let chosen: Vec<(Role, &Person)> = subjects.chain(victims).collect();
    let mut persons = Vec::new();
    for (at, (role, person)) in chosen.into_iter().enumerate() {
        if at == 0 || teller.keeps(random) {
            persons.push(teller.person(role, person, random));
        }
    }
    let narrative = crate::narrative::tell(matter, &persons, random);
    Told {
        theme: matter.theme,
        venue: teller.keeps(random).then(|| matter.venue.clone()),
        day: event.as_ref().map_or(0, |e| e.day),
        hour: event.as_ref().map_or(0, |e| e.hour),
        file_sha256: event
            .as_ref()
            .filter(|_| sight.files && random.chance(400))
            .map(|e| e.file_sha256.clone()),
        narrative: misspell(&narrative, mistakes / 4, random),
        event: event.map_or(0, |e| e.id),
        persons,
    }
}

struct Teller<'a> {
    matter: &'a Matter,
    agency: Agency,
    rates: &'a Rates,
    mistakes: u32,
    dropped: u32,
}

impl Teller<'_> {
    fn keeps(&mut self, random: &mut Random) -> bool {
        !random.chance(self.dropped)
    }

    fn person(&mut self, role: Role, person: &Person, random: &mut Random) -> ToldPerson {
        let told = &self.rates.telling;
        let alias_only = role == Role::Subject && random.chance(told.alias_only);
        let (mut given, mut family) = (self.part(&person.given, random), self.part(&person.family, random));
        if let Some(second) = &person.second_family
            && random.chance(600)
        {
            family = format!("{family} {}", self.part(second, random));
        }
        if random.chance(told.swapped_names) {
            std::mem::swap(&mut given, &mut family);
        }
        let sight = self.agency.sight();
        let first_accounts = usize::from(sight.accounts) * 2;
        let mut accounts = Vec::new();
        for account in person.accounts.iter().take(first_accounts) {
            if self.keeps(random) {
                accounts.push(account.clone());
            }
        }
        ToldPerson {
            id: person.id,
            role,
            given: (!alias_only).then_some(given),
            family: (!alias_only).then_some(family),
            alias: (alias_only || random.chance(200)).then(|| person.nickname.to_owned()),
            birth: self.birth(person, random),
            age: self.age(person, random),
            sex: self.keeps(random).then_some(person.sex),
            phones: self.phones(role, person, random),
            emails: if random.chance(250) { vec![person.email.clone()] } else { Vec::new() },
            accounts,
            document: (sight.documents && random.chance(500)).then(|| person.document.clone()),
            plate: (sight.plates && role == Role::Subject && random.chance(300))
                .then(|| person.plate.clone()),
        }
    }

    fn part(&mut self, part: &Part, random: &mut Random) -> String {
        let written = match part.native {
            Some(native) if self.agency.writes(native) => native,
            _ if random.chance(self.rates.telling.transliterated) => random.word(&part.latin),
            _ => part.usual(),
        };
        misspell(written, self.mistakes, random)
    }

    fn birth(&mut self, person: &Person, random: &mut Random) -> Option<Date> {
        let told = &self.rates.telling;
        if random.chance(told.no_birth_date + told.age_only) {
            return None;
        }
        let crate::world::Birth { year, month, day } = person.birth;
        if random.chance(told.first_of_january) {
            return Some(Date { year, month: 1, day: 1 });
        }
        let swaps = day <= 12 && random.chance(told.day_month_swapped);
        Some(if swaps { Date { year, month: day, day: month } } else { Date { year, month, day } })
    }

    fn age(&mut self, person: &Person, random: &mut Random) -> Option<u64> {
        random.chance(self.rates.telling.age_only + 100).then(|| 2026 - person.birth.year)
    }

    fn phones(&mut self, role: Role, person: &Person, random: &mut Random) -> Vec<Written> {
        let abroad = self.agency.writes_phones_in_full();
        let mut phones = Vec::new();
        for number in &person.phones {
            if self.agency.sight().phones && self.keeps(random) {
                let partial = random.chance(self.rates.telling.partial_phone);
                phones.push(phone::write(number, partial, abroad, random));
            }
        }
        if role == Role::Subject && self.agency.sight().phones {
            let report = &self.rates.report;
            if random.chance(report.hotline_number) {
                phones.push(phone::write(HOTLINE, false, abroad, random));
            }
            if self.matter.hot_venue && random.chance(report.hot_venue_number) {
                phones.push(phone::write(&self.matter.venue.phone, false, abroad, random));
            }
        }
        phones.dedup();
        phones
    }
}

impl Told {
    /// A newer version of it that adds something.
    pub(crate) fn add(&mut self, matter: &Matter, agency: Agency, version: u64, random: &mut Random) {
        let world = matter.subjects.first();
        if let (Some(told), Some(person)) = (self.persons.first_mut(), world) {
            let abroad = agency.writes_phones_in_full();
            match random.below(3) {
                0 if agency.sight().phones => {
                    let number = person.phones.last().map(|n| phone::write(n, false, abroad, random));
                    told.phones.extend(number.filter(|n| !told.phones.contains(n)));
                }
                1 if agency.sight().accounts => {
                    told.accounts
                        .extend(person.accounts.last().filter(|a| !told.accounts.contains(a)).cloned());
                }
                _ => told.emails = vec![person.email.clone()],
            }
        }
        self.narrative.push_str(crate::narrative::addition(version));
    }

    /// A newer version of it that contradicts something.
    pub(crate) fn correct(&mut self, version: u64) {
        if let Some(person) = self.persons.first_mut() {
            person.age = person.age.map(|age| age + 2);
            person.alias = Some(format!("not {}", person.given.as_deref().unwrap_or("known")));
        }
        self.narrative.push_str(crate::narrative::addition(version));
    }
}
