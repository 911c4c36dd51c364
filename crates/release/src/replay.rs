//! What other policies would have made of what was decided: the ledger, ruled twice.
//!
//! A decision holds all that policies saw, so it can be ruled again without the lead. What counts is the
//! newest ruling on each lead and partner: what was decided before is no more.
//!
//! Absent: what depends on more than policies. Coverage, officers and partners' answers stay as they were.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use lead::code::{MessageKind, MessageStatus};
use lead::decision::{LeadFacts, Outcome, OutcomeCode, PartnerFacts};
use lead::{ClassSet, Decision, FieldClass, LeadId, MatterId};

use crate::decide::Release;
use crate::form::Granted;
use crate::partner::Partner;
use crate::ruling::Ruling;

/// A lead, in the domain that it is decided in.
pub type LeadOfLedger = (MessageStatus, LeadId);

/// How a class is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// The value itself.
    Shown,
    /// A coarser form of it.
    Outlined,
    /// A token in place of it.
    Linked,
}

/// A class, and how it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exposure {
    /// How.
    pub how: How,
    /// The class.
    pub class: FieldClass,
}

/// What a partner may have of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entitlement {
    receives: bool,
    granted: Granted,
    /// Whether a person must read it first.
    held: bool,
}

impl Entitlement {
    const NOTHING: Self = Self { receives: false, granted: Granted::NOTHING, held: false };

    /// By a ruling.
    pub fn by(ruling: &Ruling) -> Self {
        ruling.permit().map_or(Self::NOTHING, |permit| Self {
            receives: true,
            granted: permit.granted(),
            held: permit.needs_approval,
        })
    }

    /// As a decision recorded it. Whether a copy that is out needed an officer is no more to be seen: it had one.
    fn recorded(outcome: &Outcome) -> Self {
        let has = match outcome.outcome {
            OutcomeCode::Withheld | OutcomeCode::Passing => false,
            OutcomeCode::Delivered => outcome.action != Some(MessageKind::Cancel),
            OutcomeCode::Held | OutcomeCode::Covered => true,
            OutcomeCode::Undeliverable | OutcomeCode::Unchanged => !outcome.classes.is_empty(),
        };
        if !has {
            return Self::NOTHING;
        }
        let class = |name: &String| FieldClass::from_name(name);
        let forms = |forms: &[lead::decision::FormClass]| -> ClassSet {
            forms.iter().filter_map(|form| class(&form.class)).collect()
        };
        Self {
            receives: true,
            granted: Granted {
                view: outcome.classes.iter().filter_map(class).collect(),
                outlines: forms(&outcome.outlines),
                links: forms(&outcome.tokens),
            },
            held: outcome.outcome == OutcomeCode::Held,
        }
    }

    fn exposures(&self) -> BTreeSet<Exposure> {
        let of = |how, classes: ClassSet| classes.iter().map(move |class| Exposure { how, class });
        let Granted { view, outlines, links } = self.granted;
        of(How::Shown, view).chain(of(How::Outlined, outlines)).chain(of(How::Linked, links)).collect()
    }
}

/// What differs for one partner and one lead.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Difference {
    /// It would receive the lead, and does not.
    pub released: bool,
    /// It would not receive it, and does.
    pub withheld: bool,
    /// A person would have to read it first.
    pub newly_held: bool,
    /// No person would.
    pub no_longer_held: bool,
    /// Classes that it would be given, and is not.
    pub exposed: BTreeSet<Exposure>,
    /// Classes that it is given, and would not be.
    pub hidden: BTreeSet<Exposure>,
}

impl Difference {
    /// What differs; `None` if nothing does.
    pub fn between(old: &Entitlement, new: &Entitlement) -> Option<Self> {
        let (before, after) = (old.exposures(), new.exposures());
        let both = old.receives && new.receives;
        (old != new).then(|| Self {
            released: !old.receives && new.receives,
            withheld: old.receives && !new.receives,
            newly_held: both && !old.held && new.held,
            no_longer_held: both && old.held && !new.held,
            exposed: after.difference(&before).copied().collect(),
            hidden: before.difference(&after).copied().collect(),
        })
    }
}

