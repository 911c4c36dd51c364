//! The demonstration: a site is made, its services run, sample leads go in, and what became of them is
//! shown.

mod flow;
mod generated;
mod matters;
mod overview;
mod recall;
mod report;
mod truth;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use lead::code::MessageStatus;
use pipeline::{Counter, Output};

use super::dead_letters;
use super::init;
use super::matches::Explanation;
use super::status::Books;
use super::trace::{self, Trace, TwoCopies};
use crate::access::kafka::Kafka;
use crate::access::remote::Remote;
use crate::access::{self, Broker};
use crate::cli::{Choice, Demo};
use crate::console::Console;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::samples;
use crate::site::Site;
use crate::topics;
use matters::Matters;
use overview::Overview;
use report::Report;
use truth::Truth;

/// Says that a directory was made by this command, which may remove it again.
const MARKER: &str = ".leadshare-demo";
/// How long the service may take to start, and the leads to go through.
const START: Duration = Duration::from_secs(60);
const PROCESSING: Duration = Duration::from_secs(120);
/// How many dead letters are shown.
const DEAD_LETTERS: usize = 12;

pub(crate) fn run(demo: &Demo, flags: &[String], console: &mut Console) -> Result<(), Fault> {
    let site = make_site(demo)?;
    recall::prepare(&site)?;
    let on = match &demo.broker {
        None => "one process, one directory, no broker".to_owned(),
        Some(broker) => format!("Kafka at {broker}"),
    };
    console.heading(&format!("leadshare demo: {on}"))?;
    let definitions = Definitions::read(&site)?;
    prepare_topics(&site, &definitions)?;

    let mut service = Service::start(&site, flags)?;
    let mut broker = service.broker(&site)?;
    let began = Instant::now();
    let sent = submit_samples(&site, &definitions, broker.as_mut())?;
    console.line(format!(
        "{} runs the services; {sent} sample messages of {} agencies went in",
        site.dir.display(),
        definitions.sources.len()
    ))?;
    let submissions = generated::submissions(demo)?;
    if !submissions.is_empty() {
        console.line(format!("{} generated messages follow (--seed {})", submissions.len(), demo.seed))?;
    }
    let bar = generated::bar("processed", sent + submissions.len() as u64);
    // On Kafka a look at the books reads changelogs: the demo spends no more than a tenth of its time on it.
    let mut look_at = Instant::now();
    generated::send(&submissions, demo.rate, broker.as_mut(), |broker, _| {
        let looked = Instant::now();
        if looked >= look_at {
            let books = Books::read(broker, &definitions)?;
            bar.set_position(books.total("normaliser", Counter::Messages));
            look_at = Instant::now() + looked.elapsed() * 9;
        }
        service.check()
    })?;
    let sent = sent + submissions.len() as u64;
    let all_read = |books: &Books| books.total("normaliser", Counter::Messages) >= sent;
    let books = wait(broker.as_mut(), &definitions, &mut service, all_read, &bar)?;
    bar.finish();
    console.line(rate(&books, began.elapsed()))?;
    let overview = Overview::collect(broker.as_mut(), &definitions)?;
    overview.print(&definitions, console)?;
    let mut told = None;
    if let Some(lead) = overview.most_telling() {
        let keys = site.keys()?;
        let trace = Trace::collect(&site, &definitions, &keys, broker.as_mut(), lead)?;
        console.heading("One lead, from the agency's bytes to each partner")?;
        trace::print(&trace, console)?;
        told = TwoCopies::of(&trace);
    }
    if let Some(told) = &told {
        console.heading("The same lead, as two partners read it")?;
        told.print(console)?;
    }
    console.heading("Dead letters: what could not be read, byte for byte, and why")?;
    let all = Choice { service: None, reason: None };
    let letters = dead_letters::find(broker.as_mut(), &all)?;
    let shown = letters.len().min(DEAD_LETTERS);
    dead_letters::list(letters.get(..shown).unwrap_or_default(), console)?;
    if shown < letters.len() {
        console.line(format!("... and {} more: `leadshare dead-letters list`", letters.len() - shown))?;
    }
    console.heading("Matters: which leads speak of the same")?;
    let matters = Matters::collect(broker.as_mut())?;
    matters.print(console)?;
    let mut explained = None;
    if let Some(pair) = matters.most_telling() {
        console.heading("Two leads of one matter, and why")?;
        let explanation = Explanation::collect(broker.as_mut(), &definitions, MessageStatus::Actual, pair)?;
        explanation.print(console)?;
        let picture = site.dir.join("explanation.svg");
        explanation.write_svg(&picture)?;
        explained = Some(picture);
    }
    let truth = Truth::compare(&submissions, broker.as_mut())?;
    if !submissions.is_empty() {
        truth.print(console)?;
    }
    if let Some(lead) = overview.most_telling() {
        console.heading("The same lead, taken back: the certificate of a recall")?;
        let settle = |broker: &mut dyn Broker, heard| {
            let is_done = |books: &Books| books.total("gate", Counter::Messages) >= heard;
            wait(broker, &definitions, &mut service, is_done, &ProgressBar::hidden()).map(drop)
        };
        recall::walk(&site, &definitions, broker.as_mut(), lead, settle, console)?;
    }
    let books = Books::settled(broker.as_mut(), &definitions, Duration::from_millis(300))?;
    console.heading("Accounting: nothing lost, nothing doubled")?;
    books.print(console)?;
    let report = Report {
        on: &on,
        demo,
        definitions: &definitions,
        overview: &overview,
        told,
        truth: &truth,
        books: &books,
    };
    let pictures = report.write(&site.dir)?;

    drop(broker);
    let took = service.stop()?;
    let dir = site.dir.display();
    let while_it_runs = if demo.broker.is_some() { " while the broker runs" } else { "" };
    console.line(format!(
        "\nThe service ended {} ms after SIGTERM. Look around{while_it_runs}:",
        took.as_millis()
    ))?;
    for picture in pictures.into_iter().chain(explained) {
        console.line(format!("  {}", picture.display()))?;
    }
    for next in ["status", "dead-letters list", "tail leads.decisions.v1 --limit 1"] {
        console.line(format!("  leadshare -C {dir} {next}"))?;
    }
    match books.holds() {
        true if truth.holds() => Ok(()),
        true => Err(Fault::failed("verdicts are not as the truth has them")),
        false => Err(Fault::failed("an equation of the accounting does not hold")),
    }
}

