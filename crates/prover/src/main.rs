//! leadshare-prove: proves what config/policies/claims.toml claims. `leadshare policy prove` calls it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use prover::{Claims, Error, Finding, Rules, Solver, Verdict};

const EXIT_CODES: &str = "\
Exit codes:
  0   every claim is proved
  1   a claim is refuted, undecided or empty; a hard stop has no claim; or cvc5 does not start
  64  the command line, the policies or the claims are wrong";

const USAGE: u8 = 64;

/// Proves claims about release policies for every lead and partner that there can be, or finds a lead and a partner for
/// which one does not hold. Needs the solver cvc5.
#[derive(Debug, Parser)]
#[command(name = "leadshare-prove", version, after_help = EXIT_CODES)]
struct Cli {
    /// Claims to prove, by id; all without any.
    claims: Vec<String>,
    /// The folder with leads.cedarschema, policies and claims.toml.
    #[arg(long, value_name = "DIR", default_value = "policies")]
    policies: PathBuf,
    /// Claims of another file.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Shows for each hard stop the claims that would fail without it.
    #[arg(long)]
    guards: bool,
    /// JSON, one document a line.
    #[arg(long)]
    json: bool,
    /// How long the solver may think about one question.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("leadshare-prove: {error}");
            if error.is_usage() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
        }
    }
}

/// Whether all is well.
fn run(cli: &Cli) -> Result<bool, Error> {
    let rules = Rules::read(&cli.policies)?;
    let path = cli.file.clone().unwrap_or_else(|| cli.policies.join("claims.toml"));
    let text = std::fs::read_to_string(&path).map_err(|error| Error::Read { path, error })?;
    let claims = Claims::parse(&text, &rules)?.only(&cli.claims)?;
    let mut solver = Solver::start(Duration::from_secs(cli.limit))?;
    let start = Instant::now();
    if cli.guards {
        let guards = prover::guards(&rules, &claims, &mut solver);
        for guard in &guards {
            say(&if cli.json { line(&prover::guard_document(guard)) } else { prover::guard_text(guard) });
        }
        return Ok(guards.iter().all(|guard| !guard.claims.is_empty() && guard.undecided.is_empty()));
    }
    let findings = prover::prove(&rules, &claims, &mut solver, |finding| {
        say(&if cli.json { line(&prover::document(finding)) } else { prover::text(finding, true) });
    });
    if !cli.json {
        say(&format!("\n{}\n", sum(&findings, start.elapsed())));
    }
    Ok(findings.iter().all(is_proved))
}

fn is_proved(finding: &Finding) -> bool {
    matches!(finding.verdict, Verdict::Proved)
}

fn sum(findings: &[Finding], took: Duration) -> String {
    let proved = findings.iter().filter(|finding| is_proved(finding)).count();
    let (all, seconds) = (findings.len(), took.as_secs_f64());
    if proved == all {
        format!("All {all} claims are proved, in {seconds:.1} s.")
    } else {
        format!("{proved} of {all} claims are proved, in {seconds:.1} s. The others are not: see above.")
    }
}

fn line(document: &serde_json::Value) -> String {
    format!("{document}\n")
}

/// Whoever went away, as `head` does, still learns the exit code.
fn say(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
