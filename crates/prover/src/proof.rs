//! One claim at a time: the question, the answer, and how long it took.

use std::time::{Duration, Instant};

use cedar_policy::{Effect, Policy, PolicyId, PolicySet};

use crate::claims::{Assumption, Claim, Claims};
use crate::counterexample::Counterexample;
use crate::rules::{Rules, collected};
use crate::situation::Situation;
use crate::solver::{NoAnswer, Solver};

/// The names of the two policies that a question adds. No policy can have them: they hold a space.
pub(crate) const ANY_GRANT: &str = "any grant";
const SITUATION: &str = "the situation";

/// What became of a claim.
#[derive(Debug)]
pub enum Verdict {
    /// There is no situation in which it does not hold.
    Proved,
    /// There is one.
    Refuted(Box<Counterexample>),
    /// The solver did not say.
    Undecided(String),
    /// Its condition never holds, so that it says nothing.
    Empty,
}

/// A claim with what became of it.
#[derive(Debug)]
pub struct Finding {
    /// The claim's name.
    pub id: String,
    /// The claim in words.
    pub text: String,
    /// What became of it.
    pub verdict: Verdict,
    /// How long that took.
    pub took: Duration,
}

/// Proves or refutes each claim, in the order of the file.
pub fn prove(
    rules: &Rules,
    claims: &Claims,
    solver: &mut Solver,
    mut found: impl FnMut(&Finding),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for claim in &claims.claim {
        let start = Instant::now();
        let verdict = decide(rules, &claims.assume, claim, solver);
        let (id, text) = (claim.id.clone(), claim.text.clone());
        let finding = Finding { id, text, verdict, took: start.elapsed() };
        found(&finding);
        findings.push(finding);
    }
    findings
}

fn decide(rules: &Rules, assume: &[Assumption], claim: &Claim, solver: &mut Solver) -> Verdict {
    let verdict = match claim.is_of_errors() {
        true => no_error(rules, solver),
        false => never(rules, assume, claim, solver),
    };
    verdict.unwrap_or_else(|NoAnswer(why)| Verdict::Undecided(why))
}

fn no_error(rules: &Rules, solver: &mut Solver) -> Result<Verdict, NoAnswer> {
    for env in rules.schema.request_envs() {
        for policy in rules.set.policies() {
            if let Some(found) = solver.errs(policy, &env, &rules.schema)? {
                let found = situation(&found, rules)?;
                let counterexample =
                    Counterexample::of_error(rules, policy, env.action().id().unescaped(), found);
                return Ok(Verdict::Refuted(Box::new(counterexample)));
            }
        }
    }
    Ok(Verdict::Proved)
}

fn never(
    rules: &Rules,
    assume: &[Assumption],
    claim: &Claim,
    solver: &mut Solver,
) -> Result<Verdict, NoAnswer> {
    for action in claim.never.each() {
        let question = Question::new(rules, assume, claim, action);
        if let Some(found) = question.find(rules, solver, &[])? {
            let counterexample = Counterexample::of_release(rules, &question, found, solver)?;
            return Ok(Verdict::Refuted(Box::new(counterexample)));
        }
        if !question.can_arise(rules, solver)? {
            return Ok(Verdict::Empty);
        }
    }
    Ok(Verdict::Proved)
}

/// A claim about one action: in which situations do policies allow it, that it says are none?
pub(crate) struct Question {
    pub(crate) action: String,
    /// The policies that are asked: those of the site, or its hard stops and a grant of everything.
    pub(crate) policies: PolicySet,
    assumed: Vec<String>,
    when: Vec<String>,
}

impl Question {
    pub(crate) fn new(rules: &Rules, assume: &[Assumption], claim: &Claim, action: &str) -> Self {
        let policies = if claim.whatever_is_granted {
            let forbids = rules.set.policies().filter(|policy| policy.effect() == Effect::Forbid);
            collected(forbids.cloned().chain(everything()))
        } else {
            rules.set.clone()
        };
        Self {
            action: action.to_owned(),
            policies,
            assumed: assume.iter().map(|assumption| assumption.holds.clone()).collect(),
            when: claim.when.iter().cloned().collect(),
        }
    }

    /// A situation that is against the claim, and in which these conditions hold too.
    pub(crate) fn find(
        &self,
        rules: &Rules,
        solver: &mut Solver,
        more: &[String],
    ) -> Result<Option<Situation>, NoAnswer> {
        let Some(env) = rules.environment(&self.action) else { return Ok(None) };
        let set = only_when(&self.policies, self.assumed.iter().chain(&self.when).chain(more));
        match solver.allows(&set, &env, &rules.schema)? {
            Some(found) => situation(&found, rules).map(Some),
            None => Ok(None),
        }
    }

    /// The policies, and that everything that the claim speaks of holds: what they allow is against the claim.
    pub(crate) fn against(&self) -> PolicySet {
        only_when(&self.policies, self.assumed.iter().chain(&self.when))
    }

    /// What the claim speaks of, and what permits it: no assumption, and no hard stop.
    pub(crate) fn spoken_of(&self) -> PolicySet {
        let permits = self.policies.policies().filter(|policy| policy.effect() == Effect::Permit);
        only_when(&collected(permits.cloned()), &self.when)
    }

    fn can_arise(&self, rules: &Rules, solver: &mut Solver) -> Result<bool, NoAnswer> {
        let Some(env) = rules.environment(&self.action) else { return Ok(false) };
        let set = only_when(&collected(everything()), self.assumed.iter().chain(&self.when));
        Ok(solver.allows(&set, &env, &rules.schema)?.is_some())
    }
}

/// Policies, of which nothing is left but where these conditions hold. An error in a condition would leave more, and
/// refute a claim rather than prove it.
fn only_when<'a>(policies: &PolicySet, conditions: impl IntoIterator<Item = &'a String>) -> PolicySet {
    let conditions: Vec<_> = conditions.into_iter().map(|condition| format!("({condition})")).collect();
    if conditions.is_empty() {
        return policies.clone();
    }
    let text = format!("forbid (principal, action, resource) unless {{ {} }};", conditions.join(" && "));
    let only = Policy::parse(Some(PolicyId::new(SITUATION)), text).ok();
    collected(policies.policies().cloned().chain(only))
}

/// A grant of everything to everybody.
fn everything() -> Option<Policy> {
    Policy::parse(Some(PolicyId::new(ANY_GRANT)), "permit (principal, action, resource);").ok()
}

fn situation(found: &cedar_policy_symcc::Env, rules: &Rules) -> Result<Situation, NoAnswer> {
    let untold = || NoAnswer("the solver found a situation that cannot be told in facts".to_owned());
    Situation::of(found, rules).ok_or_else(untold)
}
