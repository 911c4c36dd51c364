//! From the matters of a season to the entries that agencies send, each with its time.

use std::collections::BTreeMap;

use crate::agency::Agency;
use crate::ledger::Kind;
use crate::random::Random;
use crate::rates::Rates;
use crate::report::{Entry, Step};
use crate::telling::{Told, tell};
use crate::world::Matter;

/// An entry, when its agency has it ready (hours since the season began), and how often its message is
/// sent again.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) at: u64,
    pub(crate) entry: Entry,
    pub(crate) copies: u32,
}

/// Numbers that go on from season to season.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    reports: BTreeMap<Agency, u64>,
    contents: u64,
}

impl Counters {
    fn report(&mut self, agency: Agency) -> String {
        // Smaller numbers are those of samples.
        let n = self.reports.entry(agency).or_insert(1_000);
        *n += 1;
        agency.number(*n)
    }

    fn content(&mut self) -> u64 {
        self.contents += 1;
        self.contents
    }
}

/// Everything that is told of these matters, in the order in which it is ready.
pub(crate) fn arrivals(
    matters: &[Matter],
    rates: &Rates,
    counters: &mut Counters,
    random: &mut Random,
) -> Vec<Arrival> {
    let mut chronicle = Chronicle { rates, counters, arrivals: Vec::new() };
    for matter in matters {
        chronicle.matter(matter, random);
    }
    // Stable: what is ready at the same hour stays in the order in which it was made.
    chronicle.arrivals.sort_by_key(|arrival| arrival.at);
    chronicle.arrivals
}

struct Chronicle<'a> {
    rates: &'a Rates,
    counters: &'a mut Counters,
    arrivals: Vec<Arrival>,
}

impl Chronicle<'_> {
    fn matter(&mut self, matter: &Matter, random: &mut Random) {
        let begin = self.arrivals.len();
        let first = Agency::draw(matter, None, random);
        self.report(matter, first, Kind::Report, None, random);
        let again = &self.rates.again;
        for _ in 1..matter.leads {
            let earlier = begin + random.index(self.arrivals.len() - begin).unwrap_or(0);
            let Some(arrival) = self.arrivals.get_mut(earlier) else { continue };
            let mut drawn = random.below(1_000);
            let mut is = |share: u32| {
                let hit = drawn < u64::from(share);
                drawn = if hit { u64::MAX } else { drawn.saturating_sub(u64::from(share)) };
                hit
            };
            if is(again.exact_copy) {
                arrival.copies += 1;
            } else if is(again.same_number) {
                let mut entry = arrival.entry.clone();
                entry.kind = Kind::Resent;
                let at = arrival.at + 1 + self.rates_delay(random) / 4;
                self.push(at, entry);
            } else if is(again.second_agency) {
                let told = arrival.entry.told.clone();
                // Some are filed twice at one desk, word for word.
                let twice = random.chance(again.filed_twice);
                let first = arrival.entry.agency;
                let agency = if twice { first } else { Agency::draw(matter, Some(first), random) };
                self.report(matter, agency, Kind::Copy, Some((told, twice)), random);
            } else if is(again.update) {
                self.newer(matter, earlier, Kind::Update, random);
            } else if is(again.correction) {
                self.newer(matter, earlier, Kind::Correction, random);
            } else {
                let agency = Agency::draw(matter, None, random);
                self.report(matter, agency, Kind::Retelling, None, random);
            }
        }
    }

    fn rates_delay(&self, random: &mut Random) -> u64 {
        random.log_normal(self.rates.arrival.delay_hours, self.rates.arrival.delay_spread)
    }

    fn push(&mut self, at: u64, entry: Entry) {
        self.arrivals.push(Arrival { at, entry, copies: 0 });
    }

    /// A report under a new number, and what happens to it.
    fn report(
        &mut self,
        matter: &Matter,
        agency: Agency,
        kind: Kind,
        copied: Option<(Told, bool)>,
        random: &mut Random,
    ) {
        let rates = self.rates;
        let mut told = tell(matter, agency, kind != Kind::Retelling, rates, random);
        match copied {
            Some((copied, true)) => told = copied,
            Some((copied, false)) => told.narrative = copied.narrative,
            None => {}
        }
        let entry = Entry {
            agency,
            number: self.counters.report(agency),
            step: Step::Report,
            exercise: random.chance(rates.report.exercise),
            version: 1,
            told,
            kind,
            matter: matter.id,
            content: self.counters.content(),
        };
        let at = entry.told.day * 24 + entry.told.hour + 1 + self.rates_delay(random);
        let place = self.arrivals.len();
        self.push(at, entry.clone());
        let step = |step: Step, kind: Kind, content: u64| Entry { step, kind, content, ..entry.clone() };
        if agency.takes_amendments() && random.chance(rates.report.amendment) {
            for n in 1..=random.between(1, 2) {
                let content = self.counters.content();
                self.push(
                    at + n + self.rates_delay(random) / 4,
                    step(Step::Amendment(n), Kind::Amendment, content),
                );
            }
        }
        if random.chance(rates.report.late) {
            self.newer(matter, place, Kind::Update, random);
            // The first version, once more and later.
            let newest = self.arrivals.last().map_or(at, |arrival| arrival.at);
            self.push(
                newest + 1 + self.rates_delay(random) / 4,
                step(Step::Report, Kind::Late, entry.content),
            );
        }
        if random.chance(rates.report.cancel) {
            let content = self.counters.content();
            let withdrawn = at + 24 + self.rates_delay(random);
            self.push(withdrawn, step(Step::Cancel, Kind::Cancel, content));
            if agency.takes_amendments() && random.chance(rates.report.amendment_after_cancel) {
                let content = self.counters.content();
                self.push(withdrawn + 1, step(Step::Amendment(3), Kind::Amendment, content));
            }
        } else if random.chance(rates.report.early_cancel) {
            let content = self.counters.content();
            self.push(at.saturating_sub(1), step(Step::Cancel, Kind::EarlyCancel, content));
        }
    }

    /// A newer version of the report that stands at this place.
    fn newer(&mut self, matter: &Matter, place: usize, kind: Kind, random: &mut Random) {
        let Some(arrival) = self.arrivals.get(place) else { return };
        let at = arrival.at + 1 + self.rates_delay(random) / 4;
        let mut entry = arrival.entry.clone();
        entry.version += 1;
        if kind == Kind::Correction {
            entry.told.correct(entry.version);
        } else {
            entry.told.add(matter, entry.agency, entry.version, random);
        }
        entry.step = Step::Update;
        entry.kind = kind;
        entry.content = self.counters.content();
        self.push(at, entry);
    }
}
