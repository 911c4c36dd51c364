//! The release policies: Cedar behind two guards.
//!
//! Cedar skips a policy that errors, so an erroring `forbid` would let through what it forbids, and
//! it does not look up the identifiers of entities. Therefore the schema goes with every entity and
//! request, any error of evaluation denies and raises an alarm (PL-10), warnings are fatal, and what
//! policies name are `enum` entities, so that a misspelt name is refused when policies are loaded.
//!
//! Absent: dates, sets of partners, values of leads. They never reach a policy.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicyId, PolicySet, Request, RestrictedExpression, Schema, ValidationMode, Validator,
};
use lead::class::FIELD_CLASSES;
use lead::decision::{LeadFacts, PartnerFacts};
use lead::ident::content_hash;
use lead::{ClassSet, FieldClass};

use crate::partner::Partner;
use crate::ruling::{Denial, Hidden, Permit, Reason, Ruling};

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
    /// A policy names a partner that does not exist.
    #[error("policy `{policy}` names partner `{partner}`, which has no folder in config/partners")]
    UnknownPartner {
        /// The policy.
        policy: String,
        /// The partner.
        partner: String,
    },
}

/// What the program knows of a policy besides what Cedar does.
#[derive(Debug, Clone)]
struct Known {
    reason: Reason,
    file: String,
    effect: Effect,
}

/// A validated set of policies.
pub struct Policies {
    schema: Schema,
    set: PolicySet,
    known: BTreeMap<String, Known>,
    actions: Actions,
    lead: EntityUid,
    hash: String,
}

/// The action of every question.
struct Actions {
    receive: EntityUid,
    release_without_approval: EntityUid,
    views: Vec<(FieldClass, EntityUid)>,
}

/// A partner as policies see it.
pub(crate) struct Principal {
    uid: EntityUid,
    entities: Entities,
}

/// One answer of Cedar.
struct Answer {
    allowed: bool,
    reasons: Vec<Reason>,
    errors: Vec<Reason>,
}

