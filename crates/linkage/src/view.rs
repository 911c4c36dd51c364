//! A profile as it is read: nothing is copied of one that is held, or of one in its encoded form.
//!
//! A store of many leads keeps them encoded, for that takes a third of the memory and one place of it instead of
//! twenty. Persons that are no evidence are left out: nothing here asks for them.

use crate::birth::Birth;
use crate::identifier::Identifier;
use crate::narrative::{self, Narrative};
use crate::profile::{self, Profile, Sex, bounds};

mod read;

/// A name: see [`crate::Name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    latin: &'a [u8],
    native: &'a [u8],
}

impl<'a> Name<'a> {
    pub(crate) fn latin(self) -> &'a [u8] {
        self.latin
    }

    pub(crate) fn exact(self) -> &'a [u8] {
        if self.native.is_empty() { self.latin } else { self.native }
    }

    pub(crate) fn is_latin(self) -> bool {
        self.native.is_empty()
    }

    pub(crate) fn is_initial(self) -> bool {
        self.native.is_empty() && self.latin.len() == 1
    }
}

/// A document: see [`crate::Document`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Document<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) country: &'a [u8],
    pub(crate) number: &'a [u8],
}

/// A place: see [`crate::Place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) cell: u64,
    pub(crate) wide: u64,
    pub(crate) number: &'a [u8],
    pub(crate) street: &'a [u8],
    pub(crate) unit: &'a [u8],
    pub(crate) locality: &'a [u8],
    pub(crate) postcode: &'a [u8],
    pub(crate) region: &'a [u8],
}

/// Where in a list of the view something stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    from: usize,
    to: usize,
}

impl Span {
    /// This part of a list, which may be one beside that of the view.
    pub(crate) fn of<T>(self, list: &[T]) -> &[T] {
        list.get(self.from..self.to).unwrap_or(&[])
    }
}

/// A person: see [`crate::Person`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) given: Span,
    pub(crate) middle: Span,
    pub(crate) family: Span,
    pub(crate) employer: Span,
    pub(crate) birth: Birth,
    pub(crate) age: u8,
    pub(crate) sex: Sex,
    pub(crate) documents: Span,
    pub(crate) places: Span,
}

/// A profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct View<'a> {
    /// How many persons there are, whether they are evidence or not.
    stated: usize,
    /// Those that are evidence.
    pub(crate) persons: Vec<Person>,
    /// Names of all persons, in the order in which a person holds them.
    pub(crate) names: Vec<Name<'a>>,
    /// Documents of all persons.
    pub(crate) documents: Vec<Document<'a>>,
    /// Places of all persons, and after them those of the whole.
    pub(crate) places: Vec<Place<'a>>,
    /// Which places are those of the whole.
    pub(crate) of_whole: Span,
    /// Sorted.
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) narrative: Option<narrative::View<'a>>,
}

impl<'a> View<'a> {
    /// An empty view with room for what most profiles hold.
    pub(crate) fn roomy() -> Self {
        Self {
            stated: 0,
            persons: Vec::with_capacity(4),
            names: Vec::with_capacity(16),
            documents: Vec::with_capacity(4),
            places: Vec::with_capacity(4),
            of_whole: Span::default(),
            identifiers: Vec::with_capacity(8),
            narrative: None,
        }
    }

    /// A view of a profile.
    pub(crate) fn of(profile: &'a Profile) -> Self {
        let mut view = Self { identifiers: profile.identifiers.to_vec(), ..Self::roomy() };
        view.stated = profile.persons.len();
        for person in profile.counted() {
            view.add(person);
        }
        view.of_whole = view.add_places(&profile.places);
        view.narrative = profile.narrative.as_ref().map(Narrative::view);
        view
    }

    /// Persons with the names and places that are theirs.
    pub(crate) fn persons(&self) -> impl Iterator<Item = Held<'_, 'a>> + Clone {
        self.persons.iter().map(|person| Held { person, view: self })
    }

    /// Places of the whole.
    pub(crate) fn whole_places(&self) -> &[Place<'a>] {
        self.of_whole.of(&self.places)
    }

    /// Whether this is what a profile can be: within the bounds, in order, and of texts.
    pub(crate) fn is_sound(&self) -> bool {
        let texts = self.names.iter().flat_map(|n| [n.latin, n.native]);
        let texts = texts.chain(self.documents.iter().flat_map(|d| [d.kind, d.country, d.number]));
        let mut texts = texts.chain(
            self.places.iter().flat_map(|p| [p.number, p.street, p.unit, p.locality, p.postcode, p.region]),
        );
        self.stated <= bounds::PERSONS
            && self.identifiers.len() <= bounds::IDENTIFIERS
            && self.whole_places().len() <= bounds::PLACES
            && self.identifiers.is_sorted_by(|a, b| a < b)
            && self.narrative.is_none_or(narrative::View::is_sound)
            && texts.all(|text| std::str::from_utf8(text).is_ok())
    }

    fn add(&mut self, person: &'a profile::Person) {
        let row = Person {
            given: self.add_names(&person.given),
            middle: self.add_names(&person.middle),
            family: self.add_names(&person.family),
            birth: person.birth,
            age: person.age,
            sex: person.sex,
            documents: {
                let from = self.documents.len();
                self.documents.extend(person.documents.iter().map(|d| Document {
                    kind: d.kind.as_bytes(),
                    country: d.country.as_bytes(),
                    number: d.number.as_bytes(),
                }));
                Span { from, to: self.documents.len() }
            },
            places: self.add_places(&person.places),
            employer: self.add_names(&person.employer),
        };
        self.persons.push(row);
    }

    fn add_names(&mut self, names: &'a [crate::Name]) -> Span {
        let from = self.names.len();
        let native = |n: &'a crate::Name| if n.is_latin() { &[][..] } else { n.exact().as_bytes() };
        self.names.extend(names.iter().map(|n| Name { latin: n.latin().as_bytes(), native: native(n) }));
        Span { from, to: self.names.len() }
    }

    fn add_places(&mut self, places: &'a [crate::Place]) -> Span {
        let from = self.places.len();
        self.places.extend(places.iter().map(|p| Place {
            cell: p.cell,
            wide: p.wide,
            number: p.number.as_bytes(),
            street: p.street.as_bytes(),
            unit: p.unit.as_bytes(),
            locality: p.locality.as_bytes(),
            postcode: p.postcode.as_bytes(),
            region: p.region.as_bytes(),
        }));
        Span { from, to: self.places.len() }
    }
}

/// A person of a view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'v, 'a> {
    pub(crate) person: &'v Person,
    view: &'v View<'a>,
}

impl<'v, 'a> Held<'v, 'a> {
    pub(crate) fn given(self) -> &'v [Name<'a>] {
        self.person.given.of(&self.view.names)
    }

    pub(crate) fn middle(self) -> &'v [Name<'a>] {
        self.person.middle.of(&self.view.names)
    }

    pub(crate) fn family(self) -> &'v [Name<'a>] {
        self.person.family.of(&self.view.names)
    }

    pub(crate) fn employer(self) -> &'v [Name<'a>] {
        self.person.employer.of(&self.view.names)
    }

    pub(crate) fn documents(self) -> &'v [Document<'a>] {
        self.person.documents.of(&self.view.documents)
    }

    pub(crate) fn places(self) -> &'v [Place<'a>] {
        self.person.places.of(&self.view.places)
    }
}

#[cfg(test)]
mod tests;
