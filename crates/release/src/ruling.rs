//! What policies say of one lead and one partner.

use std::ops::Deref;
use std::sync::Arc;

use lead::ClassSet;
use lead::decision::{FormClass, HiddenClass, LeadFacts, Outcome, OutcomeCode, PartnerFacts, PolicyReason};
use lead::value::Micros;

use crate::form::Granted;
use crate::partner::Partner;

/// A policy that matched, or a reason that is no policy's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The identifier of the policy.
    pub policy: Option<Arc<str>>,
    /// Its reason, as its author wrote it.
    pub text: Arc<str>,
}

/// A class that a permit does not grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The class.
    pub class: lead::FieldClass,
    /// The policies that forbid it; none when nothing grants it.
    pub reasons: Vec<Reason>,
    /// The policies that grant it and are overruled.
    pub overruled: Vec<Reason>,
}

/// A class of which a permit grants a form: coarser, or as a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The class.
    pub class: lead::FieldClass,
    /// The policies that permit it.
    pub reasons: Vec<Reason>,
}

/// The partner may have a copy. It reads as the [`Grant`] in it.
///
/// INVARIANT: only policies make one. It is for one partner and one set of facts, and cannot be
/// changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    grant: Arc<Grant>,
    partner: Arc<str>,
    lead: LeadFacts,
}

impl Permit {
    pub(crate) fn new(grant: &Arc<Grant>, partner: &Arc<str>, lead: &LeadFacts) -> Self {
        Self { grant: Arc::clone(grant), partner: Arc::clone(partner), lead: *lead }
    }

    /// What it grants, in each way.
    pub(crate) fn granted(&self) -> Granted {
        let classes = |forms: &[Form]| forms.iter().map(|form| form.class).collect();
        Granted {
            view: self.grant.classes,
            outlines: classes(&self.grant.outlines),
            links: classes(&self.grant.links),
        }
    }

    /// Whether it was given for this partner, and for what policies see of this lead.
    pub(crate) fn is_for(&self, partner: &Partner, lead: &LeadFacts) -> bool {
        *self.partner == *partner.id && self.lead == *lead
    }
}

impl Deref for Permit {
    type Target = Grant;

    fn deref(&self) -> &Grant {
        &self.grant
    }
}

/// What a permit grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What the copy may show: the general class always, the internal class never.
    pub classes: ClassSet,
    /// Whether a person has to approve it first: the copy is held.
    pub needs_approval: bool,
    /// The policies that permit, in the order of their identifiers.
    pub reasons: Vec<Reason>,
    /// Why a person has to approve it.
    pub approval: Vec<Reason>,
    /// How many different officers have to; 0 when none has.
    pub officers: u8,
    /// What the copy may not show.
    pub hidden: Vec<Hidden>,
    /// What it may give in a coarser form where it may not show it.
    pub outlines: Vec<Form>,
    /// What it may give as a token where it may not show it.
    pub links: Vec<Form>,
}

/// The partner may not have a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Every policy that forbids it, or the reason that nothing permits it.
    pub reasons: Vec<Reason>,
    /// The policies that permit it and are overruled.
    pub overruled: Vec<Reason>,
    /// A policy could not be evaluated (PL-10): somebody must look at it.
    pub alarm: bool,
}

/// What stands in the way for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassingReason {
    /// The partner is suspended.
    Suspended,
    /// The partner is not in service yet.
    NotYetActive,
    /// The agreement that would permit it begins later.
    AgreementNotYetInForce,
}

impl PassingReason {
    /// Its words in a decision.
    pub fn text(self) -> &'static str {
        match self {
            Self::Suspended => "would be permitted if the partner were not suspended",
            Self::NotYetActive => "would be permitted if the partner were in service",
            Self::AgreementNotYetInForce => "would be permitted under an agreement that is not yet in force",
        }
    }
}

/// Denied now, permitted once something has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// What stands in the way.
    pub reason: PassingReason,
    /// When it passes, if that is known; otherwise when the partner changes.
    pub until: Option<Micros>,
    /// Why it is denied now.
    pub denial: Arc<Denial>,
}