/// The reason when no policy matched.
pub const NOTHING_PERMITS: &str = "no policy permits it";
const CANNOT_EVALUATE: &str = "a policy cannot be evaluated, so nothing is released";
const NARRATIVE_NEEDS_IDENTITY: &str = "free text needs the identity class: it may name anybody";

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
        let policies = Self {
            schema,
            set,
            known,
            actions: Actions::new()?,
            lead: uid("Lead", "lead")?,
            hash: hash(schema_text, files),
        };
        policies.probe()?;
        Ok(policies)
    }

    /// SHA-256 over the schema and all files.
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

    /// Whether a policy forbids; `None` when there is no such policy.
    pub fn is_hard_stop(&self, id: &str) -> Option<bool> {
        self.known.get(id).map(|known| known.effect == Effect::Forbid)
    }

    /// Partners that policies name, with the policy.
    pub(crate) fn named_partners(&self) -> Vec<(String, String)> {
        let literals = |policy: &Policy| {
            let partners =
                policy.entity_literals().into_iter().filter(|u| u.type_name().basename() == "Partner");
            partners.map(|u| (policy.id().to_string(), u.id().unescaped().to_owned())).collect::<Vec<_>>()
        };
        self.set.policies().flat_map(literals).collect()
    }

    /// A partner as policies see it, for [`Policies::evaluate`].
    pub(crate) fn principal(
        &self,
        partner: &Partner,
        home: lead::value::Country,
    ) -> Result<Principal, PolicyError> {
        let flag = RestrictedExpression::new_bool;
        let attributes = [
            ("kind", code("Kind", partner.kind.name())?),
            ("foreign", flag(partner.is_foreign(home))),
            ("sworn", flag(partner.sworn)),
            ("law_enforcement", flag(partner.kind.is_law_enforcement())),
            ("civil_society", flag(partner.kind.is_civil_society())),
            ("intelligence_only", flag(partner.is_intelligence_only())),
            ("listed_1367", flag(partner.listed_1367)),
            ("takes_exercises", flag(partner.exercises)),
            ("triage", flag(partner.triage)),
        ];
        let uid = uid("Partner", &partner.id)?;
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let entity = Entity::new(uid.clone(), attributes, HashSet::new()).map_err(unfit)?;
        let entities = Entities::from_entities([entity], Some(&self.schema)).map_err(unfit)?;
        Ok(Principal { uid, entities })
    }

    /// What policies say. Total: what cannot be evaluated is denied with an alarm.
    pub(crate) fn evaluate(&self, principal: &Principal, lead: &LeadFacts, partner: &PartnerFacts) -> Ruling {
        self.questions(principal, lead, partner).unwrap_or_else(|_| self.refuse())
    }

    /// The ruling for somebody who is not among the partners.
    pub(crate) fn refuse(&self) -> Ruling {
        Ruling::Deny(Arc::new(cannot_evaluate(Vec::new())))
    }

    fn questions(
        &self,
        principal: &Principal,
        lead: &LeadFacts,
        partner: &PartnerFacts,
    ) -> Result<Ruling, PolicyError> {
        let lead = Entity::new(
            self.lead.clone(),
            attributes(&lead.flags(), "tlp", code("Tlp", lead.tlp.symbol())?),
            HashSet::new(),
        )
        .map_err(unfit)?;
        let entities = principal.entities.clone().add_entities([lead], Some(&self.schema)).map_err(unfit)?;
        let context: Vec<_> = attributes(&partner.flags(), "state", code("State", partner.state.symbol())?);
        let context = Context::from_pairs(context).map_err(unfit)?;
        let ask = |action: &EntityUid| self.ask(&principal.uid, action, &context, &entities);
        let deny = |denial| Ok(Ruling::Deny(Arc::new(denial)));

        let receive = ask(&self.actions.receive)?;
        if !receive.errors.is_empty() {
            return deny(cannot_evaluate(receive.errors));
        }
        if !receive.allowed {
            return deny(Denial { reasons: or_nothing(receive.reasons), alarm: false });
        }
        let approval = ask(&self.actions.release_without_approval)?;
        let mut errors = approval.errors;
        let mut reasons = receive.reasons;
        let needs_approval = !approval.allowed;
        let approval = if approval.allowed {
            reasons.extend(approval.reasons);
            Vec::new()
        } else {
            or_nothing(approval.reasons)
        };
        let mut classes = ClassSet::of(FieldClass::General);
        let mut hidden = Vec::new();
        for (class, action) in &self.actions.views {
            let view = ask(action)?;
            errors.extend(view.errors);
            if view.allowed {
                classes = classes.with(*class);
                reasons.extend(view.reasons);
            } else {
                hidden.push(Hidden { class: *class, reasons: view.reasons });
            }
        }
        if !errors.is_empty() {
            return deny(cannot_evaluate(errors));
        }
        if classes.contains(FieldClass::Narrative) && !classes.contains(FieldClass::Identity) {
            classes = classes.iter().filter(|class| *class != FieldClass::Narrative).collect();
            let reason = Reason { policy: None, text: NARRATIVE_NEEDS_IDENTITY.into() };
            hidden.push(Hidden { class: FieldClass::Narrative, reasons: vec![reason] });
        }
        reasons.sort();
        reasons.dedup();
        Ok(Ruling::Permit(Arc::new(Permit {
            classes,
            needs_approval,
            reasons,
            approval,
            hidden,
        })))
    }

    fn ask(
        &self,
        principal: &EntityUid,
        action: &EntityUid,
        context: &Context,
        entities: &Entities,
    ) -> Result<Answer, PolicyError> {
        let request = Request::new(
            principal.clone(),
            action.clone(),
            self.lead.clone(),
            context.clone(),
            Some(&self.schema),
        )
        .map_err(unfit)?;
        let response = Authorizer::new().is_authorized(&request, &self.set, entities);
        let diagnostics = response.diagnostics();
        let known = |id: &PolicyId| {
            let unknown = || Reason { policy: Some(id.to_string().into()), text: "".into() };
            self.known.get(AsRef::<str>::as_ref(id)).map_or_else(unknown, |known| known.reason.clone())
        };
        let mut reasons: Vec<Reason> = diagnostics.reason().map(known).collect();
        reasons.sort();
        let errors = diagnostics.errors().map(|error| match error {
            cedar_policy::AuthorizationError::PolicyEvaluationError(error) => known(error.policy_id()),
        });
        Ok(Answer { allowed: response.decision() == Decision::Allow, reasons, errors: errors.collect() })
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
        self.questions(&principal, &LeadFacts::default(), &PartnerFacts::default())?;
        let context: Vec<_> = attributes(&PartnerFacts::default().flags(), "state", code("State", "ACTIVE")?);
        let context = Context::from_pairs(context).map_err(unfit)?;
        let views = self.actions.views.iter().map(|(_, action)| action);
        for action in views.chain([&self.actions.receive, &self.actions.release_without_approval]) {
            self.ask(&principal.uid, action, &context, &principal.entities)?;
        }
        Ok(())
    }
}

