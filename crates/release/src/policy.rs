//! The release policies, validated.
//!
//! Cedar skips a policy that errors, so an erroring `forbid` would let through what it forbids, and
//! it does not look up the identifiers of entities. Therefore the schema goes with every entity and
//! request, any error of evaluation denies and raises an alarm (PL-10), warnings are fatal, and what
//! policies name are `enum` entities, so that a misspelt name is refused when policies are loaded.
//!
//! Absent: dates, sets of partners, values of leads. They never reach a policy.

use std::collections::BTreeMap;

use cedar_policy::{
    ActionConstraint, Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator,
};
use lead::decision::{LeadFacts, PartnerFacts};
use lead::ident::content_hash;

use crate::partner::Partner;
use crate::question::{Asked, Questions};
use crate::reads::Reads;
use crate::redaction::Redaction;
use crate::ruling::Reason;

/// Why policies are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The schema does not parse.
    #[error("config/policies/leads.cedarschema: {0}")]
    Schema(String),
    /// A file does not parse.
    #[error("config/policies/{file}: {detail}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser said.
        detail: String,
    },
    /// An annotation is missing or unknown.
    #[error("config/policies/{file}: policy `{policy}` {expected}")]
    Annotation {
        /// The file.
        file: String,
        /// The policy, by identifier or by number.
        policy: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A template: policies stand alone.
    #[error("config/policies/{file}: has a template; write a policy for each case instead")]
    Template {
        /// The file.
        file: String,
    },
    /// Two policies of one identifier.
    #[error(
        "config/policies/{file}: policy `{policy}` has the identifier of another; identifiers are unique"
    )]
    Twice {
        /// The file.
        file: String,
        /// The identifier.
        policy: String,
    },
    /// Strict validation found errors or warnings; both are fatal.
    #[error("config/policies does not pass strict validation:\n{0}")]
    Invalid(String),
    /// The schema does not describe what this program knows of leads and partners.
    #[error("config/policies/leads.cedarschema does not fit this version: {0}")]
    Unfit(String),
    /// The table of redaction is not what it should be.
    #[error("config/policies/redaction.toml: {0}")]
    Redaction(String),
    /// A policy names a partner that does not exist.
    #[error("policy `{policy}` names partner `{partner}`, which has no folder in config/partners")]
    UnknownPartner {
        /// The policy.
        policy: String,
        /// The partner.
        partner: String,
    },
}

/// Officers that a policy may ask for.
const OFFICERS_MAX: u8 = 9;

/// What the program knows of a policy besides what Cedar does.
pub(crate) struct Known {
    pub(crate) reason: Reason,
    pub(crate) effect: Effect,
    /// The policy alone.
    pub(crate) alone: PolicySet,
    /// The facts that it reads.
    pub(crate) reads: Reads,
    /// How many officers have to approve what it holds.
    pub(crate) officers: u8,
    /// Whether it decides who receives a copy.
    about_receipt: bool,
    file: String,
}

/// A validated set of policies.
pub struct Policies {
    pub(crate) schema: Schema,
    pub(crate) set: PolicySet,
    pub(crate) known: BTreeMap<String, Known>,
    pub(crate) questions: Questions,
    /// What any policy reads.
    pub(crate) reads: Reads,
    /// What any policy reads that says what a copy shows, or whether somebody must approve it.
    pub(crate) reads_of_rest: Reads,
    redaction: Redaction,
    hash: String,
}

impl Policies {
    /// Reads a schema and (file name, text) pairs. Refuses whatever strict validation so much as
    /// warns of.
    pub fn parse<N: AsRef<str>, T: AsRef<str>>(
        schema_text: &str,
        files: &[(N, T)],
    ) -> Result<Self, PolicyError> {
        let schema = schema(schema_text)?;
        let mut set = PolicySet::new();
        let mut known = BTreeMap::new();
        for (file, text) in files {
            read(file.as_ref(), text.as_ref(), &mut set, &mut known)?;
        }
        let found = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
        let mut faults: Vec<String> = found.validation_errors().map(ToString::to_string).collect();
        faults.extend(found.validation_warnings().map(ToString::to_string));
        if !faults.is_empty() {
            return Err(PolicyError::Invalid(faults.join("\n")));
        }
        let questions = Questions::new(&set)?;
        let hash = hash(schema_text, files);
        let reads = Reads::of_all(known.values().map(|known: &Known| &known.reads));
        let rest = questions.of_rest().filter_map(|id| known.get(id));
        let reads_of_rest = Reads::of_all(rest.map(|known| &known.reads));
        let redaction = Redaction::default();
        let policies = Self { schema, set, known, questions, reads, reads_of_rest, redaction, hash };
        policies.probe()?;
        Ok(policies)
    }

    /// With the text of redaction.toml: what is done with a value that a copy may not show. Without
    /// it, such a value is dropped.
    pub fn with_redaction(mut self, text: &str) -> Result<Self, PolicyError> {
        self.redaction = Redaction::parse(text)?;
        self.hash = content_hash(format!("{}\n{text}", self.hash).as_bytes()).to_string();
        Ok(self)
    }

    /// What is done with a value that a copy may not show.
    pub(crate) fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// SHA-256 over the schema and all files, the table of redaction among them.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The identifiers of all policies, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// The reason of a policy, as its author wrote it.
    pub fn reason(&self, id: &str) -> Option<&str> {
        self.known.get(id).map(|known| known.reason.text.as_ref())
    }

