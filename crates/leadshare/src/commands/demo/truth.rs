//! What became of generated leads, held against what the generator knows of them.
//!
//! Verdicts on versions of one lead follow from what its agency sent, one by one and without exception.
//! Which leads speak of one matter is a judgement: how much of it is right is told, and not what should be.

use std::collections::{BTreeMap, BTreeSet};

use generator::{Does, Submission};
use lead::matter::Verdict;
use lead::{MatterEvent, topic, wire};
use pipeline::{Order, Topic};

use crate::access::{Broker, read_all};
use crate::commands::matches::{Key, Standing};
use crate::console::{Console, Style};
use crate::fault::Fault;

/// An agency and its report number.
type Report = (String, String);

/// What a verdict on a version says, apart from how a new lead relates to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    First,
    Replay,
    Update,
    Amendment,
    Cancel,
    Stale,
}

impl From<Verdict> for Step {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::New | Verdict::Duplicate | Verdict::Related | Verdict::Review => Self::First,
            Verdict::Replay => Self::Replay,
            Verdict::Update => Self::Update,
            Verdict::Amendment => Self::Amendment,
            Verdict::Cancel => Self::Cancel,
            Verdict::Stale => Self::Stale,
        }
    }
}

/// What must come of the entries of one report, one after the other.
#[derive(Debug, Default)]
struct Fold {
    told: Option<u64>,
    added: BTreeSet<u64>,
    withdrawn: bool,
    known: bool,
}

impl Fold {
    fn next(&mut self, does: Does, content: u64) -> Step {
        let live = !self.withdrawn && (self.told.is_some() || !self.added.is_empty());
        match does {
            Does::Withdraw => {
                self.withdrawn = true;
                Step::Cancel
            }
            Does::Add if self.withdrawn => Step::Stale,
            Does::Add if !self.added.insert(content) => Step::Replay,
            Does::Add => {
                self.known = true;
                Step::Amendment
            }
            Does::Tell if live && self.told == Some(content) => Step::Replay,
            Does::Tell => {
                self.told = Some(content);
                self.withdrawn = false;
                if std::mem::replace(&mut self.known, true) { Step::Update } else { Step::First }
            }
        }
    }
}

/// The comparison.
#[derive(Debug, Default)]
pub(super) struct Truth {
    reports: u64,
    steps: u64,
    wrong_reports: BTreeSet<Report>,
    missing: u64,
    /// Pairs of leads: of one matter and put into one; put into one; of one matter.
    right: u64,
    together: u64,
    same: u64,
    /// Pairs that a person is asked about, and those of them that are of one matter.
    asked: u64,
    asked_rightly: u64,
}

/// Where each report's lead stands at the end, and what a person is asked.
#[derive(Debug, Default)]
struct Given {
    leads: BTreeMap<Report, Key>,
    standing: Standing,
    asked: BTreeSet<(Key, Key)>,
}

impl Truth {
    /// Reads leads.matters.v1 and compares.
    pub(super) fn compare(submissions: &[Submission], broker: &mut dyn Broker) -> Result<Self, Fault> {
        let mut verdicts: BTreeMap<Report, Vec<(Option<Order>, Step)>> = BTreeMap::new();
        let mut given = Given::default();
        read_all(broker, &[Topic::new(topic::MATTERS)], |record| {
            let Some(Ok(event)) = record.value.as_deref().map(wire::decode::<MatterEvent>) else {
                return true;
            };
            given.standing.note(&event);
            let MatterEvent::AssessedLead(event) = event else { return true };
            let key = (event.lead.domain(), event.lead.lead_id);
            for link in event.links.iter().filter(|link| link.relation == "review") {
                let other = (key.0, link.lead_id);
                given.asked.insert((key.min(other), key.max(other)));
            }
            if let Some(number) = event.lead.report_number {
                let report = (event.lead.agency, number);
                given.leads.insert(report.clone(), key);
                let step = Step::from(event.verdict);
                verdicts.entry(report).or_default().push((event.lead.order.parse().ok(), step));
            }
            true
        })?;
        // The topic has partitions: the order within a report is that of its agency's topic.
        let in_order = |mut steps: Vec<(Option<Order>, Step)>| {
            steps.sort_by_key(|(order, _)| *order);
            steps.into_iter().map(|(_, step)| step).collect()
        };
        let verdicts = verdicts.into_iter().map(|(report, steps)| (report, in_order(steps))).collect();
        Ok(Self::of(submissions, &verdicts, &given))
    }

    fn of(submissions: &[Submission], verdicts: &BTreeMap<Report, Vec<Step>>, given: &Given) -> Self {
        let mut expected: BTreeMap<Report, (Fold, Vec<Step>)> = BTreeMap::new();
        let mut matters: BTreeMap<Report, (bool, u64)> = BTreeMap::new();
        for submission in submissions {
            for truth in &submission.truth {
                let Some(number) = &truth.report else { continue };
                let report = (submission.agency.to_owned(), number.clone());
                matters.insert(report.clone(), (truth.exercise, truth.matter));
                let (fold, steps) = expected.entry(report).or_default();
                steps.push(fold.next(truth.does, truth.content));
            }
        }
        let mut truth = Self { reports: expected.len() as u64, ..Self::default() };
        for (report, (_, steps)) in &expected {
            truth.steps += steps.len() as u64;
            let got = verdicts.get(report).map_or(&[][..], Vec::as_slice);
            truth.missing += (steps.len() as u64).saturating_sub(got.len() as u64);
            if got != steps.as_slice() {
                truth.wrong_reports.insert(report.clone());
            }
        }
        truth.pairs(&matters, given);
        truth.questions(&matters, given);
        truth
    }

