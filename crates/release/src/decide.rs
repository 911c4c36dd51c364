//! The one who rules: partners, policies and keys together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lead::code::{MessageKind, MessageStatus};
use lead::decision::{LeadFacts, PartnerFacts};
use lead::value::{Country, Micros};
use lead::{Alias, DeliveryReference, Facts, Lead, LeadId, MatterId, PartnerLead, SiteKeys};

use crate::copy::{self, Copies, PartnerCopy};
use crate::facts::LeadProfile;
use crate::memo::Memory;
use crate::partner::{Partner, Partners};
use crate::policy::{Policies, PolicyError};
use crate::principal::Principal;
use crate::question::refusal;
use crate::reads::Facts as Seen;
use crate::released::{CancelReason, Released};
use crate::ruling::{Passing, Permit, Ruled, Ruling};

/// Rules and redacts for one set of partners under one set of policies. Another set needs another
/// `Release`: what it remembers is of these.
pub struct Release {
    partners: Arc<Partners>,
    policies: Arc<Policies>,
    keys: SiteKeys,
    home: Country,
    principals: Vec<Principal>,
    memo: Mutex<Memory>,
    policy_errors: AtomicU64,
    texts_withheld: AtomicU64,
}

/// What somebody must look at, counted since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alarms {
    /// Rulings that were denied because a policy could not be evaluated (PL-10).
    pub policy_errors: u64,
    /// Texts that the scan for denied values withheld (PL-9).
    pub texts_withheld: u64,
}

impl Release {
    /// Rules for these partners under these policies, as a site in the country `home`. Refuses
    /// policies that name a partner who does not exist.
    pub fn new(
        partners: Arc<Partners>,
        policies: Arc<Policies>,
        keys: SiteKeys,
        home: Country,
    ) -> Result<Self, PolicyError> {
        if let Some((policy, partner)) =
            policies.named_partners().into_iter().find(|(_, partner)| partners.get(partner).is_none())
        {
            return Err(PolicyError::UnknownPartner { policy, partner });
        }
        let mut principals = partners
            .iter()
            .map(|partner| policies.principal(partner, home))
            .collect::<Result<Vec<_>, _>>()?;
        let named: Vec<String> = policies.named_partners().into_iter().map(|(_, partner)| partner).collect();
        Principal::group(&mut principals, &named);
        Ok(Self {
            partners,
            policies,
            keys,
            home,
            principals,
            memo: Mutex::default(),
            policy_errors: AtomicU64::new(0),
            texts_withheld: AtomicU64::new(0),
        })
    }

    /// The partners.
    pub fn partners(&self) -> &Partners {
        &self.partners
    }

    /// The policies.
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Our country.
    pub fn home(&self) -> Country {
        self.home
    }

    /// The topic of a partner.
    pub fn topic(&self, partner: &Partner) -> String {
        partner.topic(self.home)
    }

    /// A partner's own name for a lead.
    pub fn alias(&self, partner: &Partner, lead: LeadId) -> Alias {
        self.keys.alias(&partner.id, lead)
    }

    /// What release needs to know of a lead; once for all partners.
    pub fn profile(&self, lead: &Lead) -> LeadProfile {
        LeadProfile::of(lead, self.home)
    }

    /// Facts of a whole lead with the classes they need: those that a permit makes visible are the
    /// facts of the copy (PL-14).
    pub fn facts(&self, lead: &Lead) -> Facts {
        copy::facts(lead, &self.keys)
    }

    /// What policies say of this lead and this partner at this time. Total and deterministic.
    pub fn rule(&self, lead: &LeadProfile, partner: &Partner, now: Micros) -> Ruled {
        let facts = lead.partner_facts(partner, now);
        let until = lead.changes_at(partner, now);
        let ruling = match self.rule_facts(&lead.facts, partner, &facts) {
            Ruling::Deny(denial) if !denial.alarm => match self.passing(lead, partner, now) {
                Some((reason, until)) => Ruling::Passing(Passing { reason, until, denial }),
                None => Ruling::Deny(denial),
            },
            ruling => ruling,
        };
        Ruled { ruling, facts, until }
    }

