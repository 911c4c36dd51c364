//! Which claims watch over which hard stop: those that would fail without it.

use std::time::{Duration, Instant};

use crate::claims::Claims;
use crate::proof::Question;
use crate::rules::Rules;
use crate::solver::{NoAnswer, Solver};

/// A hard stop and its claims.
#[derive(Debug)]
pub struct Guard {
    /// The hard stop.
    pub policy: String,
    /// The claims that fail without it.
    pub claims: Vec<String>,
    /// Claims of which the solver did not say.
    pub undecided: Vec<String>,
    /// How long that took.
    pub took: Duration,
}

/// Takes out each hard stop in turn. One without claims could be lost, and no proof would say so.
pub fn guards(rules: &Rules, claims: &Claims, solver: &mut Solver) -> Vec<Guard> {
    let mut guards = Vec::new();
    for (policy, actions) in rules.hard_stops() {
        let start = Instant::now();
        let without = rules.without(&policy);
        let mut guard = Guard { policy, claims: Vec::new(), undecided: Vec::new(), took: Duration::ZERO };
        for claim in claims.claim.iter().filter(|claim| !claim.is_of_errors()) {
            let touched = claim.never.each().iter().filter(|action| actions.contains(action));
            let mut answers = touched.map(|action| {
                let question = Question::new(&without, &claims.assume, claim, action);
                question.find(&without, solver, &[])
            });
            match answers.find(|answer| !matches!(answer, Ok(None))) {
                None => {}
                Some(Ok(_)) => guard.claims.push(claim.id.clone()),
                Some(Err(NoAnswer(_))) => guard.undecided.push(claim.id.clone()),
            }
        }
        guard.took = start.elapsed();
        guards.push(guard);
    }
    guards
}
