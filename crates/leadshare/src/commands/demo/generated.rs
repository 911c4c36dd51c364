//! Generated leads go in, at a rate if one is asked for, while a bar shows how far it is.

use std::time::{Duration, Instant};

use generator::{DEFAULT_RATES, Generator, Rates, Submission};
use indicatif::{ProgressBar, ProgressStyle};
use pipeline::{Headers, Output, Topic};

use crate::access::Broker;
use crate::cli::Demo;
use crate::fault::Fault;

/// Messages that are sent at once.
const BATCH: usize = 100;

/// What the seed and the number say.
pub(super) fn submissions(demo: &Demo) -> Result<Vec<Submission>, Fault> {
    let rates = Rates::parse(DEFAULT_RATES)
        .map_err(|error| Fault::failed(format!("the generator's rates: {error}")))?;
    Ok(Generator::new(demo.seed, rates).take(demo.leads).collect())
}

/// A bar on a terminal; nothing where nobody looks.
pub(super) fn bar(title: &'static str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message(title);
    match ProgressStyle::with_template("  {msg:12} {bar:40} {pos}/{len} messages, {per_sec}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Sends them in their order; not faster than `rate` messages a second.
pub(super) fn send(
    submissions: &[Submission],
    rate: Option<u32>,
    broker: &mut dyn Broker,
    mut each: impl FnMut(&mut dyn Broker, u64) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let began = Instant::now();
    let mut sent = 0_u32;
    for part in submissions.chunks(BATCH) {
        let outputs: Vec<Output> = part.iter().map(output).collect();
        broker.send(&outputs)?;
        sent = sent.saturating_add(u32::try_from(part.len()).unwrap_or(u32::MAX));
        each(broker, u64::from(sent))?;
        if let Some(rate) = rate.filter(|rate| *rate > 0) {
            let due = Duration::from_secs(1) * sent / rate;
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
    }
    Ok(())
}

fn output(submission: &Submission) -> Output {
    let headers = submission.headers.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
    Output {
        topic: Topic::new(&submission.topic),
        partition: None,
        key: submission.key.clone(),
        value: Some(submission.value.clone()),
        headers: Headers(headers.collect()),
    }
}
