//! The solver cvc5, in a process of its own.

use std::time::Duration;

use cedar_policy::{Policy, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet, Env};
use tokio::runtime::{Builder, Runtime};

use crate::error::Error;

/// A running cvc5.
pub struct Solver {
    runtime: Runtime,
    compiler: CedarSymCompiler<LocalSolver>,
    limit: Duration,
}

/// Why the solver gave no answer, in words.
pub(crate) struct NoAnswer(pub(crate) String);

impl Solver {
    /// Starts cvc5, from `CVC5` or the path. It gives up on a question after `limit`.
    pub fn start(limit: Duration) -> Result<Self, Error> {
        let command = std::env::var("CVC5").unwrap_or_else(|_| "cvc5".to_owned());
        let failed = |detail: String| Error::NoSolver { command: command.clone(), detail };
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| failed(error.to_string()))?;
        let compiler = {
            let _inside = runtime.enter();
            launch(limit).map_err(|NoAnswer(why)| failed(why))?
        };
        Ok(Self { runtime, compiler, limit })
    }

    /// A situation in which these policies allow what the environment is of; `None` is proof that there is none.
    pub(crate) fn allows(
        &mut self,
        policies: &PolicySet,
        env: &RequestEnv,
        schema: &Schema,
    ) -> Result<Option<Env>, NoAnswer> {
        let compiled = CompiledPolicySet::compile(policies, env, schema);
        let compiled = compiled.map_err(|error| NoAnswer(error.to_string()))?;
        let asked = self.compiler.check_always_denies_with_counterexample_opt(&compiled);
        let answer = self.runtime.block_on(asked);
        self.heard(answer)
    }

    /// A situation in which this policy fails to be evaluated; `None` is proof that there is none.
    pub(crate) fn errs(
        &mut self,
        policy: &Policy,
        env: &RequestEnv,
        schema: &Schema,
    ) -> Result<Option<Env>, NoAnswer> {
        let compiled = CompiledPolicy::compile(policy, env, schema);
        let compiled = compiled.map_err(|error| NoAnswer(error.to_string()))?;
        let asked = self.compiler.check_never_errors_with_counterexample_opt(&compiled);
        let answer = self.runtime.block_on(asked);
        self.heard(answer)
    }

    fn heard(
        &mut self,
        answer: Result<Option<Env>, cedar_policy_symcc::err::Error>,
    ) -> Result<Option<Env>, NoAnswer> {
        answer.map_err(|error| {
            // It may have ended, or be in the middle of an answer: the next question goes to a new one.
            let _inside = self.runtime.enter();
            if let Ok(compiler) = launch(self.limit) {
                self.compiler = compiler;
            }
            let limit = self.limit.as_secs();
            match error {
                cedar_policy_symcc::err::Error::SolverUnknown => {
                    NoAnswer(format!("the solver found no answer within {limit} s"))
                }
                other => NoAnswer(other.to_string()),
            }
        })
    }
}

fn launch(limit: Duration) -> Result<CedarSymCompiler<LocalSolver>, NoAnswer> {
    let solver = LocalSolver::cvc5_with_args([format!("--tlimit-per={}", limit.as_millis())]);
    let solver = solver.map_err(|error| NoAnswer(error.to_string()))?;
    CedarSymCompiler::new(solver).map_err(|error| NoAnswer(error.to_string()))
}
