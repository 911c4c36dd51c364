//! `make simulate`: runs seeds, and says what came of them.
//!
//! `simulate [--seeds N] [--from SEED] [--jobs N] [--sabotage NAME]`, or `simulate --seed SEED` for one with its trace.
#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use simulator::{Options, Report, SABOTAGES, Sabotage, Site, Summary, simulate};

/// Violations of one seed that are shown.
const SHOWN: usize = 4;

struct Wanted {
    seeds: u64,
    from: u64,
    jobs: usize,
    one: bool,
    options: Options,
}

fn main() -> ExitCode {
    let run = wanted(std::env::args().skip(1)).and_then(|wanted| Ok((Site::new()?, wanted)));
    match run {
        Ok((site, wanted)) if wanted.one => one(&site, &wanted),
        Ok((site, wanted)) => many(&site, &wanted),
        Err(error) => {
            println!("{error}");
            ExitCode::from(64)
        }
    }
}

fn wanted(mut args: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted { seeds: 1_000, from: 0, jobs: 1, one: false, options: Options::default() };
    while let Some(name) = args.next() {
        if name == "--calm" {
            wanted.options.calm = true;
            continue;
        }
        let value = args.next().ok_or_else(|| format!("`{name}` needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("`{name}` takes a number, not `{value}`"));
        match name.as_str() {
            "--seeds" => wanted.seeds = number()?,
            "--from" => wanted.from = number()?,
            "--jobs" => wanted.jobs = usize::try_from(number()?).unwrap_or(1).max(1),
            "--seed" => {
                (wanted.from, wanted.one) = (number()?, true);
                wanted.options.traces_all = true;
            }
            "--sabotage" => wanted.options.sabotage = Some(sabotage(&value)?),
            _ => {
                return Err(format!("unknown option `{name}`; see the head of crates/simulator/src/main.rs"));
            }
        }
    }
    Ok(wanted)
}

fn sabotage(name: &str) -> Result<Sabotage, String> {
    let names: Vec<String> = SABOTAGES.iter().map(|sabotage| format!("{sabotage:?}")).collect();
    let at = names.iter().position(|known| known == name);
    at.and_then(|at| SABOTAGES.get(at)).copied().ok_or_else(|| format!("no sabotage `{name}`: {names:?}"))
}

fn one(site: &Site, wanted: &Wanted) -> ExitCode {
    let report = simulate(site, wanted.from, wanted.options);
    report.trace.iter().for_each(|line| println!("{line}"));
    let mut summary = Summary::default();
    summary.add(&report);
    println!("{summary}");
    report.violations.iter().for_each(|violation| println!("{violation}"));
    ended(&summary)
}

/// Threads take seeds; each seed runs on one of them alone.
fn many(site: &Site, wanted: &Wanted) -> ExitCode {
    let (next, summary, began) = (AtomicU64::new(0), Mutex::new(Summary::default()), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..wanted.jobs {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= wanted.seeds {
                        return;
                    }
                    let report = simulate(site, wanted.from.wrapping_add(number), wanted.options);
                    show(&report);
                    if let Ok(mut summary) = summary.lock() {
                        summary.add(&report);
                    }
                }
            });
        }
    });
    let Ok(summary) = summary.into_inner() else { return ExitCode::FAILURE };
    println!("{summary}");
    let seconds = began.elapsed().as_secs_f64();
    println!("{seconds:.1} s, {:.0} seeds/s", wanted.seeds as f64 / seconds.max(0.001));
    ended(&summary)
}

fn show(report: &Report) {
    if report.violations.is_empty() {
        return;
    }
    println!("seed {} fails; `make simulate SEED={}` shows how", report.seed, report.seed);
    report.violations.iter().take(SHOWN).for_each(|violation| println!("  {violation}"));
    report.trace.iter().rev().take(12).rev().for_each(|line| println!("    {line}"));
}

fn ended(summary: &Summary) -> ExitCode {
    if summary.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
