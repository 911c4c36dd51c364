//! What of a lead is compared with other leads: from a lead to a [`linkage::Profile`].
//!
//! Placeholders, addresses that are not routable, an officer's own contacts and what the steward lists say nothing of
//! the matter and are left out. The lead's domain is no part of a profile: each domain has an index of its own.

use std::sync::Arc;

use lead::code::Role;
use lead::person::Person;
use lead::thing::PlaceOfLead;
use lead::value::{CountryValue, Email, Phone};
use lead::{Lead, SiteKeys};
use linkage::{
    Address, Birth, Digester, Document, Identifier, IdentifierKind, Narrative, Place, Profile, Sex, bounds,
};

use crate::config::Config;
use crate::steward::Steward;

/// Digits of a phone without its country that are compared.
const PARTIAL_DIGITS: std::ops::RangeInclusive<usize> = 7..=12;

/// Makes profiles under a site's key.
#[derive(Debug, Clone)]
pub struct Profiler {
    digester: Digester,
    config: Arc<Config>,
}

/// Characters of a geohash: a cell of some 150 m.
const GEOHASH: usize = 7;

impl Profiler {
    /// A profiler under this site's keys, for whom what the steward of this configuration lists says nothing.
    pub fn new(keys: &SiteKeys, config: Arc<Config>) -> Self {
        let mut key = [0; 16];
        key.iter_mut().zip(keys.matching).for_each(|(slot, byte)| *slot = byte);
        Self { digester: Digester::new(key), config }
    }

    /// What makes digests here.
    pub fn digester(&self) -> Digester {
        self.digester
    }

    /// The profile of a lead, or of an addition to one.
    pub fn profile(&self, lead: &Lead) -> Profile {
        let content = &lead.content;
        let persons = content.persons.iter().map(|p| self.person(p, &content.places)).collect();
        // A place that is tied to a person is that person's.
        let is_persons = |place: &&PlaceOfLead| {
            place.person_ref.as_ref().is_some_and(|r| content.persons.iter().any(|p| p.person_ref == *r))
        };
        let places = content.places.iter().filter(|p| !is_persons(p)).map(|p| self.place(p)).collect();
        let narrative = content.narrative.as_ref().and_then(|n| Narrative::new(&self.digester, n.expose()));
        Profile::new(persons, self.identifiers(lead), places, narrative)
    }

    fn identifiers(&self, lead: &Lead) -> Vec<Identifier> {
        let (d, content) = (&self.digester, &lead.content);
        let steward = &self.config.steward;
        let mut found = Found { digester: d, steward, identifiers: Vec::with_capacity(8) };
        if let Some(number) = &lead.report_number {
            found.add(IdentifierKind::ExternalId, &[&lead.agency, number]);
        }
        for id in &content.external_ids {
            found.add(IdentifierKind::ExternalId, &[&id.scheme, &id.id]);
        }
        // An officer's own phone stands in every lead of the agency and says nothing of the matter.
        for person in content.persons.iter().filter(|p| p.role != Role::Contact) {
            found.phones(&person.phones);
            found.emails(&person.emails);
        }
        for organization in &content.organizations {
            found.phones(&organization.phones);
            found.emails(&organization.emails);
        }
        for account in content.accounts.iter().filter(|a| !a.placeholder) {
            let Some(service) = &account.service else { continue };
            if let Some(handle) = &account.handle {
                found.extend(Identifier::account(d, service, handle.expose()));
            }
            if let Some(id) = &account.provider_id {
                found.add(IdentifierKind::Account, &["id", service, id.expose()]);
            }
        }
        for hash in content.files.iter().flat_map(|f| &f.hashes).filter(|h| h.fits) {
            found.add(IdentifierKind::FileHash, &[&hash.algorithm, hash.value.expose()]);
        }
        for device in content.devices.iter().filter(|d| !d.placeholder) {
            if let (Some(kind), Some(value)) = (&device.id_type, &device.id_value)
                && !is_zero(value.expose())
            {
                found.add(IdentifierKind::Device, &[kind, value.expose()]);
            }
        }
        for item in &content.financial {
            if let Some(account) = item.account.as_ref().filter(|a| !is_zero(a.expose())) {
                found.add(IdentifierKind::FinancialAccount, &[&letters_and_digits(account.expose())]);
            }
        }
        for vehicle in &content.vehicles {
            if let Some(plate) = vehicle.plate.as_ref().filter(|p| !is_zero(p.expose())) {
                let issuer = vehicle.plate_issuer.as_deref().unwrap_or_default();
                found.extend(Identifier::vehicle(d, issuer, plate.expose()));
            }
        }
        found.identifiers
    }

