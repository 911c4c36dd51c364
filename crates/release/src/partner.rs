//! Partners: who they are, what was agreed with them, and since when. One `partner.toml` each.

use std::collections::BTreeSet;

use lead::code::{Category, Purpose, Tlp};
use lead::decision::PartnerState;
use lead::ident::content_hash;
use lead::topic;
use lead::value::{Country, Micros};
use serde::Deserialize;

/// What a partner is. Closed, so that a policy that names a kind that does not exist is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartnerKind {
    /// A field office of a federal agency of the home country.
    FieldOffice,
    /// A federal agency of the home country.
    Federal,
    /// State or local police of the home country.
    StatePolice,
    /// Tribal police.
    TribalPolice,
    /// The home desk that finds the country of leads that have none.
    Triage,
    /// Police of another country.
    ForeignPolice,
    /// A prosecutor's office.
    Prosecutor,
    /// A national central bureau of INTERPOL.
    Ncb,
    /// Europol.
    Europol,
    /// A shelter or service for victims outside government.
    NgoShelter,
    /// A hotline.
    Hotline,
    /// A financial intelligence unit.
    Fiu,
}

/// Every kind with its name in partner.toml and in policies.
pub const PARTNER_KINDS: [(PartnerKind, &str); 12] = [
    (PartnerKind::FieldOffice, "field_office"),
    (PartnerKind::Federal, "federal"),
    (PartnerKind::StatePolice, "state_police"),
    (PartnerKind::TribalPolice, "tribal_police"),
    (PartnerKind::Triage, "triage"),
    (PartnerKind::ForeignPolice, "foreign_police"),
    (PartnerKind::Prosecutor, "prosecutor"),
    (PartnerKind::Ncb, "ncb"),
    (PartnerKind::Europol, "europol"),
    (PartnerKind::NgoShelter, "ngo_shelter"),
    (PartnerKind::Hotline, "hotline"),
    (PartnerKind::Fiu, "fiu"),
];

impl PartnerKind {
    /// Its name in partner.toml and in policies.
    pub fn name(self) -> &'static str {
        PARTNER_KINDS.iter().find(|(kind, _)| *kind == self).map_or("unknown", |(_, name)| name)
    }

    /// Whether it is outside government.
    pub fn is_civil_society(self) -> bool {
        matches!(self, Self::NgoShelter | Self::Hotline)
    }

    /// Whether it enforces the law.
    pub fn is_law_enforcement(self) -> bool {
        !self.is_civil_society() && self != Self::Fiu
    }
}

/// A choice of categories.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Categories {
    /// The word `any`: all, UNKNOWN among them.
    Any(Any),
    /// These.
    Only(BTreeSet<Category>),
}

/// The word `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Any {
    /// All categories.
    #[serde(rename = "any")]
    Any,
}

impl Categories {
    /// Whether the choice has this category.
    pub fn contains(&self, category: Category) -> bool {
        match self {
            Self::Any(_) => true,
            Self::Only(categories) => categories.contains(&category),
        }
    }
}

/// What was agreed with a partner, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its identifier, unique within the partner.
    pub id: String,
    /// The legal basis.
    pub legal_basis: String,
    /// The basis of transfer to another country, if it gives one.
    pub transfer_basis: Option<String>,
    /// What it covers.
    pub categories: Categories,
    /// In force from here on.
    pub starts: Micros,
    /// In force until just before.
    pub ends: Micros,
}

impl Agreement {
    /// Whether it is in force at this time.
    pub fn in_force(&self, now: Micros) -> bool {
        self.starts <= now && now < self.ends
    }
}

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// The name of its folder in config/partners.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is.
    pub kind: PartnerKind,
    /// Its country.
    pub country: Country,
    /// Whether its officers are sworn.
    pub sworn: bool,
    /// The highest TLP it may hold.
    pub max_tlp: Tlp,
    /// What it uses leads for.
    pub purposes: BTreeSet<Purpose>,
    /// What it takes.
    pub categories: Categories,
    /// What was agreed.
    pub agreements: Vec<Agreement>,
    /// Its topic, if it is not the one that follows from its name.
    pub topic: Option<String>,
    /// Where it stands.
    pub state: PartnerState,
    /// Whether leads of unknown country go to it.
    pub triage: bool,
    /// Whether it takes exercises and tests.
    pub exercises: bool,
    /// Whether it is listed for data protected under 8 USC 1367.
    pub listed_1367: bool,
    /// The agencies that are its own: what they send does not come back to it.
    pub agencies: BTreeSet<String>,
    /// What it must observe with everything it receives.
    pub caveats: Vec<String>,
    /// SHA-256 of its partner.toml.
    pub hash: String,
    pub(crate) position: usize,
}

