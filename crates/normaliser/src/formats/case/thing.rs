//! What a thing of UCO is, told by its types and facets, and by which name others refer to it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::formats::graph::{Graph, Id, Item};

/// The lists of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Investigation,
    Person,
    Organization,
    Account,
    Message,
    File,
    Device,
    Address,
    Url,
    Location,
    Action,
    Record,
    Note,
    Relationship,
    /// Only holds others.
    Bundle,
    Other,
}

impl Class {
    /// The list in which it stands.
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Investigation => "investigation",
            Self::Person => "persons",
            Self::Organization => "organizations",
            Self::Account => "accounts",
            Self::Message => "messages",
            Self::File => "files",
            Self::Device => "devices",
            Self::Address => "addresses",
            Self::Url => "urls",
            Self::Location => "locations",
            Self::Action => "actions",
            Self::Record => "records",
            Self::Note => "notes",
            Self::Relationship => "relationships",
            Self::Bundle => "bundle",
            Self::Other => "things",
        }
    }
}

/// The field of facets, by its names through the versions of UCO.
pub(super) const FACET_FIELDS: &[&str] =
    &["hasFacet", "facet", "facets", "hasPropertyBundle", "propertyBundle", "propertyBundles"];

/// Types, and facets without their suffix, of which one decides; the first that fits counts.
const CLASSES: &[(Class, &[&str])] = &[
    (Class::Bundle, &["Bundle", "EnclosingCompilation", "ContextualCompilation"]),
    (Class::Relationship, &["Relationship", "ObservableRelationship", "CyberRelationship"]),
    (Class::Investigation, &["Investigation"]),
    (Class::Record, &["ProvenanceRecord", "ChainOfCustody", "ChainOfEvidence"]),
    (
        Class::Action,
        &["InvestigativeAction", "Action", "SubjectActionLifecycle", "ActionLifecycle", "ObservableAction"],
    ),
    (Class::Note, &["Annotation", "Note", "Assertion"]),
    (Class::Person, &["Person", "Contact", "SimpleName", "PersonalDetails"]),
    (Class::Organization, &["Organization", "OrganizationDetails"]),
    (Class::Message, &["Message", "SMSMessage", "EmailMessage", "MMSMessage", "ChatMessage", "SMS"]),
    (
        Class::Account,
        &[
            "Account",
            "DigitalAccount",
            "EmailAccount",
            "PhoneAccount",
            "ApplicationAccount",
            "UserAccount",
            "Profile",
            "EmailAddress",
            "TwitterProfile",
            "InstantMessagingAddress",
        ],
    ),
    (
        Class::File,
        &["File", "ContentData", "Image", "RasterPicture", "Video", "Audio", "ArchiveFile", "PDFFile"],
    ),
    (Class::Device, &["Device", "MobileDevice", "SIMCard", "Computer", "Laptop", "Tablet", "SmartPhone"]),
    (Class::Address, &["IPv4Address", "IPv6Address", "IPAddress", "MACAddress", "DomainName"]),
    (Class::Url, &["URL", "UrlHistory", "URLHistory", "WebPage"]),
    (Class::Location, &["Location", "SimpleAddress", "LatLongCoordinates", "GPSCoordinates"]),
];

/// What is known of every thing of a message, found once.
pub(super) struct Things<'g, 'l> {
    graph: &'g Graph<'l>,
    classes: Vec<Class>,
    alone: Vec<bool>,
    labels: RefCell<HashMap<Id, String>>,
}

impl<'g, 'l> Things<'g, 'l> {
    pub(super) fn of(graph: &'g Graph<'l>, top: &[Id]) -> Self {
        let top: HashSet<Id> = top.iter().copied().collect();
        let classes: Vec<Class> = graph.ids().map(|thing| class(graph, thing)).collect();
        let is_other = |thing: Id| classes.get(thing).is_none_or(|class| *class == Class::Other);
        let alone = graph
            .ids()
            .map(|thing| stands_alone(graph, thing, is_other(thing), top.contains(&thing)))
            .collect();
        Self { graph, classes, alone, labels: RefCell::default() }
    }

    pub(super) fn class(&self, thing: Id) -> Class {
        self.classes.get(thing).copied().unwrap_or(Class::Other)
    }

    /// Whether it stands for itself, and is no part of another such as a facet or a hash.
    pub(super) fn stands_alone(&self, thing: Id) -> bool {
        self.alone.get(thing).copied().unwrap_or(false)
    }