    /// What policies say of these facts alone: `Permit` or `Deny`. Decisions keep the facts, so that a
    /// ruling can be explained and another policy tried without the lead.
    pub fn rule_facts(&self, lead: &LeadFacts, partner: &Partner, facts: &PartnerFacts) -> Ruling {
        let Some(principal) = self.principal(partner) else { return refusal() };
        let mut memo = self.memo.lock().unwrap_or_else(PoisonError::into_inner);
        let Memory { rulings, rests, matches } = &mut *memo;
        let read = Seen::of(lead, facts).read_by(&self.policies.reads);
        let said = rulings
            .get_or_try((principal.group, read), || {
                Ok(self.policies.evaluate_remembering(principal, lead, facts, matches, rests))
            })
            .unwrap_or_else(|never: std::convert::Infallible| match never {});
        drop(memo);
        let ruling = principal.ruling(said, lead);
        if ruling.alarm() {
            self.policy_errors.fetch_add(1, Ordering::Relaxed);
        }
        ruling
    }

    /// The redacted copies of a lead, for one partner after the other.
    pub fn copies<'l>(&'l self, lead: &'l Lead) -> Copies<'l> {
        Copies::new(lead, &self.keys, self.policies.redaction(), &self.texts_withheld)
    }

    /// The redacted copy for one partner alone.
    pub fn copy(&self, lead: &Lead, partner: &Partner, permit: &Permit) -> PartnerCopy {
        self.copies(lead).of(partner, permit)
    }

    /// A copy under the partner's own name and count, ready to encode. `related` are names of other
    /// leads that this partner received: the caller answers for that.
    pub fn release(
        &self,
        copy: PartnerCopy,
        revision: i32,
        kind: MessageKind,
        related: Vec<Alias>,
        home: MatterId,
        now: Micros,
    ) -> Released {
        let alias = self.keys.alias(&copy.partner, copy.lead_id);
        let delivery = DeliveryReference { lead: copy.lead_id, matter: home, domain: copy.domain, revision };
        Released::new(PartnerLead {
            alias,
            reference: self.keys.seal(&copy.partner, &delivery),
            revision,
            message_kind: kind,
            exercise: copy.exercise,
            released_at: now,
            related,
            caveats: copy.caveats,
            cancel_reason: None,
            content: Some(copy.content),
            outlines: copy.forms.outlines,
            tokens: copy.forms.tokens,
        })
    }

    /// A withdrawal: reference and reason only. Needs no policy (PL-12).
    pub fn cancel(
        &self,
        partner: &Partner,
        delivery: DeliveryReference,
        reason: CancelReason,
        now: Micros,
    ) -> Released {
        Released::new(PartnerLead {
            alias: self.alias(partner, delivery.lead),
            reference: self.keys.seal(&partner.id, &delivery),
            revision: delivery.revision,
            message_kind: MessageKind::Cancel,
            exercise: matches!(delivery.domain, MessageStatus::Exercise | MessageStatus::Test),
            released_at: now,
            cancel_reason: Some(reason.symbol().to_owned()),
            ..PartnerLead::default()
        })
    }

    /// What somebody must look at.
    pub fn alarms(&self) -> Alarms {
        Alarms {
            policy_errors: self.policy_errors.load(Ordering::Relaxed),
            texts_withheld: self.texts_withheld.load(Ordering::Relaxed),
        }
    }

    /// The same ruling without anything remembered, each question put to the whole set: for those
    /// who doubt, and for the tests that hold both equal.
    pub fn rule_facts_afresh(&self, lead: &LeadFacts, partner: &Partner, facts: &PartnerFacts) -> Ruling {
        match self.principal(partner) {
            Some(principal) => principal.ruling(self.policies.evaluate(principal, lead, facts), lead),
            None => refusal(),
        }
    }

    /// How often a ruling was remembered, and how often it had to be made.
    pub fn memo_hits_and_misses(&self) -> (u64, u64) {
        self.memo.lock().unwrap_or_else(PoisonError::into_inner).rulings.hits_and_misses()
    }

    /// `None` for a partner of another set than ours, who would be taken for whoever has that place here.
    fn principal(&self, partner: &Partner) -> Option<&Principal> {
        self.principals.get(partner.position).filter(|principal| principal.is(partner))
    }

    /// What stands in the way for a time, if it is only that.
    fn passing(
        &self,
        lead: &LeadProfile,
        partner: &Partner,
        now: Micros,
    ) -> Option<(crate::PassingReason, Option<Micros>)> {
        let later = lead.as_if(partner, now)?;
        let ruling = self.rule_facts(&lead.facts, partner, &later.facts);
        ruling.permit().map(|_| (later.reason, later.until))
    }
}