    /// Counts pairs by the table of true matters against given ones.
    fn pairs(&mut self, matters: &BTreeMap<Report, (bool, u64)>, given: &Given) {
        let pairs = |n: &u64| n * n.saturating_sub(1) / 2;
        let (mut cells, mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (report, matter) in matters {
            let Some(key) = given.leads.get(report) else { continue };
            let Some(cluster) = given.standing.cluster(*key).map(|cluster| (key.0, cluster)) else {
                continue;
            };
            *cells.entry((matter, cluster)).or_insert(0) += 1;
            *rows.entry(matter).or_insert(0) += 1;
            *columns.entry(cluster).or_insert(0) += 1;
        }
        self.right = cells.values().map(pairs).sum();
        self.same = rows.values().map(pairs).sum();
        self.together = columns.values().map(pairs).sum();
    }

    /// Counts pairs that a person is asked about.
    fn questions(&mut self, matters: &BTreeMap<Report, (bool, u64)>, given: &Given) {
        let of: BTreeMap<Key, _> =
            given.leads.iter().filter_map(|(report, key)| Some((*key, matters.get(report)?))).collect();
        self.asked = given.asked.len() as u64;
        let same = given.asked.iter().filter(|(a, b)| of.contains_key(a) && of.get(a) == of.get(b));
        self.asked_rightly = same.count() as u64;
    }

    /// Whether every verdict on a version is as the truth has it.
    pub(super) fn holds(&self) -> bool {
        self.missing == 0 && self.wrong_reports.is_empty()
    }

    /// What was found, in words; the first line says whether verdicts are right.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} entries of {} reports: new, update, addition, withdrawn, stale or seen, {}",
            self.steps,
            self.reports,
            if self.holds() { "as it must be" } else { "and not all as it must be" }
        )];
        if !self.holds() {
            lines.push(format!(
                "{} entries are missing, and {} reports have other verdicts; the first: {:?}",
                self.missing,
                self.wrong_reports.len(),
                self.wrong_reports.first()
            ));
        }
        lines.push(format!(
            "of {} pairs of leads that are of one matter, {} were put together ({})",
            self.same,
            self.right,
            percent(self.right, self.same)
        ));
        lines.push(format!(
            "of {} pairs that were put together, {} are of one matter ({})",
            self.together,
            self.right,
            percent(self.right, self.together)
        ));
        lines.push(format!(
            "a person is asked about {} pairs, of which {} are of one matter ({})",
            self.asked,
            self.asked_rightly,
            percent(self.asked_rightly, self.asked)
        ));
        lines
    }

    pub(super) fn print(&self, console: &mut Console) -> Result<(), Fault> {
        console.heading("Held against the truth, which only the generator knew")?;
        let mark =
            if self.holds() { console.style(Style::Good, "✓") } else { console.style(Style::Bad, "✗") };
        for (number, line) in self.lines().iter().enumerate() {
            console.line(if number == 0 { format!("{mark} {line}") } else { format!("  {line}") })?;
        }
        Ok(())
    }
}

fn percent(part: u64, whole: u64) -> String {
    match (part * 1_000).checked_div(whole) {
        Some(permille) => format!("{}.{} %", permille / 10, permille % 10),
        None => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fold_knows_every_step() {
        let mut fold = Fold::default();
        let steps: Vec<Step> = [
            (Does::Tell, 1),
            (Does::Tell, 1),
            (Does::Tell, 2),
            (Does::Tell, 1),
            (Does::Add, 7),
            (Does::Add, 7),
            (Does::Withdraw, 9),
            (Does::Add, 8),
            (Does::Tell, 1),
        ]
        .into_iter()
        .map(|(does, content)| fold.next(does, content))
        .collect();
        use Step::*;
        assert_eq!(steps, [First, Replay, Update, Update, Amendment, Replay, Cancel, Stale, Update]);
        let mut early = Fold::default();
        let early =
            [(Does::Withdraw, 1), (Does::Withdraw, 2), (Does::Tell, 3)].map(|(d, c)| early.next(d, c));
        assert_eq!(early, [Cancel, Cancel, First]);
    }

    #[test]
    fn a_verdict_that_differs_or_is_missing_is_seen() {
        let Ok(rates) = generator::Rates::parse(generator::DEFAULT_RATES) else { return };
        let submissions: Vec<_> = generator::Generator::new(1, rates).take(50).collect();
        let nothing = Truth::of(&submissions, &BTreeMap::new(), &Given::default());
        assert!(nothing.missing > 0 && !nothing.holds());
    }
}