    fn person(&self, person: &Person, places: &[PlaceOfLead]) -> linkage::Person {
        let stated = person.names.iter().filter(|n| !n.placeholder);
        // The first that is not an alias; another name of the same person says the same thing twice.
        let name =
            stated.clone().find(|n| n.kind.as_deref() != Some("alias")).or_else(|| stated.clone().next());
        let text = |t: Option<&lead::Personal>| t.map_or("", lead::Personal::expose).to_owned();
        let names = name.map(|n| [&n.given, &n.middle, &n.surname, &n.full].map(|t| text(t.as_ref())));
        let [given, middle, family, full] = names.unwrap_or_default();
        let documents = person.documents.iter().filter(|d| !d.placeholder);
        let documents =
            documents.filter_map(|d| Document::new(&d.kind, country(d.country.as_ref()), d.number.expose()));
        let birth = person.birth_date.as_ref().filter(|_| !person.birth_date_placeholder);
        let birth = birth.and_then(|b| b.local.as_deref()).map_or_else(Birth::default, Birth::parse);
        let own = places.iter().filter(|p| p.person_ref.as_deref() == Some(person.person_ref.as_str()));
        linkage::Person {
            counts: !matches!(person.role, Role::Contact | Role::Reporter),
            birth,
            age: person.age.and_then(|age| u8::try_from(age).ok()).unwrap_or_default(),
            sex: sex(person.sex.as_ref().map_or("", lead::Personal::expose)),
            documents: documents.take(bounds::DOCUMENTS).collect(),
            places: own.map(|p| self.place(p)).filter(|p| !p.is_missing()).take(bounds::PLACES).collect(),
            ..linkage::Person::default()
        }
        .with_names(&given, &middle, &family, &full)
    }

    fn place(&self, place: &PlaceOfLead) -> Place {
        let text = |t: &Option<lead::Personal>| t.as_ref().map_or("", lead::Personal::expose).to_owned();
        let (street, city, code) = (text(&place.street), text(&place.city), text(&place.postal_code));
        let made = Place::new(Address {
            street: &street,
            locality: &city,
            postcode: &code,
            region: place.admin1.as_deref().unwrap_or_default(),
            country: country(place.country.as_ref()),
            ..Address::default()
        });
        let point = place.point.as_ref().map(|p| geohash::Coord { x: p.lon, y: p.lat });
        if let Some(hash) = point.and_then(|p| geohash::encode(p, GEOHASH).ok()) {
            return made.with_geohash(&self.digester, &hash);
        }
        match &place.name {
            Some(name) => made.with_line(&self.digester, name.expose(), &city),
            None => made,
        }
    }
}

/// Identifiers as they are found.
struct Found<'d> {
    digester: &'d Digester,
    steward: &'d Steward,
    identifiers: Vec<Identifier>,
}

impl Found<'_> {
    fn add(&mut self, kind: IdentifierKind, parts: &[&str]) {
        self.identifiers.extend(Identifier::new(self.digester, kind, parts, None));
    }

    fn extend(&mut self, identifier: Option<Identifier>) {
        self.identifiers.extend(identifier);
    }

    /// A whole number in E.164; else what digits the source gives, of which at most the last are compared.
    fn phones(&mut self, phones: &[Phone]) {
        for phone in phones {
            let number = phone.e164.as_ref().map_or_else(|| phone.text.expose(), |number| number.expose());
            let whole = phone.e164.is_some();
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            let number = if whole { number } else { &digits };
            if self.steward.has_phone(&digits, whole) {
                continue;
            }
            if whole || PARTIAL_DIGITS.contains(&digits.len()) && !is_zero(&digits) {
                self.identifiers.extend(Identifier::phone(self.digester, number, ""));
            }
        }
    }

    fn emails(&mut self, emails: &[Email]) {
        let stated = emails.iter().filter(|e| !e.placeholder).filter_map(|e| e.address.as_ref());
        for address in stated.filter(|address| !self.steward.has_email(address.expose())) {
            self.identifiers.extend(Identifier::email(self.digester, address.expose()));
        }
    }
}

/// What a lead and its additions say together. Of narratives the first counts: an addition's is another text.
pub(crate) fn union(parts: impl IntoIterator<Item = Profile>) -> Profile {
    let (mut persons, mut identifiers, mut places, mut narrative) =
        (Vec::new(), Vec::new(), Vec::new(), None);
    for part in parts {
        persons.extend(part.persons);
        identifiers.extend(part.identifiers);
        places.extend(part.places);
        narrative = narrative.or(part.narrative);
    }
    Profile::new(persons, identifiers, places, narrative)
}

fn country(value: Option<&CountryValue>) -> &str {
    value.map_or("", |c| c.code.as_ref().map_or(c.text.as_str(), |code| code.as_str()))
}

/// Sources write it in their own words; only what is certain is compared.
fn sex(text: &str) -> Sex {
    match text.trim().to_lowercase().as_str() {
        "" | "unknown" | "u" | "not stated" => Sex::Unknown,
        "f" | "female" | "woman" | "girl" | "mujer" | "femenino" | "жіноча" => Sex::Female,
        "m" | "male" | "man" | "boy" | "hombre" | "masculino" | "чоловіча" => Sex::Male,
        _ => Sex::Unknown,
    }
}

/// Whether an identifier has no digit or letter but zeros: what a device says that will not say.
fn is_zero(identifier: &str) -> bool {
    identifier.chars().all(|c| c == '0' || !c.is_alphanumeric())
}

fn letters_and_digits(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests;
