//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use lead::code::MessageStatus;

use crate::console::OutputFormat;
use crate::logging::LogFormat;
use crate::services::SERVICES;

mod ledger;
mod words;

pub(crate) use ledger::{Explain, Ledger, PolicyDiff, Report, Statistics};
pub(crate) use words::{Apply, Hold, LegalHold, Match, Officer, Recall, Release, Speaker, Word};

const EXIT_CODES: &str = "\
Exit codes:
  0   done
  1   the command failed, or found faults
  64  the command line or the configuration is wrong
  69  the broker cannot be reached
  75  the site's directory is in use and its service does not answer: try again";

/// Shares leads between agencies that fight human trafficking and child sexual exploitation: exactly
/// once, and under release policies.
#[derive(Debug, Parser)]
#[command(name = "leadshare", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// The site: the directory with leadshare.toml.
    #[arg(
        long,
        short = 'C',
        global = true,
        help_heading = "Everywhere",
        env = "LEADSHARE_DIR",
        default_value = ".",
        hide_env_values = true
    )]
    pub(crate) dir: PathBuf,

    /// Overrides one key of leadshare.toml, such as http.listen=127.0.0.1:9465. May be repeated.
    #[arg(long = "set", global = true, help_heading = "Everywhere", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,

    /// For whom output is written.
    #[arg(
        long,
        global = true,
        help_heading = "Everywhere",
        value_enum,
        default_value = "human",
        env = "LEADSHARE_OUTPUT",
        hide_env_values = true
    )]
    pub(crate) output: OutputFormat,

    /// What is logged, to stderr: a level, or target=level pairs.
    #[arg(
        long,
        global = true,
        help_heading = "Everywhere",
        value_name = "FILTER",
        env = "LEADSHARE_LOG",
        hide_env_values = true
    )]
    pub(crate) log: Option<String>,

    /// How lines of the log look.
    #[arg(
        long,
        global = true,
        help_heading = "Everywhere",
        value_enum,
        default_value = "text",
        env = "LEADSHARE_LOG_FORMAT",
        hide_env_values = true
    )]
    pub(crate) log_format: LogFormat,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs one service, or all of them, until SIGTERM or SIGINT.
    #[command(
        after_help = "Examples:\n  leadshare -C site run all\n  leadshare -C site run router --log-format json"
    )]
    Run {
        /// Which service.
        #[arg(default_value = "all", value_parser = services())]
        service: String,
    },
    /// Asks the service at http.listen whether it is alive; for health checks of containers.
    #[command(after_help = "Example:\n  leadshare -C site health --ready")]
    Health {
        /// Whether it is ready: it has input partitions, and has restored their state.
        #[arg(long)]
        ready: bool,
    },
    /// Makes a site: a directory with configuration, keys and state, ready to run.
    #[command(
        after_help = "Examples:\n  leadshare init site\n  leadshare init site --from config --kafka broker.example:9092"
    )]
    Init(Init),
    /// Checks configuration, sources with their samples, policies with their cases, partners, officers,
    /// matching and schemas, and shows every fault at once.
    #[command(after_help = "Example:\n  leadshare -C site check")]
    Check {
        /// Writes what each sample becomes now into the file beside it, where that says otherwise.
        #[arg(long)]
        write_samples: bool,
    },
    /// Topics as they must be, and as they are.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site topics apply --dry-run\n  leadshare -C site topics list"
    )]
    Topics(Topics),
    /// A new agency from the template, or a file tried without sending it.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site source new my-agency\n  leadshare -C site source try my-agency report.json"
    )]
    Source(Source),
    /// A new partner from the template, or partners as they are.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site partner new my-partner\n  leadshare -C site partner list"
    )]
    Partner(Partner),
    /// Policies in words, proofs of what they never do, and what others would have done with what was decided.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site policy list\n  leadshare -C site policy list no-foreign\n  leadshare -C site policy prove\n  leadshare -C site policy diff site/policies new-policies --from 2026-10-01\n  leadshare -C site policy apply --reason new-agreement --officer desk"
    )]
    Policy(Policy),
    /// Releases that wait for an officer.
    #[command(after_help = "Example:\n  leadshare -C site held")]
    Held,
    /// Approves a release that is held: signed, and checked by the gate.
    #[command(
        after_help = "Example:\n  leadshare -C site approve harbour/H-1 gb-crime-agency --reason checked --officer desk"
    )]
    Approve(Release),
    /// Refuses a release that is held: it stays here until there is a newer version.
    #[command(
        after_help = "Example:\n  leadshare -C site refuse harbour/H-1 gb-crime-agency --reason wrong-person --officer desk"
    )]
    Refuse(Release),
    /// Takes leads back, and shows what became of them.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site recall order harbour/H-1 --reason wrong-person --officer desk\n  leadshare -C site recall certificate harbour/H-1"
    )]
    Recall(Recall),
    /// Keeps leads beyond their time, because a court or an investigation needs them.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site legal-hold place harbour/H-1 --reason order-4711 --officer desk\n  leadshare -C site legal-hold lift harbour/H-1 --reason order-4711 --officer desk\n  leadshare -C site legal-hold list"
    )]
    LegalHold(LegalHold),
    /// Says why a partner has a lead, or has it not: from decisions alone, without the lead.
    #[command(after_help = "Example:\n  leadshare -C site explain harbour/H-1 gb-crime-agency")]
    Explain(Explain),
    /// The decisions: whether their chains are whole, what was given to whom, and how many leads became what.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site ledger verify\n  leadshare -C site ledger checkpoints > kept.json\n  leadshare -C site ledger report --partner gb-crime-agency --from 2026-10-01\n  leadshare -C site ledger statistics --from 2025-10-01"
    )]
    Ledger(Ledger),
    /// Officers: a new one with a pair of keys, or officers as they are.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site officer new desk\n  leadshare -C site officer list"
    )]
    Officer(Officer),
    /// Sends files to an agency's inbound topic, one message for each.
    #[command(
        after_help = "Examples:\n  leadshare -C site submit my-agency report.json\n  gzip -dc report.gz | leadshare -C site submit my-agency - --key 4711"
    )]
    Submit(Messages),
    /// Prints the records of a topic, decoded. Shows personal data.
    #[command(
        after_help = "Examples:\n  leadshare -C site tail leads.decisions.v1 --follow --from end\n  leadshare -C site tail leads.domestic.my-partner.v1 --limit 1"
    )]
    Tail(Tail),
    /// Shows the way of one lead, from the agency's bytes to each partner's copy. Shows personal data.
    #[command(
        after_help = "Examples:\n  leadshare -C site trace my-agency/4711\n  leadshare -C site trace 0123456789abcdef0123456789abcdef --output json"
    )]
    Trace {
        /// The lead: its id, or AGENCY/REPORT-NUMBER.
        lead: String,
    },
    /// Which leads are one matter: why, what an officer says of it, and what another table would say. Shows kinds
    /// and sums, no personal data.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site match explain my-agency/4711 other/12\n  leadshare -C site match confirm my-agency/4711 other/12 --reason same-vehicle --officer desk\n  leadshare -C site match unlink my-agency/4711 other/12 --reason other-person --officer desk\n  leadshare -C site match shadow new-matching.toml"
    )]
    Match(Match),
    /// What could not be processed: list, look, send again.
    #[command(
        subcommand,
        after_help = "Examples:\n  leadshare -C site dead-letters list\n  leadshare -C site dead-letters show normaliser/0/3\n  leadshare -C site dead-letters redrive --reason mapping_failed --yes"
    )]
    DeadLetters(DeadLetters),
    /// Shows the accounting: what came in, what became of it, and whether all of it is there.
    #[command(after_help = "Examples:\n  leadshare -C site status\n  leadshare -C site status --wait 60")]
    Status {
        /// Waits until everything that came in is processed, so many seconds at most.
        #[arg(long, value_name = "SECONDS")]
        wait: Option<u64>,
    },
    /// Runs everything on sample leads and shows what happens to them.
    #[command(after_help = "Examples:\n  leadshare demo\n  leadshare demo --broker 127.0.0.1:9092")]
    Demo(Demo),
}