impl Actions {
    fn new() -> Result<Self, PolicyError> {
        let grantable = FIELD_CLASSES
            .iter()
            .map(|(class, _)| *class)
            .filter(|class| !matches!(class, FieldClass::General | FieldClass::Internal));
        let view = |class: FieldClass| Ok((class, uid("Action", &format!("view_{}", class.name()))?));
        Ok(Self {
            receive: uid("Action", "receive")?,
            release_without_approval: uid("Action", "release_without_approval")?,
            views: grantable.map(view).collect::<Result<_, PolicyError>>()?,
        })
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
        if policy.annotations().any(|(key, _)| !matches!(key, "id" | "reason")) {
            return Err(wrong(id, "has an annotation other than @id and @reason"));
        }
        let twice = || PolicyError::Twice { file: file.to_owned(), policy: id.to_owned() };
        let reason = Reason { policy: Some(id.into()), text: reason.into() };
        let effect = policy.effect();
        set.add(policy.new_id(PolicyId::new(id))).map_err(|_| twice())?;
        known.insert(id.to_owned(), Known { reason, file: file.to_owned(), effect });
    }
    Ok(())
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

fn uid(kind: &str, id: &str) -> Result<EntityUid, PolicyError> {
    let kind: EntityTypeName =
        kind.parse().map_err(|_| PolicyError::Unfit(format!("no entity type `{kind}`")))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn code(kind: &str, symbol: &str) -> Result<RestrictedExpression, PolicyError> {
    Ok(RestrictedExpression::new_entity_uid(uid(kind, symbol)?))
}

fn attributes<C: FromIterator<(String, RestrictedExpression)>>(
    flags: &[(&'static str, bool)],
    code_name: &str,
    code: RestrictedExpression,
) -> C {
    let flags = flags.iter().map(|(name, set)| ((*name).to_owned(), RestrictedExpression::new_bool(*set)));
    flags.chain([(code_name.to_owned(), code)]).collect()
}

fn or_nothing(reasons: Vec<Reason>) -> Vec<Reason> {
    if reasons.is_empty() { vec![Reason { policy: None, text: NOTHING_PERMITS.into() }] } else { reasons }
}

fn cannot_evaluate(mut reasons: Vec<Reason>) -> Denial {
    reasons.sort();
    reasons.dedup();
    reasons.push(Reason { policy: None, text: CANNOT_EVALUATE.into() });
    Denial { reasons, alarm: true }
}

fn unfit(error: impl std::error::Error) -> PolicyError {
    PolicyError::Unfit(error.to_string())
}

/// An error with its causes, in one text.
fn explained(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}
