//! The command line of the ledger: what is asked of decisions, and of which.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lead::value::Micros;
use lead::{ClassSet, FieldClass};

use super::Domain;

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Follows every chain of decisions from its beginning: none is missing, changed or added, and each delivery has its
    /// decision and the reverse.
    Verify {
        /// Checkpoints that somebody kept elsewhere, as `ledger checkpoints` wrote them.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Writes the signed heads of every chain, to be kept elsewhere.
    Checkpoints,
    /// Shows what was given to a partner, or of a lead, and by which decision.
    Report(Report),
    /// Counts leads by what became of them, for each fiscal year, route, partner and category. Small counts are hidden.
    Statistics(Statistics),
}

/// Which outcomes are meant.
#[derive(Debug, Args)]
#[group(id = "whose", required = true, multiple = true, args = ["partner", "lead"])]
pub(crate) struct Report {
    /// The partner.
    #[arg(long, value_name = "PARTNER")]
    pub(crate) partner: Option<String>,
    /// The lead: its id, or AGENCY/REPORT-NUMBER.
    #[arg(long, value_name = "LEAD")]
    pub(crate) lead: Option<String>,
    #[command(flatten)]
    pub(crate) period: Period,
    /// Shows what was not sent, too.
    #[arg(long)]
    pub(crate) all: bool,
}

/// How leads are counted.
#[derive(Debug, Args)]
pub(crate) struct Statistics {
    #[command(flatten)]
    pub(crate) period: Period,
    /// Counts no further than these offsets of leads.decisions.v1, as an earlier run printed them.
    #[arg(long, value_name = "PARTITION:OFFSET,...", value_delimiter = ',')]
    pub(crate) up_to: Option<Vec<Place>>,
    /// The month in which a fiscal year begins; it is named after the year in which it ends.
    #[arg(long, value_name = "MONTH", default_value = "10", value_parser = clap::value_parser!(i8).range(1..=12))]
    pub(crate) fiscal_year_begins: i8,
    /// Counts below this are hidden.
    #[arg(long, value_name = "COUNT", default_value = "5")]
    pub(crate) least: u64,
}

/// A place on a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) partition: u32,
    pub(crate) offset: u64,
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected PARTITION:OFFSET such as 0:4711";
        let (partition, offset) = text.split_once(':').ok_or(expected)?;
        let number = |_| expected;
        Ok(Self { partition: partition.parse().map_err(number)?, offset: offset.parse().map_err(number)? })
    }
}

/// What is asked about a lead and a partner.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The lead: its id, or AGENCY/REPORT-NUMBER.
    pub(crate) lead: String,
    /// The partner.
    pub(crate) partner: String,
    /// Every decision, and not only the newest.
    #[arg(long)]
    pub(crate) all: bool,
    /// The domain of the lead.
    #[arg(long, value_enum, default_value = "actual")]
    pub(crate) domain: Domain,
}

/// Two sets of policies, and the decisions that they are tried on.
#[derive(Debug, Args)]
pub(crate) struct PolicyDiff {
    /// A folder of policies, such as those in force.
    pub(crate) old: PathBuf,
    /// The folder to compare it with.
    pub(crate) new: PathBuf,
    #[command(flatten)]
    pub(crate) period: Period,
    /// Classes that nobody may newly be given, in whatever form: the command fails if somebody would.
    #[arg(
        long,
        value_name = "CLASS,...",
        value_delimiter = ',',
        value_parser = class,
        default_value = "legal_protected,le_sensitive,victim,minor,reporter,witness"
    )]
    pub(crate) protect: Vec<FieldClass>,
}

fn class(name: &str) -> Result<FieldClass, String> {
    FieldClass::from_name(name).ok_or_else(|| {
        let names: Vec<_> = ClassSet::grantable().iter().map(FieldClass::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Which decisions are meant, by when they were made.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Period {
    /// From this on: a day, which begins at midnight UTC, or a time with its offset. From the beginning without it.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Moment>,
    /// Until just before this. To the end without it.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<Moment>,
}

impl Period {
    pub(crate) fn contains(&self, at: Micros) -> bool {
        self.from.is_none_or(|from| from.0 <= at.0) && self.to.is_none_or(|to| at.0 < to.0)
    }
}

/// A moment, in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(i64);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = || text.parse::<Date>().ok().and_then(|day| TimeZone::UTC.to_timestamp(day.into()).ok());
        let at = text.parse::<Timestamp>().ok().or_else(day);
        at.map(|at| Self(at.as_microsecond())).ok_or_else(|| {
            "expected a day such as 2026-10-01, or a time such as 2026-10-01T08:00:00Z".to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_the_end_is_outside() {
        let moment = |text: &str| text.parse::<Moment>().unwrap();
        assert_eq!(moment("2026-10-01"), moment("2026-10-01T02:00:00+02:00"));
        assert!("yesterday".parse::<Moment>().is_err());
        let period = Period { from: Some(Moment(5)), to: Some(Moment(7)) };
        let inside: Vec<i64> = (0..10).filter(|at| period.contains(Micros(*at))).collect();
        assert_eq!(inside, [5, 6]);
        assert!(Period { from: None, to: None }.contains(Micros(i64::MIN)));
    }
}
