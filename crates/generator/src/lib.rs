//! Seeded synthetic leads with known truth: what agencies might send, and what each piece of it is.
//!
//! Pure: the same seed and [`Mix`] give the same bytes for ever. Nobody in it is real: telephone
//! numbers are from ranges kept for fiction, domains from those kept for examples, names put together
//! from lists. The generator shares no table and no code with matching; what it knows about the
//! agencies' formats is what their folders in `config/sources` say.
//!
//! Absent: names in several scripts, households and typing errors that a matcher should see through;
//! they come with probabilistic matching.

mod form;
mod ledger;
mod matter;
mod random;
mod report;

pub use ledger::{Kind, LedgerLine, Truth};

use std::collections::VecDeque;

use lead::topic;

use crate::form::Agency;
use crate::matter::Matter;
use crate::random::Random;
use crate::report::{Report, Step};

/// How often what occurs, in parts per thousand of all submissions. The rest are first reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    /// The same bytes as an earlier message, once more.
    pub repeat: u32,
    /// A first report by another agency of a matter that is known: it shares a phone or an account.
    pub retelling: u32,
    /// A newer version of a report.
    pub update: u32,
    /// A report is withdrawn.
    pub cancel: u32,
    /// An older version of a report arrives after a newer one was sent.
    pub late: u32,
    /// A Cancel whose report comes later, or never.
    pub early_cancel: u32,
    /// An addition to a report.
    pub amendment: u32,
    /// Bytes that nobody can read, or that lack what a report must have.
    pub malformed: u32,
    /// Valid, and no lead: an acknowledgement.
    pub not_a_lead: u32,
    /// Part of an exercise.
    pub exercise: u32,
    /// Reports that name the hotline's own number besides: the value that nobody may match on.
    pub hot_value: u32,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            repeat: 100,
            retelling: 180,
            update: 120,
            cancel: 40,
            late: 20,
            early_cancel: 10,
            amendment: 40,
            malformed: 30,
            not_a_lead: 10,
            exercise: 30,
            hot_value: 50,
        }
    }
}

/// A message to an inbound topic, with the truth about it.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// Counted from 0.
    pub n: u64,
    /// The agency that sends it: a folder of config/sources.
    pub agency: &'static str,
    /// The topic it goes to.
    pub topic: String,
    /// The record's key.
    pub key: Option<Vec<u8>>,
    /// The record's headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The bytes.
    pub value: Vec<u8>,
    /// What each entry is.
    pub truth: Vec<Truth>,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission {{ n: {}, agency: {}, {} bytes }}", self.n, self.agency, self.value.len())
    }
}

/// How many matters and messages can still be taken up again: bounds the memory of long runs.
const REMEMBERED: usize = 1_024;

/// Yields submissions without end.
pub struct Generator {
    random: Random,
    mix: Mix,
    next: u64,
    reports_made: u64,
    matters_made: u64,
    matters: VecDeque<Matter>,
    reports: VecDeque<Report>,
    sent: VecDeque<Submission>,
}

impl Generator {
    /// A generator. The same seed and mix give the same submissions.
    pub fn new(seed: u64, mix: Mix) -> Self {
        Self {
            random: Random::new(seed),
            mix,
            next: 0,
            reports_made: 0,
            matters_made: 0,
            matters: VecDeque::new(),
            reports: VecDeque::new(),
            sent: VecDeque::new(),
        }
    }

    fn next_kind(&mut self) -> Kind {
        let mix = &self.mix;
        let shares = [
            (Kind::Repeat, mix.repeat),
            (Kind::Retelling, mix.retelling),
            (Kind::Update, mix.update),
            (Kind::Cancel, mix.cancel),
            (Kind::Late, mix.late),
            (Kind::EarlyCancel, mix.early_cancel),
            (Kind::Amendment, mix.amendment),
            (Kind::Malformed, mix.malformed),
            (Kind::NotALead, mix.not_a_lead),
            (Kind::Exercise, mix.exercise),
        ];
        let mut drawn = self.random.below(1_000);
        for (kind, share) in shares {
            if drawn < u64::from(share) {
                return kind;
            }
            drawn -= u64::from(share);
        }
        Kind::Report
    }