/// Names of services, and `all`.
fn services() -> PossibleValuesParser {
    PossibleValuesParser::new(
        SERVICES
            .iter()
            .map(|service| clap::builder::PossibleValue::new(service.name).help(service.about))
            .chain([clap::builder::PossibleValue::new("all").help("every service, in one process")]),
    )
}

/// Names of services alone.
fn service_names() -> PossibleValuesParser {
    PossibleValuesParser::new(SERVICES.iter().map(|service| service.name))
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The directory to make.
    pub(crate) site: PathBuf,
    /// Copies this configuration instead of the built-in one.
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    /// Runs on Kafka, at these brokers.
    #[arg(long, value_name = "HOST:PORT,...")]
    pub(crate) kafka: Option<String>,
}

/// A matching domain: leads of two never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Domain {
    /// What is meant.
    Actual,
    /// Exercises.
    Exercise,
    /// Tests of systems.
    Test,
}

impl From<Domain> for MessageStatus {
    fn from(domain: Domain) -> Self {
        match domain {
            Domain::Actual => Self::Actual,
            Domain::Exercise => Self::Exercise,
            Domain::Test => Self::Test,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Topics {
    /// Makes topics what they must be. Repeating it is harmless.
    Apply {
        /// Only says what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Lists topics, and what is wrong with them.
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Source {
    /// Makes a new agency's folder from the template of its format.
    New {
        /// The agency: lower-case letters, digits and hyphens.
        agency: String,
        /// What its messages are written in: a folder of sources/_template, such as json, xml, csv, avro, cybertip,
        /// nibrs, niem, lexs, htcds, stix, misp, case, fincen, mail.
        #[arg(long, default_value = "json")]
        format: String,
    },
    /// Shows side by side what the normaliser reads in files and what becomes of it. Nothing is sent.
    /// Shows personal data.
    Try(Try),
}

#[derive(Debug, Args)]
pub(crate) struct Try {
    #[command(flatten)]
    pub(crate) messages: Messages,
    /// Keeps the files as samples of the agency, with what becomes of them now. Only synthetic ones.
    #[arg(long)]
    pub(crate) accept: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Partner {
    /// Copies the template to a new partner's folder.
    New {
        /// The partner: lower-case letters, digits and hyphens. The name is for ever.
        partner: String,
    },
    /// Sends what a partner answers, as the partner would: for trying it out, and for partners without a client.
    Answer {
        /// The partner.
        partner: String,
        /// Files of JSON, one answer each; - is standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Lists partners: what they are, where they stand, until when there is an agreement.
    List,
    /// Has every lead decided again that was decided for partners other than those of now. Signed, and checked by the
    /// gate; who may no longer hold a copy is told to drop it.
    Apply(Apply),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Reads policies aloud: what each does, why, and the cases that show it.
    List {
        /// One policy only.
        policy: Option<String>,
    },
    /// Proves policies/claims.toml for every lead and partner that there can be, or shows one for which a claim does
    /// not hold. Needs the companion leadshare-prove, and cvc5.
    Prove {
        /// Claims to prove, by id; all without any.
        claims: Vec<String>,
        /// Shows for each hard stop the claims that would fail without it.
        #[arg(long)]
        guards: bool,
    },
    /// Rules what was decided twice, by two sets of policies, and shows for each partner what would differ.
    Diff(PolicyDiff),
    /// Has every lead decided again for which the policies in force say something else than was decided. Signed, and
    /// checked by the gate; copies that may no longer be held are taken back.
    Apply(Apply),
}

/// Messages of an agency.
#[derive(Debug, Args)]
pub(crate) struct Messages {
    /// The agency: a folder of the sources.
    pub(crate) agency: String,
    /// Files, one message each; - is standard input.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The Kafka key of every message.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// A header of every message. May be repeated.
    #[arg(long = "header", value_name = "NAME=VALUE")]
    pub(crate) headers: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// The topic.
    pub(crate) topic: String,
    /// Waits for more.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Where to begin: beginning, end, or an offset.
    #[arg(long, default_value = "beginning", value_name = "WHERE")]
    pub(crate) from: String,
    /// Stops after so many records.
    #[arg(long, short = 'n', value_name = "RECORDS")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetters {
    /// Lists dead letters with their reasons, without their content.
    List(Choice),
    /// Shows one dead letter: its headers, or its bytes. Shows personal data.
    Show {
        /// Its place: SERVICE/PARTITION/OFFSET.
        place: String,
        /// Writes the original bytes and nothing else.
        #[arg(long)]
        bytes: bool,
    },
    /// Sends dead letters to the topic that they came from, under their original order.
    Redrive {
        /// Places: SERVICE/PARTITION/OFFSET. Without any, all that the options choose.
        places: Vec<String>,
        #[command(flatten)]
        choice: Choice,
        /// Does it. Without this, only says what would be sent.
        #[arg(long)]
        yes: bool,
        /// Leaves those alone that were redriven so often.
        #[arg(long, default_value_t = 5, value_name = "TIMES")]
        max_attempts: u32,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// Of this service only.
    #[arg(long, value_parser = service_names())]
    pub(crate) service: Option<String>,
    /// With this reason only.
    #[arg(long, value_name = "CODE")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The site that is made for it.
    #[arg(long, default_value = "demo", value_name = "DIR")]
    pub(crate) site: PathBuf,
    /// Runs on the Kafka broker there instead of the embedded log.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) broker: Option<String>,
    /// Takes configuration and samples from here instead of the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    /// Generated messages after the samples.
    #[arg(long, default_value_t = 3_000, value_name = "N")]
    pub(crate) leads: usize,
    /// What the generator begins with: the same seed gives the same messages.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
    /// Sends so many messages a second; as fast as it goes without it.
    #[arg(long, value_name = "R")]
    pub(crate) rate: Option<u32>,
}
