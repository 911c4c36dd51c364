//! The accounting: what came in, what became of it, and whether all of it is there (PL-7).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use pipeline::{Accounting, Counter};
use serde::Serialize;

use crate::access::{self, Broker, TaskTotals};
use crate::console::{Console, Style};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::services::service_topics;
use crate::site::Site;

/// How often totals are looked at while somebody waits.
const LOOK: Duration = Duration::from_millis(200);

pub(crate) fn run(site: &Site, wait: Option<u64>, console: &mut Console) -> Result<(), Fault> {
    let definitions = Definitions::read(site)?;
    let mut broker = access::open(site)?;
    let books = match wait {
        None => Books::read(broker.as_mut(), &definitions)?,
        Some(seconds) => Books::settled(broker.as_mut(), &definitions, Duration::from_secs(seconds))?,
    };
    if console.is_json() {
        console.json(&books)?;
    } else {
        books.print(console)?;
    }
    if wait.is_some() && !books.is_settled() {
        return Err(Fault::failed("records are still waiting: does every service run? See `leadshare run`"));
    }
    match books.holds() {
        true => Ok(()),
        false => {
            Err(Fault::failed("an equation of the accounting does not hold: records are missing or doubled"))
        }
    }
}

/// What the services have counted, with what must follow from it.
#[derive(Debug, Serialize)]
pub(crate) struct Books {
    services: Vec<Row>,
    equations: Vec<Equation>,
}

#[derive(Debug, Serialize)]
struct Row {
    service: String,
    totals: BTreeMap<&'static str, u64>,
    /// Records that wait to be read.
    waiting: u64,
}

/// Two numbers that must be equal.
#[derive(Debug, Serialize)]
pub(crate) struct Equation {
    pub(crate) text: String,
    pub(crate) left: u64,
    pub(crate) right: u64,
    pub(crate) holds: bool,
}

impl Equation {
    fn equal(text: &str, left: u64, right: u64) -> Self {
        Self { text: text.to_owned(), left, right, holds: left == right }
    }

    /// Between services, whose totals are read one after the other: the later one may be ahead, and a
    /// redrive is read twice.
    fn arrived(text: &str, left: u64, right: u64) -> Self {
        Self { holds: left <= right, ..Self::equal(text, left, right) }
    }
}

impl Books {
    /// Reads the totals of every service.
    pub(crate) fn read(broker: &mut dyn Broker, definitions: &Definitions) -> Result<Self, Fault> {
        let tasks = broker.tasks(&service_topics(definitions))?;
        Ok(Self::of(&tasks, definitions.partners.len() as u64))
    }

    /// Reads them until nothing waits any more, or the time is over.
    pub(crate) fn settled(
        broker: &mut dyn Broker,
        definitions: &Definitions,
        patience: Duration,
    ) -> Result<Self, Fault> {
        let began = Instant::now();
        loop {
            let books = Self::read(broker, definitions)?;
            if books.is_settled() || began.elapsed() >= patience {
                return Ok(books);
            }
            std::thread::sleep(LOOK);
        }
    }

    fn of(tasks: &[TaskTotals], partners: u64) -> Self {
        let mut services: Vec<(String, Accounting, u64)> = Vec::new();
        for task in tasks {
            match services.iter_mut().find(|(name, ..)| *name == task.service) {
                Some((_, totals, waiting)) => {
                    task.totals.iter().for_each(|(counter, n)| totals.add(counter, n));
                    *waiting += task.behind;
                }
                None => services.push((task.service.clone(), task.totals.clone(), task.behind)),
            }
        }
        let equations = equations(&services, partners);
        let row = |(service, totals, waiting): &(String, Accounting, u64)| Row {
            service: service.clone(),
            totals: totals.iter().filter(|(_, n)| *n > 0).map(|(counter, n)| (counter.name(), n)).collect(),
            waiting: *waiting,
        };
        Self { services: services.iter().map(row).collect(), equations }
    }

    /// What must be equal, and is or is not.
    pub(crate) fn equations(&self) -> &[Equation] {
        &self.equations
    }

    /// Whether every equation holds.
    pub(crate) fn holds(&self) -> bool {
        self.equations.iter().all(|equation| equation.holds)
    }

    /// Whether what one service wrote is what the next one read, not more and not less: nothing is on
    /// its way between them.
    pub(crate) fn is_balanced(&self) -> bool {
        self.equations.iter().all(|equation| equation.holds && equation.left == equation.right)
    }

    /// Whether nothing waits.
    pub(crate) fn is_settled(&self) -> bool {
        self.services.iter().all(|row| row.waiting == 0)
    }

    /// A total, 0 if it never moved.
    pub(crate) fn total(&self, service: &str, counter: Counter) -> u64 {
        let row = self.services.iter().find(|row| row.service == service);
        row.and_then(|row| row.totals.get(counter.name()).copied()).unwrap_or(0)
    }

