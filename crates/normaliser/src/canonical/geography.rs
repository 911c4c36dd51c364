//! Which countries a lead touches, and which one decides its route.

use std::collections::BTreeSet;

use lead::Content;
use lead::code::Role;
use lead::value::Country;

use crate::canonical::country::is_assigned;

/// Where a lead goes. No country is a route too: the home country's triage partner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Route {
    pub(crate) country: Option<Country>,
    pub(crate) basis: Option<&'static str>,
}

/// Whether the whereabouts of a person of this role say where the matter is. Who reports, witnesses or
/// works on it may be anywhere, and where they are is theirs.
pub(super) fn counts(role: Role) -> bool {
    !matches!(role, Role::Reporter | Role::Witness | Role::Contact)
}

/// Adds the countries of places, events, organisations and phones to those that the source states.
/// None follows from an IP address, a nationality or a document.
pub(super) fn derive(content: &mut Content, phones: &[Country]) -> Route {
    let apart: Vec<&str> =
        content.persons.iter().filter(|p| !counts(p.role)).map(|p| p.person_ref.as_str()).collect();
    let of_matter = |person: Option<&str>| person.is_none_or(|reference| !apart.contains(&reference));
    let places: Vec<(Option<&str>, Country)> = content
        .places
        .iter()
        .filter(|place| of_matter(place.person_ref.as_deref()))
        .filter_map(|place| Some((place.role.as_deref(), place.country.as_ref()?.code?)))
        .collect();
    let events = content.events.iter().filter_map(|event| event.country.as_ref()?.code);
    let organizations = content.organizations.iter().filter_map(|o| o.country.as_ref()?.code);
    let stated = content.countries_involved.iter().copied().filter(is_assigned);
    let all: BTreeSet<Country> = stated
        .chain(places.iter().map(|(_, country)| *country))
        .chain(events)
        .chain(organizations)
        .chain(phones.iter().copied())
        .collect();

    let one = |countries: &mut dyn Iterator<Item = Country>| {
        let countries: BTreeSet<Country> = countries.collect();
        countries.first().copied().filter(|_| countries.len() == 1)
    };
    let incident =
        one(&mut places.iter().filter(|(role, _)| *role == Some("incident")).map(|(_, country)| *country));
    let any_place = one(&mut places.iter().map(|(_, country)| *country));
    let involved = one(&mut all.iter().copied());
    let route = match (incident, any_place, involved) {
        (Some(country), ..) => Route { country: Some(country), basis: Some("incident_place") },
        (None, Some(country), _) => Route { country: Some(country), basis: Some("place") },
        (None, None, Some(country)) => Route { country: Some(country), basis: Some("countries_involved") },
        (None, None, None) => Route::default(),
    };
    content.countries_involved = all.into_iter().collect();
    route
}
