//! The command line of officers: who they are, what they say of leads, and what is written down of it.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

use super::Domain;

#[derive(Debug, Subcommand)]
pub(crate) enum Officer {
    /// Makes a pair of keys: the secret one in a file that only you can read, the public one in the officer's file.
    New {
        /// The officer: lower-case letters, digits and hyphens. A function or a number, not a person's name.
        officer: String,
        /// What it may say.
        #[arg(long, value_delimiter = ',', value_name = "GRANT,...", default_value = "match",
              value_parser = PossibleValuesParser::new(gate::GRANTS.map(|(_, name)| name)))]
        may: Vec<String>,
        /// Where the secret key is written, instead of secrets/officers/OFFICER.key of the site.
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
    /// Lists officers: what each may say, and for how long.
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Match {
    /// Why two leads are one matter, or are not: every step of the sum.
    Explain {
        /// One lead: its id, or AGENCY/REPORT-NUMBER.
        #[arg(value_name = "LEAD-A")]
        first: String,
        /// The other.
        #[arg(value_name = "LEAD-B")]
        second: String,
        /// The matching domain of both.
        #[arg(long, value_enum, default_value = "actual")]
        domain: Domain,
        /// Also draws the sum, as SVG into this file.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// The two are of one matter.
    Confirm(Word),
    /// The two are of different matters, whatever was found or will be found.
    Reject(Word),
    /// The two are of different matters, although they were put together; as reject.
    Unlink(Word),
    /// Learns the weights of a table from the leads of this site, and writes another table.
    Train {
        /// Where the new table is written. Try it with `match shadow` before it becomes config/matching.toml.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Random pairs that say how often strangers agree.
        #[arg(long, default_value_t = 500_000)]
        pairs: u64,
    },
    /// Folds history again with another table, and shows every verdict that would differ.
    Shadow {
        /// The other table, such as a changed copy of config/matching.toml.
        table: PathBuf,
    },
}

/// What an officer says of two leads.
#[derive(Debug, Args)]
pub(crate) struct Word {
    /// One lead: its id, or AGENCY/REPORT-NUMBER.
    #[arg(value_name = "LEAD-A")]
    pub(crate) first: String,
    /// The other.
    #[arg(value_name = "LEAD-B")]
    pub(crate) second: String,
    #[command(flatten)]
    pub(crate) speaker: Speaker,
    /// The matching domain of both.
    #[arg(long, value_enum, default_value = "actual")]
    pub(crate) domain: Domain,
}

/// Who says something, and why.
#[derive(Debug, Args)]
pub(crate) struct Speaker {
    /// Why, as a code of a-z, 0-9, - and _. Never a text about a person: it is kept and shown for years.
    #[arg(long, value_name = "CODE")]
    pub(crate) reason: String,
    /// Who says it: a file of the site's officers.
    #[arg(long, value_name = "OFFICER")]
    pub(crate) officer: String,
    /// The officer's secret key, instead of secrets/officers/OFFICER.key of the site.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

/// What an officer says of a release that is held.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// The lead: its id, or AGENCY/REPORT-NUMBER.
    pub(crate) lead: String,
    /// The partner that it is held for.
    pub(crate) partner: String,
    #[command(flatten)]
    pub(crate) speaker: Speaker,
    /// The domain of the lead.
    #[arg(long, value_enum, default_value = "actual")]
    pub(crate) domain: Domain,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Recall {
    /// Takes a lead back from everybody who holds it, in every version so far.
    Order {
        /// The lead: its id, or AGENCY/REPORT-NUMBER.
        lead: String,
        #[command(flatten)]
        speaker: Speaker,
        /// The domain of the lead.
        #[arg(long, value_enum, default_value = "actual")]
        domain: Domain,
    },
    /// Shows who was told to drop a lead, and who has answered what.
    Status {
        /// The lead: its id, or AGENCY/REPORT-NUMBER.
        lead: String,
        /// The domain of the lead.
        #[arg(long, value_enum, default_value = "actual")]
        domain: Domain,
    },
    /// Tells of everything that was sent of a lead, to whom and when, and what became of it.
    Certificate {
        /// The lead: its id, or AGENCY/REPORT-NUMBER.
        lead: String,
        /// The domain of the lead.
        #[arg(long, value_enum, default_value = "actual")]
        domain: Domain,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LegalHold {
    /// Keeps what is here of a lead, although its time is over, until the hold is lifted. The reason names the hold: a lead
    /// may be held for several orders.
    Place(Hold),
    /// Lifts the hold of this reason; when none is left, the lead has its time again.
    Lift(Hold),
    /// Lists the holds that stand.
    List,
}

/// A hold of a lead.
#[derive(Debug, Args)]
pub(crate) struct Hold {
    /// The lead: its id, or AGENCY/REPORT-NUMBER.
    pub(crate) lead: String,
    #[command(flatten)]
    pub(crate) speaker: Speaker,
    /// The domain of the lead.
    #[arg(long, value_enum, default_value = "actual")]
    pub(crate) domain: Domain,
}

/// What changed is put to what was decided before.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) speaker: Speaker,
    /// Says which leads it touches, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
