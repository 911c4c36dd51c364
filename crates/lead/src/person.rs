//! Persons, and whom a value is about.

use crate::class::{ClassSet, FieldClass};
use crate::code::{Role, Ternary};
use crate::value::{CountryValue, Email, Moment, NamedText, Personal, Phone};
use crate::walk::{Place, classified};

classified! {
    /// A name as given, with forms for search that are marked as derived.
    about(nobody) struct PersonName {
        /// The whole name as the source writes it.
        full: Option<Personal> = leaf(Identity),
        /// Given name.
        given: Option<Personal> = leaf(Identity),
        /// Middle name.
        middle: Option<Personal> = leaf(Identity),
        /// Family name or names.
        surname: Option<Personal> = leaf(Identity),
        /// legal, alias, nickname, ... as the source says.
        kind: Option<String> = leaf(Identity, no_fact),
        /// Whether the name is a placeholder such as "Unknown": never a match key.
        placeholder: bool = leaf(Identity, no_fact),
        /// Derived: folded and transliterated forms for search, no facts.
        search: Vec<Personal> = leaf(Identity, no_fact),
    }
}

classified! {
    /// A number or document that identifies a person.
    about(nobody) struct PersonDocument {
        /// passport, national_id, driving_licence, ... as the source says.
        kind: String = leaf(Identity, no_fact),
        /// The number; canonical: letters and digits in upper case.
        number: Personal = leaf(Identity),
        /// The number as the source gives it, when it differs.
        text: Option<Personal> = leaf(Identity, no_fact),
        /// The country that issued it.
        country: Option<CountryValue> = leaf(Identity),
        /// Whether the number is a placeholder: never a match key.
        placeholder: bool = leaf(Identity, no_fact),
    }
}

classified! {
    /// A person in the lead.
    about(own) struct Person {
        /// A name for this person inside this lead, such as p1.
        person_ref: String = leaf(General, no_fact),
        /// The part the person plays.
        role: Role = leaf(General),
        /// Names.
        names: Vec<PersonName> = nested,
        /// Birth date, whole or partial.
        birth_date: Option<Moment> = leaf(Identity),
        /// Whether the birth date is a placeholder such as 1 January.
        birth_date_placeholder: bool = leaf(Identity, no_fact),
        /// Age in years at the incident or report.
        age: Option<i32> = leaf(Identity),
        /// Age as the source writes it, ranges included.
        age_text: Option<Personal> = leaf(Identity),
        /// Lower bound of the age in years.
        age_min: Option<i32> = leaf(Identity),
        /// Upper bound of the age in years.
        age_max: Option<i32> = leaf(Identity),
        /// Below 18; UNKNOWN when there is neither age nor birth date.
        minor: Ternary = leaf(General),
        /// Sex as the source writes it.
        sex: Option<Personal> = leaf(Identity),
        /// Nationalities and citizenships.
        nationalities: Vec<CountryValue> = leaf(Identity),
        /// Documents.
        documents: Vec<PersonDocument> = nested,
        /// Phones.
        phones: Vec<Phone> = leaf(Contact),
        /// E-mail addresses.
        emails: Vec<Email> = leaf(Contact),
        /// Appearance: height, hair, marks, race and ethnicity codes, under the names of the source.
        appearance: Vec<NamedText> = leaf(Identity),
        /// School, employer and similar ties.
        affiliations: Vec<NamedText> = leaf(Identity),
        /// Status in the process: HTCDS vic_TraffickingStatus and the like.
        status: Option<Personal> = leaf(General),
        /// Relationship to a subject, as the source says.
        relationship: Option<Personal> = leaf(Identity),
        /// Anything else the source says of this person.
        remarks: Vec<NamedText> = leaf(LeSensitive),
    }
}

impl Person {
    /// The classes of everything that is about this person.
    pub fn classes(&self) -> ClassSet {
        let role = match self.role {
            Role::Subject => FieldClass::Subject,
            Role::Victim | Role::PossibleVictim => FieldClass::Victim,
            Role::Reporter => FieldClass::Reporter,
            Role::Witness => FieldClass::Witness,
            Role::Unknown | Role::Recipient | Role::Contact | Role::Other => FieldClass::OtherPerson,
        };
        let classes = ClassSet::of(role);
        match self.minor {
            // Unknown age counts as minor.
            Ternary::Yes | Ternary::Unknown => classes.with(FieldClass::Minor),
            Ternary::No => classes,
        }
    }
}

/// Who is in a lead, taken before anything is cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persons {
    by_ref: Vec<(String, ClassSet, &'static str)>,
    everybody: ClassSet,
}

impl Persons {
    /// The persons of a lead.
    pub fn of(persons: &[Person]) -> Self {
        let by_ref: Vec<_> =
            persons.iter().map(|p| (p.person_ref.clone(), p.classes(), p.role.symbol())).collect();
        // An unknown holder counts as a minor: a lead without persons gives no leave to think otherwise.
        let everybody = by_ref
            .iter()
            .map(|(_, classes, _)| *classes)
            .reduce(ClassSet::union)
            .unwrap_or(ClassSet::of(FieldClass::Minor));
        Self { by_ref, everybody }
    }

    /// The union over all persons: what a value needs that may be about any of them.
    pub fn everybody(&self) -> ClassSet {
        self.everybody
    }

    /// Where the walk stands inside a record that refers to this person; tied to nobody, or to
    /// somebody who is not in the lead, means that it may be anybody's.
    pub fn place_of(&self, person_ref: Option<&str>) -> Place<'_> {
        let named =
            person_ref.into_iter().flat_map(|r| self.by_ref.iter().filter(move |(name, ..)| name == r));
        // Two persons of one name inside a lead: the value may be either's.
        named
            .map(|(_, classes, role)| Place { persons: self, about: *classes, role })
            .reduce(|a, b| Place { about: a.about.union(b.about), ..a })
            .unwrap_or(Place { persons: self, about: self.everybody, role: "" })
    }

    /// Where the walk stands inside this person.
    pub fn place_of_person(&self, person: &Person) -> Place<'_> {
        Place { persons: self, about: person.classes(), role: person.role.symbol() }
    }

    /// Where the walk stands at the top.
    pub fn top(&self) -> Place<'_> {
        Place { persons: self, about: ClassSet::EMPTY, role: "" }
    }
}