/// partner.toml, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartnerFile {
    name: String,
    kind: PartnerKind,
    country: Country,
    sworn: bool,
    max_tlp: Tlp,
    purposes: BTreeSet<Purpose>,
    #[serde(default = "any")]
    categories: Categories,
    #[serde(default)]
    agreements: Vec<AgreementFile>,
    topic: Option<String>,
    state: PartnerState,
    #[serde(default)]
    triage: bool,
    #[serde(default)]
    exercises: bool,
    #[serde(default)]
    listed_1367: bool,
    #[serde(default)]
    agencies: BTreeSet<String>,
    #[serde(default)]
    caveats: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreementFile {
    id: String,
    legal_basis: String,
    transfer_basis: Option<String>,
    categories: Categories,
    starts: toml::value::Datetime,
    ends: toml::value::Datetime,
}

fn any() -> Categories {
    Categories::Any(Any::Any)
}

/// What is wrong with a partner.toml.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartnerError {
    /// Not TOML of this shape.
    #[error("config/partners/{partner}/partner.toml: {detail}")]
    Syntax {
        /// The partner.
        partner: String,
        /// What the parser said.
        detail: String,
    },
    /// A value that cannot be.
    #[error("config/partners/{partner}/partner.toml: `{field}` {expected}")]
    Value {
        /// The partner.
        partner: String,
        /// The field.
        field: &'static str,
        /// What was expected.
        expected: String,
    },
    /// Two folders of one name.
    #[error("partner `{0}` occurs twice")]
    Twice(String),
    /// Two partners that would read each other's copies.
    #[error("partners `{0}` and `{1}` have the same topic: give each a topic of its own")]
    SharedTopic(String, String),
}

impl Partner {
    /// Reads one partner.toml; `id` is the name of its folder.
    pub fn parse(id: &str, text: &str) -> Result<Self, PartnerError> {
        let file = toml::from_str(text).map_err(|error| PartnerError::Syntax {
            partner: id.to_owned(),
            detail: error.to_string().trim_end().to_owned(),
        })?;
        Self::from_file(id, file, content_hash(text.as_bytes()).to_string())
    }

    /// Reads a partner from the JSON of a policy case, which has the same fields.
    pub(crate) fn from_json(id: &str, json: &serde_json::Value) -> Result<Self, PartnerError> {
        let file = PartnerFile::deserialize(json)
            .map_err(|e| PartnerError::Syntax { partner: id.to_owned(), detail: e.to_string() })?;
        Self::from_file(id, file, String::new())
    }

    fn from_file(id: &str, file: PartnerFile, hash: String) -> Result<Self, PartnerError> {
        let wrong = |field: &'static str, expected: &str| PartnerError::Value {
            partner: id.to_owned(),
            field,
            expected: expected.to_owned(),
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let word = id.strip_prefix('_').unwrap_or(id);
        if word.is_empty() || word.len() > 64 || !word.chars().all(plain) {
            return Err(wrong("folder", "is the partner's name: a-z, 0-9 and -, 64 characters at most"));
        }
        if file.max_tlp == Tlp::NotStated {
            return Err(wrong("max_tlp", "must state the highest TLP that the partner may hold"));
        }
        if file.purposes.is_empty() {
            return Err(wrong("purposes", "must state at least one purpose"));
        }
        if file.topic.as_deref().is_some_and(|topic| !is_partner_topic(topic)) {
            return Err(wrong(
                "topic",
                "must be a topic name that none of leadshare's own topics has: a-z, 0-9, `.`, `_`, `-`",
            ));
        }
        let agreements: Vec<Agreement> =
            file.agreements.into_iter().map(|a| agreement(a, &wrong)).collect::<Result<_, _>>()?;
        let ids: BTreeSet<_> = agreements.iter().map(|a| a.id.as_str()).collect();
        if ids.len() < agreements.len() {
            return Err(wrong("agreements", "must have identifiers that differ"));
        }
        Ok(Self {
            id: id.to_owned(),
            name: file.name,
            kind: file.kind,
            country: file.country,
            sworn: file.sworn,
            max_tlp: file.max_tlp,
            purposes: file.purposes,
            categories: file.categories,
            agreements,
            topic: file.topic,
            state: file.state,
            triage: file.triage,
            exercises: file.exercises,
            listed_1367: file.listed_1367,
            agencies: file.agencies,
            caveats: file.caveats,
            hash,
            position: 0,
        })
    }

