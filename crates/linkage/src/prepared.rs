//! A profile that is about to be compared with many: what each of its values is worth now.
//!
//! An agreement is about a value that both hold, so its frequency is looked up once for the arriving profile
//! and not for each candidate.

use crate::commonness::Commonness;
use crate::digest::Digester;
use crate::logarithm::Millibits;
use crate::name::Name;
use crate::place::Place;
use crate::profile::{Person, Profile};
use crate::table::{Exact, Table, Worth};
use crate::value::{self, Field, Value};

/// The worth of a person's values, in the order in which the person holds them.
#[derive(Debug, Clone, Default)]
pub(crate) struct PersonWorth {
    pub(crate) given: Vec<Worth>,
    pub(crate) middle: Vec<Worth>,
    pub(crate) family: Vec<Worth>,
    pub(crate) birth: Worth,
    pub(crate) documents: Vec<Worth>,
    pub(crate) employer: Vec<Worth>,
    pub(crate) places: Vec<PlaceWorth>,
}

/// The worth of a place's parts, in the order of [`value::parts`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlaceWorth {
    pub(crate) cell: Worth,
    pub(crate) parts: [Worth; 6],
}

/// A profile with the worth of its values.
#[derive(Debug)]
pub(crate) struct Prepared<'p> {
    pub(crate) profile: &'p Profile,
    /// For each person that is evidence.
    pub(crate) persons: Vec<(&'p Person, PersonWorth)>,
    pub(crate) places: Vec<PlaceWorth>,
    pub(crate) identifiers: Vec<IdentifierWorth>,
}

/// What an identifier is worth as a whole, and in its weaker form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdentifierWorth {
    pub(crate) whole: Worth,
    pub(crate) weak: Millibits,
}

struct Appraiser<'s> {
    digester: &'s Digester,
    store: &'s Commonness,
    table: &'s Table,
}

impl Appraiser<'_> {
    fn worth(&self, exact: Exact, value: Value) -> Worth {
        let (holders, population) = self.store.of(value);
        exact.worth(holders, population)
    }

    /// The desk of a motel and a hotline are in many leads: their numbers are not as rare as a number is.
    fn identifier(&self, exact: Exact, value: Value) -> Worth {
        let (holders, population) = self.store.of(value);
        if holders < self.table.hot.common {
            exact.worth(holders, population)
        } else {
            exact.worth_of_common(holders, population)
        }
    }

    fn names(&self, exact: Exact, field: Field, names: &[Name]) -> Vec<Worth> {
        names.iter().map(|n| self.worth(exact, value::name(self.digester, field, n))).collect()
    }

    fn place(&self, place: &Place) -> PlaceWorth {
        let weights = &self.table.weights.place;
        let mut worth = PlaceWorth::default();
        if place.cell != 0 {
            worth.cell = self.worth(weights.cell, (Field::Cell as u8, place.cell));
        }
        let of = [
            &weights.number,
            &weights.street,
            &weights.unit,
            &weights.locality,
            &weights.postcode,
            &weights.region,
        ];
        for ((slot, part), (field, text)) in worth.parts.iter_mut().zip(of).zip(value::parts(place)) {
            if !text.is_empty() {
                *slot = self.worth(part.exact(), value::text(self.digester, field, text));
            }
        }
        worth
    }

    fn person(&self, person: &Person) -> PersonWorth {
        let w = &self.table.weights;
        let middle = Exact { equal_m_permille: w.middle.equal_m_permille, one_in: w.middle.one_in };
        let birth = Exact { equal_m_permille: w.birth.equal_m_permille, one_in: w.birth.one_in };
        let document = Exact { equal_m_permille: w.document.equal_m_permille, one_in: w.document.one_in };
        let employer = Exact { equal_m_permille: w.employer.equal_m_permille, one_in: w.employer.one_in };
        let numbers = person.documents.iter().map(|d| value::document(self.digester, &d.number));
        PersonWorth {
            given: self.names(w.given.exact(), Field::Given, &person.given),
            middle: self.names(middle, Field::Middle, &person.middle),
            family: self.names(w.family.exact(), Field::Family, &person.family),
            birth: value::birth(self.digester, person).map(|v| self.worth(birth, v)).unwrap_or_default(),
            documents: numbers.map(|v| self.worth(document, v)).collect(),
            employer: self.names(employer, Field::Employer, &person.employer),
            places: person.places.iter().map(|p| self.place(p)).collect(),
        }
    }
}

impl<'p> Prepared<'p> {
    /// Looks up what the values of a profile are worth in a store.
    pub(crate) fn new(profile: &'p Profile, digester: &Digester, store: &Commonness, table: &Table) -> Self {
        let appraiser = Appraiser { digester, store, table };
        let identifiers = profile.identifiers.iter().map(|identifier| {
            let (field, weights) = (
                Field::Identifier as u8 + identifier.kind.code(),
                table.weights.identifiers.of(identifier.kind),
            );
            // The table says what a weaker form is worth at most: one that many share says less.
            let rare = Exact { equal_m_permille: 1_000, one_in: 1 << (weights.weak / 1_000).clamp(0, 30) };
            let weak = appraiser.identifier(rare, (field, identifier.weak)).weight.min(weights.weak);
            IdentifierWorth { whole: appraiser.identifier(weights.exact(), (field, identifier.digest)), weak }
        });
        Self {
            profile,
            persons: profile.counted().map(|p| (p, appraiser.person(p))).collect(),
            places: profile.places.iter().map(|p| appraiser.place(p)).collect(),
            identifiers: identifiers.collect(),
        }
    }
}