/// How fast it went, from the first message sent to the last one decided for every partner.
fn rate(books: &Books, took: Duration) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (leads, sent) = (books.total("router", Counter::Leads), books.total("router", Counter::Disclosures));
    let seconds = took.as_secs_f64().max(0.001);
    let each = |n: u64| n as f64 / seconds;
    format!(
        "{leads} leads and {sent} messages to partners in {seconds:.1} s on {cores} cores: {:.0} leads, {:.0} messages a second",
        each(leads),
        each(sent)
    )
}

/// A fresh site; one of an earlier demonstration is removed.
fn make_site(demo: &Demo) -> Result<Site, Fault> {
    let dir = &demo.site;
    if dir.join(MARKER).exists() {
        fs::remove_dir_all(dir)
            .map_err(|error| Fault::file(dir, "the last demo's site is removed", &error))?;
    }
    let site = init::make(dir, demo.from.as_deref(), demo.broker.as_deref())?;
    let marker = dir.join(MARKER);
    fs::write(&marker, "").map_err(|error| Fault::file(&marker, "it marks the demo's site", &error))?;
    Ok(site)
}

/// On Kafka, topics are made before services run; and the broker must not hold another site's.
fn prepare_topics(site: &Site, definitions: &Definitions) -> Result<(), Fault> {
    if site.config.kafka.is_none() {
        return Ok(());
    }
    let specs = topics::specs(&site.config, definitions);
    let mut kafka = Kafka::new(site.kafka()?, site.config.limits.pipeline());
    let existing = kafka.topics()?;
    if let Some((topic, _)) = existing.iter().find(|(name, _)| specs.iter().any(|spec| spec.name == *name)) {
        return Err(Fault::usage(format!(
            "the broker has topic `{topic}` already: the demo needs a broker without leadshare's topics"
        )));
    }
    kafka.apply(&specs, false).map(drop)
}

