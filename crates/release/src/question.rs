//! The questions that are put to policies, and what follows from the answers.
//!
//! Two ways lead to the same answer. [`Policies::evaluate`] puts each question to the whole set, as
//! Cedar does it. [`Policies::evaluate_remembering`] remembers for each policy whether it matched the
//! facts that it reads, and puts matches together by Cedar's rule: a matching `forbid` denies, else a
//! matching `permit` allows, else nothing does. A property test holds both equal.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use cedar_policy::{
    ActionConstraint, AuthorizationError, Authorizer, Context, Decision, Effect, Entities, Entity, EntityId,
    EntityTypeName, EntityUid, PolicyId, PolicySet, Request, Response, RestrictedExpression,
};
use lead::class::FIELD_CLASSES;
use lead::decision::{LeadFacts, PartnerFacts};
use lead::{ClassSet, FieldClass};

use crate::memo::Memo;
use crate::policy::{Known, Policies, PolicyError};
use crate::principal::Principal;
use crate::reads::Facts;
use crate::ruling::{Denial, Form, Grant, Hidden, Reason, Ruling};

/// The reason when no policy matched.
pub const NOTHING_PERMITS: &str = "no policy permits it";
const CANNOT_EVALUATE: &str = "a policy cannot be evaluated, so nothing is released";
const NARRATIVE_NEEDS_IDENTITY: &str = "free text needs the identity class: it may name anybody";

/// Classes of values that have a coarser form, and of those whom they are about.
const OUTLINED: [FieldClass; 10] = [
    FieldClass::Identity,
    FieldClass::Location,
    FieldClass::Financial,
    FieldClass::DeviceNetwork,
    FieldClass::Subject,
    FieldClass::Victim,
    FieldClass::Minor,
    FieldClass::Reporter,
    FieldClass::Witness,
    FieldClass::OtherPerson,
];

/// Classes of identifiers that have a token, and of those whom they are about.
const LINKED: [FieldClass; 11] = [
    FieldClass::Identity,
    FieldClass::Contact,
    FieldClass::Account,
    FieldClass::Financial,
    FieldClass::DeviceNetwork,
    FieldClass::Subject,
    FieldClass::Victim,
    FieldClass::Minor,
    FieldClass::Reporter,
    FieldClass::Witness,
    FieldClass::OtherPerson,
];

/// A question: one action, and the policies that can matter for it.
pub(crate) struct Question {
    pub(crate) number: u32,
    action: EntityUid,
    policies: Vec<String>,
}

/// Every question.
pub(crate) struct Questions {
    receive: Question,
    release_without_approval: Question,
    views: Vec<(FieldClass, Question)>,
    outlines: Vec<(FieldClass, Question)>,
    links: Vec<(FieldClass, Question)>,
}

/// Who asks about what, in Cedar's terms.
pub(crate) struct Asked {
    principal: EntityUid,
    lead: EntityUid,
    context: Context,
    entities: Entities,
}

/// One answer.
pub(crate) struct Answer {
    allowed: bool,
    /// What decided: every `forbid` that matched, or else every `permit`.
    reasons: Vec<Reason>,
    /// Every `permit` that matched where a `forbid` did.
    overruled: Vec<Reason>,
    errors: Vec<Reason>,
}

/// What policies say, of whomever they cannot tell apart.
#[derive(Clone)]
pub(crate) enum Said {
    Deny(Arc<Denial>),
    Grant(Arc<Grant>),
}

/// What policies say beyond who receives a copy.
pub(crate) struct Rest {
    errors: Vec<Reason>,
    needs_approval: bool,
    officers: u8,
    reasons: Vec<Reason>,
    approval: Vec<Reason>,
    classes: ClassSet,
    hidden: Vec<Hidden>,
    outlines: Vec<Form>,
    links: Vec<Form>,
}

/// Whether a policy matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    Yes,
    No,
    Error,
}

