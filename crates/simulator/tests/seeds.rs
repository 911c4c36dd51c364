//! Seeds: those that failed once, and new ones.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use simulator::{Fault, Options, Site, Summary, simulate};

/// About a minute of one core.
const SEEDS: u64 = 2_000;

/// Runs seeds on as many threads as there are cores, each seed on one; fails with the first that fails.
fn all_keep(seeds: &[u64], options: Options) -> Summary {
    let (site, next, summary) = (Site::new().unwrap(), AtomicU64::new(0), Mutex::new(Summary::default()));
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(seed) =
                    seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap())
                {
                    let report = simulate(&site, *seed, options);
                    let (trace, found) = (report.trace.join("\n"), &report.violations);
                    assert!(
                        found.is_empty(),
                        "seed {seed}: `make simulate SEED={seed}`\n{trace}\n{found:#?}"
                    );
                    summary.lock().unwrap().add(&report);
                }
            });
        }
    });
    summary.into_inner().unwrap()
}

#[test]
fn seeds_that_failed_once() {
    let lines = include_str!("../seeds.txt").lines().filter(|line| !line.starts_with('#'));
    let seeds: Vec<u64> =
        lines.map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect();
    let summary = all_keep(&seeds, Options::default());
    assert_eq!(summary.seeds, seeds.len() as u64);
}

#[test]
fn new_seeds() {
    let seeds: Vec<u64> = (10_000_000..10_000_000 + SEEDS).collect();
    let summary = all_keep(&seeds, Options::default());
    // A simulation in which nothing goes wrong would prove nothing.
    for fault in [
        Fault::Error,
        Fault::RequestLost,
        Fault::AnswerLost,
        Fault::RequestLate,
        Fault::CrashBefore,
        Fault::CrashAfter,
        Fault::TornWrite,
        Fault::PowerCut,
        Fault::DiskLost,
        Fault::Rebalance,
        Fault::Zombie,
        Fault::Pause,
        Fault::TimePasses,
        Fault::ClockJump,
        Fault::TopicRefuses,
        Fault::TransactionExpired,
    ] {
        assert!(summary.faults.get(&fault).is_some_and(|count| *count > 20), "{fault:?} never strikes");
    }
    assert!(summary.copies > summary.seeds && summary.leads > summary.seeds, "{summary}");
    assert!(summary.purges > summary.seeds / 10, "{summary}");
}

#[test]
fn a_seed_is_the_same_again() {
    let (one, other) = (Site::new().unwrap(), Site::new().unwrap());
    let options = Options { traces_all: true, ..Options::default() };
    for seed in 0..8 {
        let (first, again) = (simulate(&one, seed, options), simulate(&other, seed, options));
        assert_eq!(first.trace, again.trace, "seed {seed}");
        assert_eq!((first.steps, first.copies), (again.steps, again.copies));
    }
}