    /// What others call it: a number, an address, a name, or else its identifier.
    pub(super) fn label(&self, thing: Id) -> String {
        if let Some(label) = self.labels.borrow().get(&thing) {
            return label.clone();
        }
        let found = label(self.graph, thing, 0);
        self.labels.borrow_mut().insert(thing, found.clone());
        found
    }
}

/// An account with a name is no person: `SimpleName` of it is the name of the account.
fn class(graph: &Graph<'_>, thing: Id) -> Class {
    let is = |names: &[&str]| graph.types(thing).any(|name| names.contains(&plain(name)));
    let by_type = CLASSES.iter().find(|(_, names)| is(names)).map(|(class, _)| *class);
    if let Some(class) = by_type {
        return class;
    }
    let facets: Vec<&str> = facets(graph, thing).flat_map(|facet| graph.types(facet)).map(plain).collect();
    let of_facets = |class: Class| {
        CLASSES.iter().any(|(known, names)| *known == class && facets.iter().any(|f| names.contains(f)))
    };
    let accounts = [Class::Message, Class::Account, Class::File, Class::Device, Class::Address, Class::Url];
    let rest = [Class::Location, Class::Person, Class::Organization];
    accounts.into_iter().chain(rest).find(|class| of_facets(*class)).unwrap_or(Class::Other)
}

/// The name of a facet without what says that it is one.
pub(super) fn plain(name: &str) -> &str {
    name.strip_suffix("Facet").unwrap_or(name)
}

pub(super) fn facets<'a>(graph: &'a Graph<'_>, thing: Id) -> impl Iterator<Item = Id> + 'a {
    graph.held(thing).filter(|(name, _)| FACET_FIELDS.contains(name)).map(|(_, facet)| facet)
}

/// Parts of others, even where they have an identifier.
const PARTS: &[&str] = &[
    "Hash",
    "ContactPhone",
    "ContactEmail",
    "ContactAddress",
    "ContactURL",
    "ContactMessaging",
    "ContactAffiliation",
    "ContactProfile",
    "ContactSIP",
];

fn stands_alone(graph: &Graph<'_>, thing: Id, is_other: bool, at_top: bool) -> bool {
    let in_facet_field = graph.names(thing).any(|name| FACET_FIELDS.contains(&name));
    let is_part = graph.types(thing).any(|name| name.ends_with("Facet") || PARTS.contains(&name));
    let listed = at_top || graph.names(thing).any(|name| matches!(name, "object" | "included"));
    !in_facet_field && !is_part && (!is_other || listed || facets(graph, thing).next().is_some())
}

/// Fields by which things are known, the best first.
const KNOWN_BY: &[&str] = &[
    "phoneNumber",
    "addressValue",
    "accountIdentifier",
    "fullValue",
    "fileName",
    "displayName",
    "contactPhoneNumber",
    "name",
    "applicationIdentifier",
    "deviceIdentifier",
    "serialNumber",
];

/// No thing is known by more parts, or by what stands later in one: others may repeat it often.
const PARTS_MAX: usize = 32;
const FIELDS_MAX: usize = 64;

fn label(graph: &Graph<'_>, thing: Id, depth: usize) -> String {
    let all: Vec<Id> = std::iter::once(thing).chain(facets(graph, thing)).take(PARTS_MAX).collect();
    let fields: Vec<(&str, &Item)> =
        all.iter().flat_map(|part| graph.items(*part).take(FIELDS_MAX)).collect();
    let text = |field: &str| {
        fields.iter().find_map(|(name, item)| match item {
            Item::Text(text) if *name == field => Some(text.clone()),
            _ => None,
        })
    };
    let known = KNOWN_BY.iter().find_map(|field| text(field));
    let inner = || {
        let mail = fields.iter().find_map(|(name, item)| match item {
            Item::Thing(held) if *name == "emailAddress" => Some(*held),
            _ => None,
        })?;
        (depth < 3).then(|| label(graph, mail, depth + 1))
    };
    let person = || {
        let parts = ["givenName", "firstName", "familyName", "lastName"];
        let names: Vec<String> = parts.iter().filter_map(|field| text(field)).collect();
        (!names.is_empty()).then(|| names.join(" "))
    };
    let last =
        || graph.identifier(thing).map(|id| id.rsplit(['/', '#', ':']).next().unwrap_or(id).to_owned());
    known.or_else(inner).or_else(person).or_else(last).unwrap_or_default()
}