/// Sends the samples of every agency, in the order of their names.
fn submit_samples(site: &Site, definitions: &Definitions, broker: &mut dyn Broker) -> Result<u64, Fault> {
    let mut outputs = Vec::new();
    for source in &definitions.sources {
        for sample in samples::of(&site.config.files.sources.join(source.name()))? {
            outputs.push(Output {
                topic: source.inbound_topic().clone(),
                partition: None,
                key: sample.key,
                value: Some(sample.value),
                headers: sample.headers,
            });
        }
    }
    broker.send(&outputs)?;
    Ok(outputs.len() as u64)
}

/// Waits until what went in is read and all of it is processed, as the accounting says.
fn wait(
    broker: &mut dyn Broker,
    definitions: &Definitions,
    service: &mut Service,
    is_read: impl Fn(&Books) -> bool,
    bar: &ProgressBar,
) -> Result<Books, Fault> {
    let mut began = Instant::now();
    let mut before = 0;
    loop {
        service.check()?;
        let books = Books::settled(broker, definitions, Duration::from_millis(300))?;
        let read = books.total("normaliser", Counter::Messages);
        bar.set_position(read);
        let routed = books.total("router", Counter::Leads);
        if std::mem::replace(&mut before, read + routed) < read + routed {
            // It goes on.
            began = Instant::now();
        }
        if books.is_settled() && is_read(&books) && books.is_balanced() {
            return Ok(books);
        }
        if began.elapsed() > PROCESSING {
            return Err(Fault::failed(format!(
                "after {read} messages none was read in {} s, and not all is done; see `{}`",
                PROCESSING.as_secs(),
                service.log.display()
            )));
        }
    }
}

/// The services in a process of their own.
struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    fn start(site: &Site, flags: &[String]) -> Result<Self, Fault> {
        let log = site.dir.join("run.log");
        let refused = |error: std::io::Error| Fault::file(&log, "the service logs there", &error);
        let program = std::env::current_exe()
            .map_err(|error| Fault::failed(format!("this program cannot find itself: {error}")))?;
        let mut command = Command::new(program);
        command.arg("-C").arg(&site.dir).args(["--set", "http.listen=127.0.0.1:0"]);
        for flag in flags {
            command.args(["--set", flag]);
        }
        let child = command
            .args(["run", "all"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).map_err(refused)?)
            .spawn()
            .map_err(|error| Fault::failed(format!("the service cannot start: {error}")))?;
        Ok(Self { child, log })
    }

    /// The transport, once the service has it.
    fn broker(&mut self, site: &Site) -> Result<Box<dyn Broker>, Fault> {
        if site.config.kafka.is_some() {
            return access::open(site);
        }
        let began = Instant::now();
        loop {
            self.check()?;
            match Remote::connect(site) {
                Ok(remote) => return Ok(Box::new(remote)),
                Err(_) if began.elapsed() < START => std::thread::sleep(Duration::from_millis(20)),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Fails if the service has ended.
    fn check(&mut self) -> Result<(), Fault> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                Err(Fault::failed(format!("the service ended ({status}):\n{}", last_lines(&self.log))))
            }
            Err(error) => Err(Fault::failed(format!("the service cannot be watched: {error}"))),
        }
    }

    /// SIGTERM, and how long it took.
    fn stop(mut self) -> Result<Duration, Fault> {
        let began = Instant::now();
        self.terminate();
        while began.elapsed() < Duration::from_secs(6) {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(began.elapsed()),
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                _ => break,
            }
        }
        Err(Fault::failed(format!("the service did not end well:\n{}", last_lines(&self.log))))
    }

    fn terminate(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid
            && let Err(error) = rustix::process::kill_process(pid, rustix::process::Signal::TERM)
        {
            tracing::debug!(%error, "the service had ended already");
        }
    }
}

impl Drop for Service {
    /// A demo that fails half way leaves nothing running.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Exit;

    #[test]
    fn a_directory_that_is_no_demo_is_never_removed() {
        let Ok(temporary) = tempfile::tempdir() else { return };
        let dir = temporary.path().join("precious");
        assert!(init::make(&dir, None, None).is_ok());
        let demo = Demo { site: dir.clone(), broker: None, from: None, leads: 0, seed: 1, rate: None };
        let fault = make_site(&demo).err();
        assert_eq!(fault.map(|f| f.exit), Some(Exit::Usage));
        assert!(dir.join("leadshare.toml").exists());
    }
}