    /// The file of a policy.
    pub fn file(&self, id: &str) -> Option<&str> {
        self.known.get(id).map(|known| known.file.as_str())
    }

    /// Whether a policy decides who receives a copy, and not what copies show.
    pub fn is_about_receipt(&self, id: &str) -> bool {
        self.known.get(id).is_some_and(|known| known.about_receipt)
    }

    /// Whether a policy forbids; `None` when there is no such policy.
    pub fn is_hard_stop(&self, id: &str) -> Option<bool> {
        self.known.get(id).map(|known| known.effect == Effect::Forbid)
    }

    /// Partners that policies name, with the policy.
    pub(crate) fn named_partners(&self) -> Vec<(String, String)> {
        let literals = |policy: &Policy| {
            let literals = policy.entity_literals().into_iter();
            let partners = literals.filter(|literal| literal.type_name().basename() == "Partner");
            partners.map(|p| (policy.id().to_string(), p.id().unescaped().to_owned())).collect::<Vec<_>>()
        };
        self.set.policies().flat_map(literals).collect()
    }

    /// Asks every question once: a schema that lacks an action or an attribute is found here and not
    /// by the first lead.
    fn probe(&self) -> Result<(), PolicyError> {
        let json = serde_json::json!({
            "name": "probe", "kind": "federal", "country": "US", "sworn": true, "max_tlp": "RED",
            "purposes": ["RESCUE"], "state": "ACTIVE",
        });
        let partner = Partner::from_json("probe", &json).map_err(|e| PolicyError::Unfit(e.to_string()))?;
        let principal = self.principal(&partner, partner.country)?;
        let (lead, facts) = (LeadFacts::default(), PartnerFacts::default());
        let asked = Asked::new(self, &principal, &lead, &facts)?;
        for question in self.questions.iter() {
            self.ask(question, &asked)?;
        }
        Ok(())
    }
}

fn schema(text: &str) -> Result<Schema, PolicyError> {
    let (schema, mut warnings) =
        Schema::from_cedarschema_str(text).map_err(|e| PolicyError::Schema(explained(&e)))?;
    match warnings.next() {
        Some(warning) => Err(PolicyError::Schema(warning.to_string())),
        None => Ok(schema),
    }
}

/// Adds the policies of one file under the identifiers that their annotations give.
fn read(
    file: &str,
    text: &str,
    set: &mut PolicySet,
    known: &mut BTreeMap<String, Known>,
) -> Result<(), PolicyError> {
    let parsed: PolicySet = text.parse().map_err(|e: cedar_policy::ParseErrors| PolicyError::Syntax {
        file: file.to_owned(),
        detail: explained(&e),
    })?;
    if parsed.templates().next().is_some() {
        return Err(PolicyError::Template { file: file.to_owned() });
    }
    for policy in parsed.policies() {
        let wrong = |policy: &str, expected| PolicyError::Annotation {
            file: file.to_owned(),
            policy: policy.to_owned(),
            expected,
        };
        let number = policy.id().to_string();
        let id = policy.annotation("id").unwrap_or_default();
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(word) {
            return Err(wrong(&number, "needs an annotation @id(\"...\") of a-z, 0-9 and -"));
        }
        let reason = policy.annotation("reason").unwrap_or_default().trim();
        if reason.is_empty() {
            return Err(wrong(id, "needs an annotation @reason(\"...\") that an officer can read"));
        }
        if policy.annotations().any(|(key, _)| !matches!(key, "id" | "reason" | "officers")) {
            return Err(wrong(id, "has an annotation other than @id, @reason and @officers"));
        }
        let officers = match policy.annotation("officers") {
            None => 1,
            Some(count) => {
                count.parse().ok().filter(|n| (1..=OFFICERS_MAX).contains(n)).ok_or_else(|| {
                    wrong(id, "needs @officers of 1 to 9: so many different officers approve what it holds")
                })?
            }
        };
        let twice = || PolicyError::Twice { file: file.to_owned(), policy: id.to_owned() };
        let renamed = policy.new_id(PolicyId::new(id));
        let known_policy = Known {
            reason: Reason { policy: Some(id.into()), text: reason.into() },
            effect: policy.effect(),
            alone: PolicySet::from_policies([renamed.clone()]).map_err(|_| twice())?,
            reads: Reads::of(policy),
            officers,
            about_receipt: is_about_receipt(policy),
            file: file.to_owned(),
        };
        set.add(renamed).map_err(|_| twice())?;
        known.insert(id.to_owned(), known_policy);
    }
    Ok(())
}

fn is_about_receipt(policy: &Policy) -> bool {
    let is_receive = |action: &cedar_policy::EntityUid| action.id().unescaped() == "receive";
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(action) => is_receive(&action),
        ActionConstraint::In(actions) => actions.iter().any(is_receive),
    }
}

fn hash<N: AsRef<str>, T: AsRef<str>>(schema: &str, files: &[(N, T)]) -> String {
    let mut parts: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_ref(), t.as_ref())).collect();
    parts.sort_unstable();
    let mut all = format!("{}\n{schema}", schema.len());
    for (name, text) in parts {
        all.push_str(&format!("{name}\n{}\n{text}", text.len()));
    }
    content_hash(all.as_bytes()).to_string()
}

/// An error with its causes, in one text.
fn explained(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}
