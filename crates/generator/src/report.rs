//! A report: what one agency tells of a matter under one number, version by version.

use crate::form::Agency;
use crate::matter::{HOTLINE, Matter};
use crate::random::Random;

/// What an entry of a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The report, or a newer version of it.
    Report,
    /// A newer version.
    Update,
    /// An older version, sent again after a newer one.
    Late,
    /// An addition.
    Amendment,
    /// Withdrawn.
    Cancel,
}

/// One report as one entry of a message tells it.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) agency: Agency,
    pub(crate) number: String,
    pub(crate) matter: Matter,
    pub(crate) exercise: bool,
    pub(crate) step: Step,
    /// Which version of the report this is, from 1; each says more than the one before.
    pub(crate) version: u64,
    /// Additions so far.
    pub(crate) additions: u64,
    /// Phones that it names.
    pub(crate) phones: Vec<String>,
    /// Accounts that it names.
    pub(crate) handles: Vec<(&'static str, String)>,
    /// Whether it names the e-mail address.
    pub(crate) with_email: bool,
    /// Whether it names the victim.
    pub(crate) with_victim: bool,
}

impl Report {
    /// The first version.
    pub(crate) fn first(
        agency: Agency,
        number: u64,
        matter: &Matter,
        exercise: bool,
        hot: bool,
        random: &mut Random,
    ) -> Self {
        // Every report shares the first phone or the first account with the others of its matter.
        let phones = random.chance(650);
        let mut named: Vec<String> =
            if phones { matter.phones.iter().take(1).cloned().collect() } else { Vec::new() };
        if hot {
            named.push(HOTLINE.to_owned());
        }
        let handles = if phones && random.chance(500) { 0 } else { 1 };
        Self {
            agency,
            number: agency.number(number),
            exercise,
            step: Step::Report,
            version: 1,
            additions: 0,
            phones: named,
            handles: matter.handles.iter().take(handles).cloned().collect(),
            with_email: random.chance(250),
            with_victim: matter.victim.is_some() && random.chance(600),
            matter: matter.clone(),
        }
    }

    /// Whether there is a version before the newest.
    pub(crate) fn has_older_version(&self) -> bool {
        self.version > 1
    }

    /// The next entry about this report; what is remembered is its newest version.
    pub(crate) fn next(&mut self, step: Step, random: &mut Random) -> Self {
        match step {
            Step::Update | Step::Report => {
                self.version += 1;
                match random.below(3) {
                    0 => self
                        .phones
                        .extend(self.matter.phones.get(1).filter(|p| !self.phones.contains(p)).cloned()),
                    1 => self
                        .handles
                        .extend(self.matter.handles.get(1).filter(|h| !self.handles.contains(h)).cloned()),
                    _ => self.with_email = true,
                }
            }
            Step::Amendment => self.additions = self.additions % 3 + 1,
            Step::Late | Step::Cancel => {}
        }
        let mut told = self.clone();
        told.step = step;
        if step == Step::Late {
            told.version -= 1;
        }
        told
    }

    /// The story, in words of this version.
    pub(crate) fn narrative(&self) -> String {
        let m = &self.matter;
        let victim = match &m.victim {
            Some(victim) if self.with_victim => format!(" Spoke of {} {}.", victim.given, victim.family),
            _ => String::new(),
        };
        format!(
            "Caller describes somebody known as {} who moves people through {}.{victim} Heard {} times.",
            m.subject.given, m.city.0, self.version
        )
    }

    /// When it happened: a day of the year before, the hour by version.
    pub(crate) fn moment(&self) -> String {
        let (month, day) = (self.matter.day / 28 % 12 + 1, self.matter.day % 28 + 1);
        format!("2026-{month:02}-{day:02}T{:02}:15:00-06:00", self.version % 24)
    }
}
