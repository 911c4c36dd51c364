//! A situation against a claim, told as a lead and a partner.
//!
//! The solver's own is arbitrary. What is told is the least one: fact by fact, in the order of the words, a flag is not
//! set and a code is the plainest, if any situation against the claim is so. It depends on policies and claim alone. Of it
//! is told without what the claim would not speak of it, or nothing would permit it. That no hard stop applies is said once.

use std::collections::BTreeMap;

use cedar_policy::Policy;

use crate::proof::{ANY_GRANT, Question};
use crate::rules::{Rules, collected};
use crate::situation::Situation;
use crate::solver::{NoAnswer, Solver};
use crate::space::Owner;
use crate::words;

/// A lead and a partner for which a claim does not hold.
#[derive(Debug)]
pub struct Counterexample {
    /// What happens, in words.
    pub happens: String,
    /// The action.
    pub action: String,
    /// Of what the claim speaks, or because of what it is permitted: of the lead, in words.
    pub lead: Vec<String>,
    /// Of the partner.
    pub partner: Vec<String>,
    /// Of how the two stand to each other.
    pub now: Vec<String>,
    /// The policies that allow it, with their reasons.
    pub by: Vec<(String, String)>,
    /// Every fact, as policies name it, those that keep hard stops from applying among them.
    pub facts: BTreeMap<String, String>,
}

impl Counterexample {
    pub(crate) fn of_release(
        rules: &Rules,
        question: &Question,
        found: Situation,
        solver: &mut Solver,
    ) -> Result<Self, NoAnswer> {
        let least = least(rules, question, found, solver)?;
        let set = question.spoken_of();
        let matters = matters(rules, &least, |other| other.is_allowed(rules, &question.action, &set));
        let mut told = told(rules, &least, &matters);
        told.happens = words::happens(&question.action);
        told.action.clone_from(&question.action);
        told.now.push("no hard stop applies".to_owned());
        let by = least.reasons(rules, &question.action, &question.policies);
        told.by = by.into_iter().map(|id| (id.clone(), reason(rules, &id))).collect();
        Ok(told)
    }

    pub(crate) fn of_error(rules: &Rules, policy: &Policy, action: &str, found: Situation) -> Self {
        let alone = collected([policy.clone()]);
        let fails = |other: &Situation| other.fails(rules, action, &alone);
        let mut least = found;
        for (place, fact) in rules.space.facts.iter().enumerate() {
            let better = (0..fact.values()).map(|value| least.with(place, value)).find(fails);
            least = better.unwrap_or(least);
        }
        let matters = matters(rules, &least, fails);
        let mut told = told(rules, &least, &matters);
        let id = policy.id().to_string();
        told.happens = format!("policy {id} cannot be evaluated");
        action.clone_into(&mut told.action);
        told.by = vec![(id.clone(), reason(rules, &id))];
        told
    }
}

fn reason(rules: &Rules, id: &str) -> String {
    if id == ANY_GRANT { "somebody may grant it".to_owned() } else { rules.reason(id).to_owned() }
}

/// INVARIANT: the facts before `place` are the least that any situation against the claim has, in this order.
fn least(
    rules: &Rules,
    question: &Question,
    found: Situation,
    solver: &mut Solver,
) -> Result<Situation, NoAnswer> {
    let against = question.against();
    let mut least = found;
    let mut settled: Vec<String> = Vec::new();
    for (place, fact) in rules.space.facts.iter().enumerate() {
        let now = least.values.get(place).copied().unwrap_or_default();
        for value in 0..now {
            // Most are right at the first try, without the solver.
            let tried = least.with(place, value);
            if tried.is_allowed(rules, &question.action, &against) {
                least = tried;
                break;
            }
            settled.push(fact.is(value));
            let better = question.find(rules, solver, &settled)?;
            settled.pop();
            if let Some(better) = better {
                least = better;
                break;
            }
        }
        settled.push(fact.is(least.values.get(place).copied().unwrap_or_default()));
    }
    Ok(least)
}

/// The facts without which, each by itself, the situation would not be against the claim.
fn matters(rules: &Rules, least: &Situation, is_against: impl Fn(&Situation) -> bool) -> Vec<bool> {
    let facts = rules.space.facts.iter().enumerate().zip(&least.values);
    facts
        .map(|((place, fact), now)| {
            let mut others = (0..fact.values()).filter(|value| value != now);
            others.any(|value| !is_against(&least.with(place, value)))
        })
        .collect()
}

fn told(rules: &Rules, least: &Situation, matters: &[bool]) -> Counterexample {
    let mut told = Counterexample {
        happens: String::new(),
        action: String::new(),
        lead: Vec::new(),
        partner: Vec::new(),
        now: Vec::new(),
        by: Vec::new(),
        facts: BTreeMap::new(),
    };
    if rules.names(&least.partner) {
        told.partner.push(format!("is `{}`", least.partner.id().unescaped()));
    }
    for ((fact, value), matters) in rules.space.facts.iter().zip(&least.values).zip(matters) {
        let name = format!("{}.{}", fact.owner.variable(), fact.name);
        let plain =
            if fact.codes.is_some() { fact.symbol(*value).to_owned() } else { (*value == 1).to_string() };
        told.facts.insert(name, plain);
        if *matters {
            let of = match fact.owner {
                Owner::Lead => &mut told.lead,
                Owner::Partner => &mut told.partner,
                Owner::Now => &mut told.now,
            };
            of.push(words::say(fact, *value));
        }
    }
    told
}