    /// A report of a new matter, or of one that is known.
    fn first_report(&mut self, kind: Kind, agency: Agency) -> Report {
        let known = match kind {
            Kind::Retelling if !self.matters.is_empty() => self.random.pick(&self.matters).cloned(),
            _ => None,
        };
        let matter = known.unwrap_or_else(|| {
            self.matters_made += 1;
            let matter = Matter::new(self.matters_made, &mut self.random);
            remember(&mut self.matters, matter.clone());
            matter
        });
        self.reports_made += 1;
        let hot = self.random.chance(self.mix.hot_value);
        Report::first(agency, self.reports_made, &matter, kind == Kind::Exercise, hot, &mut self.random)
    }

    /// The next step of a report that was sent, or a first report while there is none.
    fn step(&mut self, kind: Kind) -> (Report, Kind) {
        let takes = |r: &Report| match kind {
            Kind::Late => r.has_older_version(),
            Kind::Amendment => r.agency.takes_amendments(),
            _ => true,
        };
        // A few draws: what does not fit now fits later.
        for _ in 0..16 {
            let at = self.random.index(self.reports.len());
            let Some(report) = at.and_then(|at| self.reports.get_mut(at)) else { break };
            if takes(report) {
                let step = match kind {
                    Kind::Update => Step::Update,
                    Kind::Late => Step::Late,
                    Kind::Amendment => Step::Amendment,
                    _ => Step::Cancel,
                };
                return (report.next(step, &mut self.random), kind);
            }
        }
        let agency = Agency::draw(&mut self.random);
        let report = self.first_report(Kind::Report, agency);
        remember(&mut self.reports, report.clone());
        (report, Kind::Report)
    }

    fn entry(&mut self, kind: Kind, agency: Agency) -> (Report, Kind) {
        match kind {
            Kind::EarlyCancel => {
                let report = self.first_report(kind, agency);
                // What comes next for it is the report itself.
                let cancel = report.clone().next(Step::Cancel, &mut self.random);
                remember(&mut self.reports, report);
                (cancel, kind)
            }
            Kind::Update | Kind::Cancel | Kind::Late | Kind::Amendment => self.step(kind),
            _ => {
                let report = self.first_report(kind, agency);
                remember(&mut self.reports, report.clone());
                (report, kind)
            }
        }
    }

    fn make(&mut self) -> Submission {
        let kind = self.next_kind();
        if kind == Kind::Repeat
            && let Some(earlier) = self.random.pick(&self.sent)
        {
            let mut again = earlier.clone();
            for truth in &mut again.truth {
                truth.repeats();
            }
            return again;
        }
        let agency = Agency::draw(&mut self.random);
        if matches!(kind, Kind::Malformed | Kind::NotALead) {
            return self.without_lead(kind, agency);
        }
        let (report, kind) = self.entry(kind, agency);
        let agency = report.agency;
        let mut entries = vec![(report, kind)];
        // Some agencies send a day's reports in one message.
        for _ in 1..agency.entries(&mut self.random) {
            let report = self.first_report(Kind::Report, agency);
            remember(&mut self.reports, report.clone());
            entries.push((report, Kind::Report));
        }
        let truth = entries.iter().map(|(report, kind)| Truth::of(report, *kind)).collect();
        let (reports, _): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        self.submission(agency, form::write(agency, &reports), truth)
    }

    fn without_lead(&mut self, kind: Kind, agency: Agency) -> Submission {
        let report = self.first_report(kind, agency);
        let written = if kind == Kind::NotALead {
            form::acknowledgement(agency, &report)
        } else {
            form::malformed(agency, &report, &mut self.random)
        };
        match written {
            Some((message, truth)) => self.submission(agency, message, truth),
            // The format has no such message.
            None => {
                let truth = vec![Truth::of(&report, Kind::Report)];
                remember(&mut self.reports, report.clone());
                self.submission(agency, form::write(agency, &[report]), truth)
            }
        }
    }

    fn submission(&self, agency: Agency, message: form::Message, truth: Vec<Truth>) -> Submission {
        Submission {
            n: self.next,
            agency: agency.name(),
            topic: topic::inbound(agency.name()),
            key: message.key,
            headers: message.headers,
            value: message.value,
            truth,
        }
    }
}

impl Iterator for Generator {
    type Item = Submission;

    fn next(&mut self) -> Option<Submission> {
        let mut made = self.make();
        made.n = self.next;
        self.next += 1;
        remember(&mut self.sent, made.clone());
        Some(made)
    }
}

fn remember<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= REMEMBERED {
        list.pop_front();
    }
    list.push_back(item);
}

#[cfg(test)]
mod tests;