/// What policies say of one lead and one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// The partner may have a copy with these classes.
    Permit(Arc<Permit>),
    /// It may not.
    Deny(Arc<Denial>),
    /// It may not now; to be decided again when the reason has passed.
    Passing(Passing),
}

impl Ruling {
    /// The permit, if it is one.
    pub fn permit(&self) -> Option<&Permit> {
        match self {
            Self::Permit(permit) => Some(permit),
            Self::Deny(_) | Self::Passing(_) => None,
        }
    }

    /// Whether a policy could not be evaluated.
    pub fn alarm(&self) -> bool {
        match self {
            Self::Permit(_) => false,
            Self::Deny(denial) => denial.alarm,
            Self::Passing(passing) => passing.denial.alarm,
        }
    }
}

/// A ruling with what it was made from.
#[derive(Clone, PartialEq)]
pub struct Ruled {
    /// The ruling.
    pub ruling: Ruling,
    /// What policies saw of the partner.
    pub facts: PartnerFacts,
    /// When this lead has to be decided again for this partner because a date passes.
    pub until: Option<Micros>,
}

impl Ruled {
    /// An outcome for a decision with everything that the ruling knows: partner, classes, policies,
    /// reasons, facts. Its code is `DELIVERED`, `HELD`, `WITHHELD` or `PASSING`; whoever keeps
    /// the state of copies changes that to `COVERED`, `UNCHANGED`, ... and adds action, alias and
    /// revision.
    pub fn outcome(&self, partner: &Partner) -> Outcome {
        let mut outcome = Outcome {
            partner: partner.id.clone(),
            facts: self.facts,
            until: self.until,
            ..Outcome::default()
        };
        match &self.ruling {
            Ruling::Permit(permit) => {
                outcome.outcome =
                    if permit.needs_approval { OutcomeCode::Held } else { OutcomeCode::Delivered };
                outcome.classes = permit.classes.iter().map(|class| class.name().to_owned()).collect();
                outcome.hidden = permit.hidden.iter().map(hidden_class).collect();
                outcome.outlines = permit.outlines.iter().map(form_class).collect();
                outcome.tokens = permit.links.iter().map(form_class).collect();
                add(&mut outcome, &permit.reasons);
                add(&mut outcome, &permit.approval);
            }
            Ruling::Deny(denial) => {
                outcome.outcome = OutcomeCode::Withheld;
                deny(&mut outcome, denial);
            }
            Ruling::Passing(passing) => {
                outcome.outcome = OutcomeCode::Passing;
                deny(&mut outcome, &passing.denial);
                outcome.reasons.push(passing.reason.text().to_owned());
            }
        }
        outcome
    }
}

fn hidden_class(hidden: &Hidden) -> HiddenClass {
    HiddenClass {
        class: hidden.class.name().to_owned(),
        policies: policies(&hidden.reasons),
        reasons: hidden.reasons.iter().map(|reason| reason.text.to_string()).collect(),
        overruled: overruled(&hidden.overruled),
    }
}

fn form_class(form: &Form) -> FormClass {
    FormClass { class: form.class.name().to_owned(), policies: policies(&form.reasons) }
}

fn policies(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().filter_map(|reason| reason.policy.as_deref()).map(str::to_owned).collect()
}

fn overruled(reasons: &[Reason]) -> Vec<PolicyReason> {
    let of = |reason: &Reason| {
        let policy = reason.policy.as_deref()?.to_owned();
        Some(PolicyReason { policy, reason: reason.text.to_string() })
    };
    reasons.iter().filter_map(of).collect()
}

fn deny(outcome: &mut Outcome, denial: &Denial) {
    add(outcome, &denial.reasons);
    outcome.overruled = overruled(&denial.overruled);
}

fn add(outcome: &mut Outcome, reasons: &[Reason]) {
    outcome.policies.extend(reasons.iter().filter_map(|r| r.policy.as_deref()).map(str::to_owned));
    outcome.reasons.extend(reasons.iter().map(|reason| reason.text.to_string()));
}