    /// Whether it is in another country than ours.
    pub fn is_foreign(&self, home: Country) -> bool {
        self.country != home
    }

    /// Its topic.
    pub fn topic(&self, home: Country) -> String {
        match &self.topic {
            Some(topic) => topic.clone(),
            None if self.is_foreign(home) => topic::international(&self.id),
            None => topic::domestic(&self.id),
        }
    }

    /// Whether it is interested in intelligence alone.
    pub fn is_intelligence_only(&self) -> bool {
        self.purposes.iter().all(|purpose| *purpose == Purpose::Intelligence)
    }
}

fn agreement(
    file: AgreementFile,
    wrong: &impl Fn(&'static str, &str) -> PartnerError,
) -> Result<Agreement, PartnerError> {
    let moment = |field, value: &toml::value::Datetime| {
        Micros::of_toml(value)
            .ok_or_else(|| wrong(field, "must be a date such as 2026-01-31, or a time with offset"))
    };
    let (starts, ends) = (moment("starts", &file.starts)?, moment("ends", &file.ends)?);
    if ends <= starts {
        return Err(wrong("ends", "must be later than `starts`"));
    }
    if file.categories == Categories::Only(BTreeSet::new()) {
        return Err(wrong("categories", "must name what the agreement covers, or be \"any\""));
    }
    Ok(Agreement {
        id: file.id,
        legal_basis: file.legal_basis,
        transfer_basis: file.transfer_basis.filter(|basis| !basis.trim().is_empty()),
        categories: file.categories,
        starts,
        ends,
    })
}

/// Whether a partner may have a topic of this name.
fn is_partner_topic(name: &str) -> bool {
    const OURS: [&str; 5] =
        ["leads.inbound.", "leads.dead-letter.", "leads.changelog.", "leads.held.", "leads.legal-holds."];
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    (1..=249).contains(&name.len())
        && name.chars().all(legal)
        && !OURS.iter().any(|prefix| name.starts_with(prefix))
        && !topic::INTERNAL.contains(&name)
}

/// Every partner, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partners {
    partners: Vec<Partner>,
    hash: String,
}

impl Partners {
    /// Reads (folder name, partner.toml) pairs. A folder whose name begins with `_` is a template:
    /// it is read, so that it stays right, and is no partner.
    pub fn parse<N: AsRef<str>, T: AsRef<str>>(files: &[(N, T)]) -> Result<Self, PartnerError> {
        let mut partners = files
            .iter()
            .map(|(name, text)| Partner::parse(name.as_ref(), text.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        partners.retain(|partner| !partner.id.starts_with('_'));
        Self::new(partners)
    }

    /// A set of partners.
    pub fn new(mut partners: Vec<Partner>) -> Result<Self, PartnerError> {
        partners.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(twice) = partners.windows(2).find_map(|pair| match pair {
            [a, b] if a.id == b.id => Some(a.id.clone()),
            _ => None,
        }) {
            return Err(PartnerError::Twice(twice));
        }
        for a in &partners {
            // Which of its two names a topic has depends on the home country: a topic that is given
            // may be neither of another partner's.
            let Some(topic) = &a.topic else { continue };
            let takes = |b: &&Partner| match &b.topic {
                Some(other) => other == topic,
                None => *topic == topic::domestic(&b.id) || *topic == topic::international(&b.id),
            };
            if let Some(b) = partners.iter().filter(|b| b.id != a.id).find(takes) {
                return Err(PartnerError::SharedTopic(a.id.clone(), b.id.clone()));
            }
        }
        let mut all = String::new();
        for (position, partner) in partners.iter_mut().enumerate() {
            partner.position = position;
            all.push_str(&format!("{} {}\n", partner.id, partner.hash));
        }
        Ok(Self { partners, hash: content_hash(all.as_bytes()).to_string() })
    }

    /// Every partner, in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Partner> {
        self.partners.iter()
    }

    /// The partner of this name.
    pub fn get(&self, id: &str) -> Option<&Partner> {
        let position = self.partners.binary_search_by(|partner| partner.id.as_str().cmp(id)).ok()?;
        self.partners.get(position)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.partners.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.partners.is_empty()
    }

    /// SHA-256 over the names and hashes of all.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The next moment after `now` at which an agreement of any partner begins or ends.
    pub fn next_boundary(&self, now: Micros) -> Option<Micros> {
        let agreements = self.partners.iter().flat_map(|partner| &partner.agreements);
        agreements.flat_map(|a| [a.starts, a.ends]).filter(|at| *at > now).min()
    }
}

#[cfg(test)]
#[path = "partner/tests.rs"]
mod tests;