impl Questions {
    pub(crate) fn new(set: &PolicySet) -> Result<Self, PolicyError> {
        let mut number = 0;
        let mut question = |action: &str| {
            number += 1;
            let action = uid("Action", action)?;
            Ok(Question { number, policies: policies_of(set, &action), action })
        };
        let grantable: Vec<FieldClass> = FIELD_CLASSES
            .iter()
            .map(|(class, _)| *class)
            .filter(|class| !matches!(class, FieldClass::General | FieldClass::Internal))
            .collect();
        let receive = question("receive")?;
        let release_without_approval = question("release_without_approval")?;
        let mut each = |verb: &str, classes: &[FieldClass]| {
            let asked = classes.iter().map(|class| {
                let action = format!("{verb}_{}", class.name());
                Ok((*class, question(&action)?))
            });
            asked.collect::<Result<Vec<_>, PolicyError>>()
        };
        Ok(Self {
            receive,
            release_without_approval,
            views: each("view", &grantable)?,
            outlines: each("outline", &OUTLINED)?,
            links: each("link", &LINKED)?,
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Question> {
        std::iter::once(&self.receive).chain(self.but_receive())
    }

    fn but_receive(&self) -> impl Iterator<Item = &Question> {
        let of_classes = self.views.iter().chain(&self.outlines).chain(&self.links);
        std::iter::once(&self.release_without_approval).chain(of_classes.map(|(_, question)| question))
    }

    /// The policies that can matter for anything but who receives a copy.
    pub(crate) fn of_rest(&self) -> impl Iterator<Item = &str> {
        self.but_receive().flat_map(|question| &question.policies).map(String::as_str)
    }
}

/// The policies whose scope can hold this action. One that names a group of actions is kept: Cedar
/// says whether it matches.
fn policies_of(set: &PolicySet, action: &EntityUid) -> Vec<String> {
    let plain = |uid: &EntityUid| {
        let id = uid.id().unescaped();
        let of_class = ["view_", "outline_", "link_"].iter().any(|verb| id.starts_with(verb));
        id == "receive" || id == "release_without_approval" || of_class
    };
    let matters = |constraint: ActionConstraint| match constraint {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(only) => only == *action,
        ActionConstraint::In(any) => any.iter().any(|one| one == action || !plain(one)),
    };
    let mut policies: Vec<String> = set
        .policies()
        .filter(|policy| matters(policy.action_constraint()))
        .map(|policy| policy.id().to_string())
        .collect();
    policies.sort();
    policies
}

impl Asked {
    pub(crate) fn new(
        policies: &Policies,
        principal: &Principal,
        lead: &LeadFacts,
        partner: &PartnerFacts,
    ) -> Result<Self, PolicyError> {
        let uid = uid("Lead", "lead")?;
        let attributes = attributes_of(&lead.flags(), "tlp", code("Tlp", lead.tlp.symbol())?);
        let lead = Entity::new(uid.clone(), attributes, HashSet::new()).map_err(unfit)?;
        let context: Vec<_> =
            attributes_of(&partner.flags(), "state", code("State", partner.state.symbol())?);
        Ok(Self {
            principal: principal.uid.clone(),
            lead: uid,
            context: Context::from_pairs(context).map_err(unfit)?,
            entities: principal
                .entities
                .clone()
                .add_entities([lead], Some(&policies.schema))
                .map_err(unfit)?,
        })
    }
}

impl Policies {
    /// What policies say, each question put to the whole set. Total: what cannot be evaluated is
    /// denied with an alarm.
    pub(crate) fn evaluate(&self, principal: &Principal, lead: &LeadFacts, partner: &PartnerFacts) -> Said {
        let say = || {
            let asked = Asked::new(self, principal, lead, partner)?;
            let mut ask = |question: &Question| self.ask(question, &asked);
            match received(ask(&self.questions.receive)?) {
                Ok(reasons) => Ok(conclude(reasons, &self.rest(&mut ask)?)),
                Err(denial) => Ok(Said::Deny(Arc::new(denial))),
            }
        };
        say().unwrap_or_else(|_: PolicyError| refused())
    }

    /// The same, from what each policy was found to match before.
    pub(crate) fn evaluate_remembering(
        &self,
        principal: &Principal,
        lead: &LeadFacts,
        partner: &PartnerFacts,
        matches: &mut Memo<(usize, u32, usize, Facts), Match>,
        rests: &mut Memo<(usize, Facts), Arc<Rest>>,
    ) -> Said {
        let facts = Facts::of(lead, partner);
        let asked = OnceCell::new();
        let ask_cedar = |question: &Question, known: &Known| {
            let asked = match asked.get() {
                Some(asked) => asked,
                None => {
                    let new = Asked::new(self, principal, lead, partner)?;
                    asked.get_or_init(|| new)
                }
            };
            self.matches(question, known, asked)
        };
        let mut ask = |question: &Question| {
            let known = question.policies.iter().filter_map(|id| self.known.get(id));
            let (mut forbids, mut permits, mut errors) = (Vec::new(), Vec::new(), Vec::new());
            for (number, known) in known.enumerate() {
                let key = (principal.group, question.number, number, facts.read_by(&known.reads));
                let matched = matches.get_or_try(key, || ask_cedar(question, known))?;
                match (matched, known.effect) {
                    (Match::No, _) => {}
                    (Match::Error, _) => errors.push(known.reason.clone()),
                    (Match::Yes, Effect::Forbid) => forbids.push(known.reason.clone()),
                    (Match::Yes, Effect::Permit) => permits.push(known.reason.clone()),
                }
            }
            let allowed = forbids.is_empty() && !permits.is_empty();
            let (reasons, overruled) =
                if forbids.is_empty() { (permits, forbids) } else { (forbids, permits) };
            Ok(Answer { allowed, reasons, overruled, errors })
        };
        let mut say = || match received(ask(&self.questions.receive)?) {
            Ok(reasons) => {
                let key = (principal.group, facts.read_by(&self.reads_of_rest));
                let rest = rests.get_or_try(key, || self.rest(&mut ask).map(Arc::new))?;
                Ok(conclude(reasons, &rest))
            }
            Err(denial) => Ok(Said::Deny(Arc::new(denial))),
        };
        say().unwrap_or_else(|_: PolicyError| refused())
    }

    /// Puts every question but who receives a copy.
    fn rest(
        &self,
        ask: &mut impl FnMut(&Question) -> Result<Answer, PolicyError>,
    ) -> Result<Rest, PolicyError> {
        let approval = ask(&self.questions.release_without_approval)?;
        let mut errors = approval.errors;
        let needs_approval = !approval.allowed;
        let asked = |reason: &Reason| self.known.get(reason.policy.as_deref()?).map(|known| known.officers);
        let officers = approval.reasons.iter().filter_map(asked).max().unwrap_or(1);
        let officers = if needs_approval { officers } else { 0 };
        let (mut reasons, approval) = match approval.allowed {
            true => (approval.reasons, Vec::new()),
            false => (Vec::new(), or_nothing(approval.reasons)),
        };
        let mut classes = ClassSet::of(FieldClass::General);
        let mut hidden = Vec::new();
        for (class, question) in &self.questions.views {
            let view = ask(question)?;
            errors.extend(view.errors);
            if view.allowed {
                classes = classes.with(*class);
                reasons.extend(view.reasons);
            } else {
                hidden.push(Hidden { class: *class, reasons: view.reasons, overruled: view.overruled });
            }
        }
        let mut forms = |questions: &[(FieldClass, Question)]| {
            let mut granted = Vec::new();
            for (class, question) in questions {
                let form = ask(question)?;
                errors.extend(form.errors);
                if form.allowed {
                    granted.push(Form { class: *class, reasons: form.reasons });
                }
            }
            Ok::<_, PolicyError>(granted)
        };
        let (outlines, links) = (forms(&self.questions.outlines)?, forms(&self.questions.links)?);
        if classes.contains(FieldClass::Narrative) && !classes.contains(FieldClass::Identity) {
            classes = classes.iter().filter(|class| *class != FieldClass::Narrative).collect();
            let reason = Reason { policy: None, text: NARRATIVE_NEEDS_IDENTITY.into() };
            let reasons = vec![reason];
            hidden.push(Hidden { class: FieldClass::Narrative, reasons, overruled: Vec::new() });
        }
        Ok(Rest { errors, needs_approval, officers, reasons, approval, classes, hidden, outlines, links })
    }

    /// Puts one question to the whole set.
    pub(crate) fn ask(&self, question: &Question, asked: &Asked) -> Result<Answer, PolicyError> {
        let response = self.authorize(question, asked, &self.set)?;
        let known = |id: &PolicyId| {
            let unknown = || Reason { policy: Some(id.to_string().into()), text: "".into() };
            self.known.get(AsRef::<str>::as_ref(id)).map_or_else(unknown, |known| known.reason.clone())
        };
        let mut reasons: Vec<Reason> = response.diagnostics().reason().map(known).collect();
        reasons.sort();
        let errors = response.diagnostics().errors().map(|error| match error {
            AuthorizationError::PolicyEvaluationError(error) => known(error.policy_id()),
        });
        let (allowed, errors) = (response.decision() == Decision::Allow, errors.collect());
        // Cedar names what decided, and that is a permit where it allows.
        let overruled =
            if allowed || reasons.is_empty() { Vec::new() } else { self.permits(question, asked)? };
        Ok(Answer { allowed, reasons, overruled, errors })
    }

    /// Every `permit` that matches, whatever forbids.
    fn permits(&self, question: &Question, asked: &Asked) -> Result<Vec<Reason>, PolicyError> {
        let known = question.policies.iter().filter_map(|id| self.known.get(id));
        let mut reasons = Vec::new();
        for known in known.filter(|known| known.effect == Effect::Permit) {
            if self.matches(question, known, asked)? == Match::Yes {
                reasons.push(known.reason.clone());
            }
        }
        Ok(reasons)
    }

    /// Puts one question to one policy.
    fn matches(&self, question: &Question, known: &Known, asked: &Asked) -> Result<Match, PolicyError> {
        let response = self.authorize(question, asked, &known.alone)?;
        Ok(if response.diagnostics().errors().next().is_some() {
            Match::Error
        } else if response.diagnostics().reason().next().is_some() {
            Match::Yes
        } else {
            Match::No
        })
    }

    fn authorize(
        &self,
        question: &Question,
        asked: &Asked,
        set: &PolicySet,
    ) -> Result<Response, PolicyError> {
        let request = Request::new(
            asked.principal.clone(),
            question.action.clone(),
            asked.lead.clone(),
            asked.context.clone(),
            Some(&self.schema),
        )
        .map_err(unfit)?;
        Ok(Authorizer::new().is_authorized(&request, set, &asked.entities))
    }
}

/// Why a partner may have a copy, or why not.
fn received(receive: Answer) -> Result<Vec<Reason>, Denial> {
    if !receive.errors.is_empty() {
        return Err(cannot_evaluate(receive.errors));
    }
    if !receive.allowed {
        let Answer { reasons, overruled, .. } = receive;
        return Err(Denial { reasons: or_nothing(reasons), overruled, alarm: false });
    }
    Ok(receive.reasons)
}

/// What follows for a partner that receives a copy.
fn conclude(mut reasons: Vec<Reason>, rest: &Rest) -> Said {
    // PL-10: one error anywhere is enough.
    if !rest.errors.is_empty() {
        return Said::Deny(Arc::new(cannot_evaluate(rest.errors.clone())));
    }
    reasons.extend(rest.reasons.iter().cloned());
    reasons.sort();
    reasons.dedup();
    Said::Grant(Arc::new(Grant {
        classes: rest.classes,
        needs_approval: rest.needs_approval,
        reasons,
        approval: rest.approval.clone(),
        officers: rest.officers,
        hidden: rest.hidden.clone(),
        outlines: rest.outlines.clone(),
        links: rest.links.clone(),
    }))
}

/// What is said when nothing can be evaluated.
fn refused() -> Said {
    Said::Deny(Arc::new(cannot_evaluate(Vec::new())))
}

/// The ruling on whom nobody knows.
pub(crate) fn refusal() -> Ruling {
    Ruling::Deny(Arc::new(cannot_evaluate(Vec::new())))
}

pub(crate) fn uid(kind: &str, id: &str) -> Result<EntityUid, PolicyError> {
    let kind: EntityTypeName =
        kind.parse().map_err(|_| PolicyError::Unfit(format!("no entity type `{kind}`")))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

pub(crate) fn code(kind: &str, symbol: &str) -> Result<RestrictedExpression, PolicyError> {
    Ok(RestrictedExpression::new_entity_uid(uid(kind, symbol)?))
}

pub(crate) fn attributes_of<C: FromIterator<(String, RestrictedExpression)>>(
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
    Denial { reasons, overruled: Vec::new(), alarm: true }
}

pub(crate) fn unfit(error: impl std::error::Error) -> PolicyError {
    PolicyError::Unfit(error.to_string())
}

#[cfg(test)]
mod tests;
