//! A profile that is about to be compared with many: what each of its values is worth now.
//!
//! An agreement is about a value that both hold, so its frequency is looked up once for the arriving profile
//! and not for each candidate.

use crate::commonness::Commonness;
use crate::logarithm::Millibits;
use crate::narrative::Sieve;
use crate::posting::{Lookup, Postings};
use crate::table::{Exact, Table, Worth};
use crate::value::{Field, PARTS, Value, Values};
use crate::view::{Held, View};

/// The worth of a person's values, in the order in which the person holds them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PersonWorth<'p> {
    pub(crate) given: &'p [Worth],
    pub(crate) middle: &'p [Worth],
    pub(crate) family: &'p [Worth],
    pub(crate) birth: Worth,
    pub(crate) documents: &'p [Worth],
    pub(crate) employer: &'p [Worth],
    pub(crate) places: &'p [PlaceWorth],
}

/// The worth of a place's parts, in the order of [`parts`](crate::value::parts).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PlaceWorth {
    pub(crate) cell: Worth,
    pub(crate) parts: [Worth; PARTS],
}

/// A profile with the worth of its values.
#[derive(Debug)]
pub(crate) struct Prepared<'p> {
    pub(crate) view: &'p View<'p>,
    /// In lists beside those of the view.
    names: Vec<Worth>,
    births: Vec<Worth>,
    documents: Vec<Worth>,
    places: Vec<PlaceWorth>,
    pub(crate) identifiers: Vec<IdentifierWorth>,
    /// Of the narrative.
    pub(crate) sieve: Option<Sieve>,
}

/// What an identifier is worth as a whole, and in its weaker form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdentifierWorth {
    pub(crate) whole: Worth,
    pub(crate) weak: Millibits,
}

/// What the store knows of values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Store<'s> {
    pub(crate) commonness: &'s Commonness,
    pub(crate) postings: &'s Postings,
}

struct Appraiser<'s> {
    store: Store<'s>,
    table: &'s Table,
}

impl Appraiser<'_> {
    fn worth(&self, exact: Exact, value: Value) -> Worth {
        let (holders, population) = self.store.commonness.of(value);
        exact.worth(holders, population)
    }

    /// The desk of a motel and a hotline are in many leads: their numbers are not as rare as a number is.
    fn identifier(&self, exact: Exact, (field, digest): Value) -> Worth {
        // The digest of an identifier is its key, and each kind has its own.
        let holders = self.store.postings.holders(Lookup::Digest(digest)).len();
        let holders = u32::try_from(holders).unwrap_or(u32::MAX);
        let population = self.store.commonness.population(field);
        if holders < self.table.hot.common {
            exact.worth(holders, population)
        } else {
            exact.worth_of_common(holders, population)
        }
    }

    fn name(&self, (field, digest): Value) -> Worth {
        let w = &self.table.weights;
        let exact = if field == Field::Given as u8 {
            w.given.exact()
        } else if field == Field::Middle as u8 {
            Exact { equal_m_permille: w.middle.equal_m_permille, one_in: w.middle.one_in }
        } else if field == Field::Family as u8 {
            w.family.exact()
        } else {
            Exact { equal_m_permille: w.employer.equal_m_permille, one_in: w.employer.one_in }
        };
        self.worth(exact, (field, digest))
    }

    fn place(&self, cell: u64, digests: &[u64; PARTS]) -> PlaceWorth {
        let weights = &self.table.weights.place;
        let mut worth = PlaceWorth::default();
        if cell != 0 {
            worth.cell = self.worth(weights.cell, (Field::Cell as u8, cell));
        }
        let of = [
            (Field::Number, &weights.number),
            (Field::Street, &weights.street),
            (Field::Unit, &weights.unit),
            (Field::Locality, &weights.locality),
            (Field::Postcode, &weights.postcode),
            (Field::Region, &weights.region),
        ];
        for ((slot, (field, part)), digest) in worth.parts.iter_mut().zip(of).zip(digests) {
            if *digest != 0 {
                *slot = self.worth(part.exact(), (field as u8, *digest));
            }
        }
        worth
    }
}

impl<'p> Prepared<'p> {
    /// Looks up what the values of a profile are worth in a store. `values` are those of the view.
    pub(crate) fn new(view: &'p View<'p>, values: &Values, store: Store<'_>, table: &Table) -> Self {
        let appraiser = Appraiser { store, table };
        let identifiers = view.identifiers.iter().map(|identifier| {
            let (field, weights) = (
                Field::Identifier as u8 + identifier.kind.code(),
                table.weights.identifiers.of(identifier.kind),
            );
            // The table says what a weaker form is worth at most: one that many share says less.
            let rare = Exact { equal_m_permille: 1_000, one_in: 1 << (weights.weak / 1_000).clamp(0, 30) };
            let weak = appraiser.identifier(rare, (field, identifier.weak)).weight;
            IdentifierWorth {
                whole: appraiser.identifier(weights.exact(), (field, identifier.digest)),
                weak: weak.min(weights.weak),
            }
        });
        let [birth, document] = {
            let (birth, document) = (&table.weights.birth, &table.weights.document);
            [(birth.equal_m_permille, birth.one_in), (document.equal_m_permille, document.one_in)]
                .map(|(equal_m_permille, one_in)| Exact { equal_m_permille, one_in })
        };
        let worth_of = |field: Field, exact: Exact, digest: &u64| match digest {
            0 => Worth::default(),
            digest => appraiser.worth(exact, (field as u8, *digest)),
        };
        let places = view.places.iter().zip(&values.places);
        Self {
            view,
            names: values.names.iter().map(|value| appraiser.name(*value)).collect(),
            births: values.births.iter().map(|digest| worth_of(Field::Birth, birth, digest)).collect(),
            documents: values.documents.iter().map(|d| worth_of(Field::Document, document, d)).collect(),
            places: places.map(|(place, digests)| appraiser.place(place.cell, digests)).collect(),
            identifiers: identifiers.collect(),
            sieve: view.narrative.map(Sieve::new),
        }
    }

    /// Each person that is evidence, with what its values are worth.
    pub(crate) fn persons(&self) -> impl Iterator<Item = (Held<'p, 'p>, PersonWorth<'_>)> {
        self.view.persons().zip(&self.births).map(|(held, birth)| {
            let person = held.person;
            let worth = PersonWorth {
                given: person.given.of(&self.names),
                middle: person.middle.of(&self.names),
                family: person.family.of(&self.names),
                birth: *birth,
                documents: person.documents.of(&self.documents),
                employer: person.employer.of(&self.names),
                places: person.places.of(&self.places),
            };
            (held, worth)
        })
    }

    /// What the places of the whole are worth.
    pub(crate) fn whole_places(&self) -> &[PlaceWorth] {
        self.view.of_whole.of(&self.places)
    }
}