    /// The table of totals and the equations.
    pub(crate) fn print(&self, console: &mut Console) -> Result<(), Fault> {
        let columns = [
            ("read", Counter::Messages),
            ("entries", Counter::Entries),
            ("leads", Counter::Leads),
            ("no lead", Counter::NotALead),
            ("dead", Counter::DeadLetters),
            ("verdicts", Counter::Verdicts),
            ("outcomes", Counter::Outcomes),
            ("sent", Counter::Disclosures),
        ];
        let mut head = vec!["service"];
        head.extend(columns.iter().map(|(name, _)| *name));
        head.push("waiting");
        let rows: Vec<_> = self
            .services
            .iter()
            .map(|row| {
                let mut cells = vec![(Style::Strong, row.service.clone())];
                for (_, counter) in columns {
                    let n = row.totals.get(counter.name()).map_or("·".to_owned(), u64::to_string);
                    cells.push((Style::Plain, n));
                }
                let style = if row.waiting == 0 { Style::Plain } else { Style::Notice };
                cells.push((style, row.waiting.to_string()));
                cells
            })
            .collect();
        console.table(&head, &rows)?;
        console.line("")?;
        for equation in &self.equations {
            let (style, mark) = if equation.holds { (Style::Good, "✓") } else { (Style::Bad, "✗") };
            let mark = console.style(style, mark);
            let numbers = console.style(Style::Faint, &format!("{} : {}", equation.left, equation.right));
            console.line(format!("  {mark} {:<76} {numbers}", equation.text))?;
        }
        Ok(())
    }
}

fn equations(services: &[(String, Accounting, u64)], partners: u64) -> Vec<Equation> {
    let of = |service: &str| services.iter().find(|(name, ..)| name == service);
    let get = |service: &str, counter| of(service).map_or(0, |(_, totals, _)| totals.get(counter));
    let arrived = |service: &str| of(service).map_or(0, |(_, totals, w)| totals.get(Counter::Messages) + w);
    let mut found = Vec::new();
    let mut split = |service: &str, text: &str, into: &[Counter]| {
        let sum = into.iter().map(|counter| get(service, *counter)).sum();
        found.push(Equation::equal(text, get(service, Counter::Entries), sum));
    };
    let ends = [Counter::Leads, Counter::NotALead, Counter::DeadLetters];
    split("normaliser", "normaliser: entries = leads + no lead + dead letters", &ends);
    split("gate", "gate: entries = words and answers + dead letters", &ends);
    split(
        "deduplicator",
        "deduplicator: entries = verdicts + officers' words and purges + dead letters",
        &[Counter::Verdicts, Counter::NotALead, Counter::DeadLetters],
    );
    split("router", "router: entries = leads + other events + dead letters", &ends);
    let to_router = get("gate", Counter::Events);
    let judgements = get("gate", Counter::NotALead).saturating_sub(to_router);
    found.push(Equation::arrived(
        "what comes to the deduplicator, or falls due there, is read or waits",
        get("normaliser", Counter::Leads)
            .saturating_add(judgements)
            .saturating_add(get("deduplicator", Counter::Returned)),
        arrived("deduplicator"),
    ));
    found.push(Equation::arrived(
        "what deduplicator and gate pass on is read by the router, or waits",
        get("deduplicator", Counter::Verdicts)
            .saturating_add(get("deduplicator", Counter::Events))
            .saturating_add(to_router),
        arrived("router"),
    ));
    // Partners come and go: each lead had as many outcomes as there were partners at its time.
    let (leads, outcomes) = (get("router", Counter::Leads), get("router", Counter::Outcomes));
    let constant = outcomes == leads.saturating_mul(partners);
    let text = match constant {
        true => format!("router: outcomes = leads × {partners} partners"),
        false => {
            format!("router: outcomes for every lead (the number of partners was not always {partners})")
        }
    };
    found.push(Equation {
        text,
        left: outcomes,
        right: leads.saturating_mul(partners),
        holds: constant || (outcomes >= leads && partners > 0),
    });
    found
}

#[cfg(test)]
mod tests {
    use pipeline::Source;

    use super::*;

    fn task(service: &str, totals: &[(Counter, u64)], behind: u64) -> TaskTotals {
        let mut accounting = Accounting::default();
        totals.iter().for_each(|(counter, n)| accounting.add(*counter, *n));
        TaskTotals { service: service.to_owned(), source: Source::new("t", 0), totals: accounting, behind }
    }

    fn books(dead: u64, verdicts: u64, behind: u64) -> Books {
        use Counter::{DeadLetters, Entries, Leads, Messages, NotALead, Outcomes, Verdicts};
        Books::of(
            &[
                task("normaliser", &[(Entries, 6), (Leads, 2), (NotALead, 1), (DeadLetters, dead)], 0),
                task("normaliser", &[(Entries, 2), (Leads, 2)], 0),
                task("deduplicator", &[(Messages, 4), (Entries, 4), (Verdicts, verdicts)], behind),
                task("router", &[(Messages, 4), (Entries, 4), (Leads, 4), (Outcomes, 12)], 0),
            ],
            3,
        )
    }

    #[test]
    fn pl_7_a_missing_entry_or_verdict_is_seen() {
        assert!(books(3, 4, 0).holds());
        assert!(books(3, 4, 0).is_settled());
        assert!(!books(2, 4, 0).holds(), "an entry is missing");
        assert!(!books(3, 3, 0).holds(), "a verdict is missing");
        assert!(!books(3, 4, 1).is_settled());
        assert_eq!(books(3, 4, 0).total("normaliser", Counter::Leads), 4);
    }

    #[test]
    fn a_lead_on_its_way_is_not_lost_and_one_that_never_arrives_is() {
        let mut all = books(3, 4, 0);
        assert!(all.holds());
        let tasks = [task("normaliser", &[(Counter::Leads, 5), (Counter::Entries, 5)], 0)];
        all = Books::of(&tasks, 3);
        assert!(!all.holds());
    }
}
