//! What an element of NIEM is, told by its name or by what it holds. Exchanges name their own elements; what they hold
//! comes from NIEM.

use crate::formats::graph::{Graph, Id};

/// What leads are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Person,
    Organization,
    Location,
    Vehicle,
    Item,
    Activity,
    Offense,
    Trafficking,
    Phone,
    Email,
}

impl Kind {
    pub(super) const ALL: [Self; 10] = [
        Self::Person,
        Self::Organization,
        Self::Location,
        Self::Vehicle,
        Self::Item,
        Self::Activity,
        Self::Offense,
        Self::Trafficking,
        Self::Phone,
        Self::Email,
    ];

    /// The list of the tree in which it stands.
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Person => "persons",
            Self::Organization => "organizations",
            Self::Location => "locations",
            Self::Vehicle => "vehicles",
            Self::Item => "items",
            Self::Activity => "activities",
            Self::Offense => "offenses",
            Self::Trafficking => "trafficking",
            Self::Phone => "phones",
            Self::Email => "emails",
        }
    }

    /// What its names inside the message begin with: p1, p2, ...
    pub(super) fn letter(self) -> &'static str {
        match self {
            Self::Person => "p",
            Self::Organization => "org",
            Self::Location => "place",
            Self::Vehicle => "vehicle",
            Self::Item => "item",
            Self::Activity => "activity",
            Self::Offense => "offense",
            Self::Trafficking => "trafficking",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

const PERSON: &[&str] = &[
    "PersonName",
    "PersonBirthDate",
    "PersonAgeMeasure",
    "PersonSexCode",
    "PersonSexText",
    "PersonGivenName",
    "PersonSurName",
    "PersonFullName",
    "PersonSSNIdentification",
    "PersonRaceCode",
    "PersonAlternateName",
];
const ORGANIZATION: &[&str] =
    &["OrganizationName", "OrganizationORIIdentification", "OrganizationCategoryText"];
const LOCATION: &[&str] = &[
    "LocationAddress",
    "StructuredAddress",
    "AddressFullText",
    "AddressCityName",
    "AddressPostalCode",
    "LocationCityName",
    "LocationStreet",
    "LocationPostalCode",
    "Location2DGeospatialCoordinate",
    "LocationTwoDimensionalGeographicCoordinate",
    "LocationName",
];
const VEHICLE: &[&str] = &[
    "VehicleIdentification",
    "VehicleMakeCode",
    "VehicleModelCode",
    "VehicleColorPrimaryCode",
    "ConveyanceRegistrationPlateIdentification",
];
const ACTIVITY: &[&str] = &[
    "ActivityIdentification",
    "ActivityDate",
    "ActivityDateRange",
    "ActivityReportedDate",
    "ActivityCategoryText",
    "ActivityCategoryCode",
    "ActivityDescriptionText",
    "ActivityNarrative",
    "ActivityNarrativeText",
    "ActivityStatus",
    "ActivityName",
    "IncidentCategoryText",
    "IncidentCategoryCode",
];
const PHONE: &[&str] =
    &["FullTelephoneNumber", "NANPTelephoneNumber", "InternationalTelephoneNumber", "TelephoneNumberFullID"];
const EMAIL: &[&str] = &["ContactEmailID", "EmailID", "ContactEmailAddressText"];

/// Fields that hold an address of mail, wherever they stand.
pub(super) fn is_email_field(name: &str) -> bool {
    EMAIL.contains(&name)
}

/// Fields in which a role holds who or what has it.
pub(super) fn is_role_field(name: &str) -> bool {
    name.starts_with("RoleOf") || matches!(name, "EntityPerson" | "EntityOrganization" | "SameAsDigest")
}

/// Whether somebody is meant where a field of this name holds a thing.
pub(super) fn means_a_person(name: &str) -> bool {
    name.ends_with("Person")
}

pub(super) fn is_association(graph: &Graph<'_>, thing: Id) -> bool {
    graph.names(thing).any(|name| name.ends_with("Association"))
}

/// The kind of a thing that is described.
pub(super) fn of(graph: &Graph<'_>, thing: Id) -> Option<Kind> {
    if !graph.is_described(thing) || is_association(graph, thing) {
        return None;
    }
    let called = |is: &dyn Fn(&str) -> bool| {
        let types = graph.types(thing).map(|name| name.strip_suffix("Type").unwrap_or(name));
        graph.names(thing).chain(types).any(is)
    };
    let holds = |fields: &[&str]| graph.items(thing).any(|(name, _)| fields.contains(&name));
    // A name is no person, and a measure of a person no person either.
    if called(&|name| name.ends_with("Name") || name.ends_with("Identification") || name.ends_with("Date")) {
        return None;
    }
    let ends = |suffix: &'static str, inner: &'static str| {
        called(&move |name| name.ends_with(suffix)) && !holds(&[inner])
    };
    let begins = |prefix: &str| {
        graph.items(thing).any(|(name, _)| {
            name.len() > prefix.len() && name.starts_with(prefix) && !name.ends_with("Association")
        })
    };
    if holds(PERSON) || ends("Person", "Person") {
        return Some(Kind::Person);
    }
    if called(&|name| name == "TraffickingEvent") {
        return Some(Kind::Trafficking);
    }
    if holds(PHONE) || called(&|name| name.ends_with("TelephoneNumber") && !holds(&["TelephoneNumber"])) {
        return Some(Kind::Phone);
    }
    if holds(EMAIL) && called(&|name| name.ends_with("Email")) {
        return Some(Kind::Email);
    }
    if holds(VEHICLE) || ends("Vehicle", "Vehicle") {
        return Some(Kind::Vehicle);
    }
    if holds(ORGANIZATION) || ends("Organization", "Organization") {
        return Some(Kind::Organization);
    }
    if holds(LOCATION) || ends("Location", "Location") || ends("Address", "Address") {
        return Some(Kind::Location);
    }
    if ends("Offense", "Offense") || ends("Charge", "Charge") {
        return Some(Kind::Offense);
    }
    let item = |name: &str| {
        matches!(name, "Item" | "TangibleItem" | "Firearm" | "Weapon" | "Drug" | "Substance" | "Evidence")
    };
    if called(&item) && begins("Item") {
        return Some(Kind::Item);
    }
    let activity = |name: &str| matches!(name, "Incident" | "Activity" | "Arrest" | "Crash" | "Case" | "Tip");
    if holds(ACTIVITY) || called(&activity) {
        return Some(Kind::Activity);
    }
    None
}