/// What every lead of a ledger would become: fed with decisions in their order.
pub struct Replay<'r> {
    old: Option<&'r Release>,
    new: &'r Release,
    known: HashMap<(usize, LeadFacts, PartnerFacts), Option<Arc<Difference>>>,
    leads: BTreeMap<LeadOfLedger, Touched>,
    /// Rulings that were made again.
    pub rulings: u64,
    /// Outcomes of partners who are configured no more.
    pub strangers: u64,
}

/// A lead for which something differs.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// Its home matter.
    pub matter: MatterId,
    /// The partners for whom it differs.
    pub partners: BTreeMap<String, Arc<Difference>>,
}

impl<'r> Replay<'r> {
    /// Compares two sets of policies. Both have the same partners.
    pub fn between(old: &'r Release, new: &'r Release) -> Self {
        Self { old: Some(old), ..Self::against(new) }
    }

    /// Compares what was decided with what these policies would make of it.
    pub fn against(new: &'r Release) -> Self {
        Self { old: None, new, known: HashMap::new(), leads: BTreeMap::new(), rulings: 0, strangers: 0 }
    }

    /// Takes a decision.
    pub fn take(&mut self, decision: &Decision) {
        let key = (decision.domain, decision.lead_id);
        if decision.is_of_a_mark() {
            return;
        }
        if decision.ends_the_lead() {
            self.leads.remove(&key);
            return;
        }
        for outcome in &decision.outcomes {
            if outcome.is_ruling() {
                self.rule(decision, outcome);
            }
        }
        for group in decision.grouped.iter().filter(|group| group.outcome != OutcomeCode::Unchanged) {
            for partner in &group.partners {
                let outcome = Outcome {
                    partner: partner.clone(),
                    outcome: group.outcome,
                    facts: group.facts,
                    ..Outcome::default()
                };
                self.rule(decision, &outcome);
            }
        }
    }

    fn rule(&mut self, decision: &Decision, outcome: &Outcome) {
        let Some(partner) = self.new.partners().get(&outcome.partner) else {
            self.strangers += 1;
            return;
        };
        self.rulings += 1;
        let key = (decision.domain, decision.lead_id);
        let difference = self.difference(&decision.facts, partner, outcome);
        match difference {
            Some(difference) => {
                let touched = self.leads.entry(key).or_default();
                touched.matter = decision.matter_id;
                touched.partners.insert(partner.id.clone(), difference);
            }
            None => {
                if let Some(touched) = self.leads.get_mut(&key) {
                    touched.partners.remove(&partner.id);
                    if touched.partners.is_empty() {
                        self.leads.remove(&key);
                    }
                }
            }
        }
    }

    fn difference(
        &mut self,
        lead: &LeadFacts,
        partner: &Partner,
        outcome: &Outcome,
    ) -> Option<Arc<Difference>> {
        let new = |facts: &PartnerFacts| Entitlement::by(&self.new.rule_facts(lead, partner, facts));
        let Some(old) = self.old else {
            let mut now = new(&outcome.facts);
            let before = Entitlement::recorded(outcome);
            // A copy that is out was read if it had to be.
            now.held &= before.held || !before.receives;
            return Difference::between(&before, &now).map(Arc::new);
        };
        let known = self.known.get(&(partner.position, *lead, outcome.facts));
        if let Some(known) = known {
            return known.clone();
        }
        let before = Entitlement::by(&old.rule_facts(lead, partner, &outcome.facts));
        let difference = Difference::between(&before, &new(&outcome.facts)).map(Arc::new);
        self.known.insert((partner.position, *lead, outcome.facts), difference.clone());
        difference
    }

    /// Leads for which something differs.
    pub fn leads(&self) -> &BTreeMap<LeadOfLedger, Touched> {
        &self.leads
    }
}
