//! Rules, dashboard and runbook against the metrics that exist; and a real Prometheus that scrapes a real
//! process, sees an alert fire, and answers every query of the dashboard.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Running, leadshare, site};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// A program of Debian's packages, unpacked by scripts/setup.
fn program(name: &str) -> Command {
    let path = root().join(".venv/monitoring/usr/bin").join(name);
    assert!(path.exists(), "{} is missing: run `make setup`", path.display());
    Command::new(path)
}

fn succeeds(command: &mut Command) {
    let output = command.current_dir(root()).output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}{}", said(&output.stdout), said(&output.stderr));
}

#[test]
fn configuration_is_valid_and_rules_do_what_their_cases_say() {
    succeeds(program("promtool").args(["check", "config", "config/prometheus/prometheus.yml"]));
    succeeds(program("promtool").args(["test", "rules", "config/prometheus/rules.test.yml"]));
    succeeds(program("amtool").args(["check-config", "config/alertmanager/alertmanager.yml"]));
}

/// Names and labels of every metric, from the table that a test of its own holds against the code.
fn metrics() -> BTreeMap<String, BTreeSet<String>> {
    let document = read("docs/metrics.md");
    let rows = document.lines().filter(|line| line.starts_with("| `leadshare_"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let labels = cells[3].split(", ").filter(|label| !label.is_empty()).map(str::to_owned);
        (cells[1].trim_matches('`').to_owned(), labels.collect())
    })
    .collect()
}

/// The metrics that a query names, each with the labels that it asks for.
fn named(query: &str) -> Vec<(String, BTreeSet<String>)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let mut found = Vec::new();
    for (at, _) in query.match_indices("leadshare") {
        if query[..at].ends_with(|c: char| is_name(c) || c == '"') {
            continue;
        }
        let rest = &query[at..];
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        if !name.starts_with("leadshare_") && !name.starts_with("leadshare:") {
            continue;
        }
        let labels = rest[end..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let asked = labels.map_or("", |(inside, _)| inside).split(',');
        let asked =
            asked.filter_map(|part| Some(part.split_once('=')?.0.trim_end_matches('!').trim().to_owned()));
        found.push((name.to_owned(), asked.collect()));
    }
    found
}

fn rules() -> String {
    let lines = read("config/prometheus/rules.yml");
    // Annotations name labels in a language of their own.
    let kept =
        lines.lines().filter(|line| !line.trim_start().starts_with(['#']) && !line.contains("summary:"));
    kept.fold(String::new(), |text, line| text + line + "\n")
}

fn dashboard() -> Value {
    serde_json::from_str(&read("config/grafana/dashboards/leadshare.json")).unwrap()
}

fn queries(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::Object(fields) => {
            found.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| queries(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        _ => {}
    }
}

fn dashboard_queries() -> Vec<String> {
    let mut found = Vec::new();
    queries(&dashboard(), &mut found);
    found
}

#[test]
fn every_query_names_metrics_and_labels_that_exist() {
    let metrics = metrics();
    let rules = rules();
    let recorded: BTreeSet<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ")).collect();
    let mut shown = BTreeSet::new();
    let all = dashboard_queries();
    assert!(all.len() > 30, "the dashboard has queries");
    for query in all.iter().map(String::as_str).chain([rules.as_str()]) {
        for (name, asked) in named(query) {
            if name.contains(':') {
                assert!(recorded.contains(name.as_str()), "no rule records {name}, which a query asks for");
                continue;
            }
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
            let base = base.filter(|base| metrics.contains_key(*base)).unwrap_or(&name);
            let labels =
                metrics.get(base).unwrap_or_else(|| panic!("no metric {name}, which a query asks for"));
            for label in asked.iter().filter(|label| label.as_str() != "le") {
                assert!(labels.contains(label), "{name} has no label `{label}`");
            }
            shown.insert(base.to_owned());
        }
    }
    let unseen: Vec<_> = metrics.keys().filter(|metric| !shown.contains(*metric)).collect();
    assert!(unseen.is_empty(), "nobody looks at {unseen:?}");
}

#[test]
fn every_alert_has_a_case_and_a_page_of_the_runbook() {
    let (rules, cases, runbook) = (
        read("config/prometheus/rules.yml"),
        read("config/prometheus/rules.test.yml"),
        read("docs/runbook.md"),
    );
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 10);
    for alert in &alerts {
        assert!(cases.contains(&format!("alertname: {alert}\n")), "{alert} has no case in rules.test.yml");
        assert!(runbook.contains(&format!("\n## {alert}\n")), "docs/runbook.md has no section {alert}");
        let anchor = format!("runbook: docs/runbook.md#{}\n", alert.to_lowercase());
        assert!(rules.contains(&anchor), "{alert} does not name its page: {anchor}");
    }
    for section in runbook.lines().filter_map(|line| line.strip_prefix("## ")) {
        assert!(alerts.contains(&section), "docs/runbook.md has a section for {section}, which is no alert");
    }
}

/// A Prometheus server of this test.
struct Prometheus {
    child: Child,
    at: String,
    _data: tempfile::TempDir,
}

impl Prometheus {
    /// With the rules as they are delivered, every second.
    fn start(target: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let rules = root().join("config/prometheus/rules.yml");
        let config = format!(
            "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [\"{}\"]\nscrape_configs:\n  \
             - job_name: leadshare\n    static_configs:\n      - targets: [\"{target}\"]\n",
            rules.display()
        );
        let file = data.path().join("prometheus.yml");
        fs::write(&file, config).unwrap();
        // The port is free once this is dropped, and nobody else was told of it.
        let at = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = program("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", data.path().join("tsdb").display()))
            .arg(format!("--web.listen-address={at}"))
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, at, _data: data }
    }

    fn get(&self, path: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(&self.at).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: x\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
    }

    fn query(&self, query: &str) -> Option<Value> {
        let encoded = query.bytes().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "%{byte:02X}");
            text
        });
        self.get(&format!("/api/v1/query?query={encoded}"))
    }

    /// Asks until the answer is what is wanted.
    fn wait<T>(&self, what: &str, ask: impl Fn(&Self) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn firing(&self) -> Option<Vec<String>> {
        let answer = self.get("/api/v1/alerts")?;
        let alerts = answer["data"]["alerts"].as_array()?.iter().filter(|alert| alert["state"] == "firing");
        Some(
            alerts
                .map(|alert| alert["labels"]["alertname"].as_str().unwrap_or_default().to_owned())
                .collect(),
        )
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first number of an answer.
fn number(answer: &Value) -> Option<f64> {
    answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
}

#[test]
fn prometheus_scrapes_a_site_and_an_alert_fires() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    let config = dir.join("leadshare.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("dead_letter_burst = 1000", "dead_letter_burst = 5")).unwrap();
    let service = Running::start(dir, "all");
    service.ready();
    let prometheus = Prometheus::start(&service.listen);
    prometheus.wait("the first scrape", |p| number(&p.query("up")?).filter(|up| *up == 1.0));

    let sample = |name: &str| dir.join("sources/houston-tips").join(name).to_str().unwrap().to_owned();
    let submit = |name: &str| {
        let said = leadshare(&["-C", site, "submit", "houston-tips", &sample(name)]);
        assert_eq!(said.code, 0, "{}", said.stderr);
    };
    submit("01.raw");
    assert_eq!(leadshare(&["-C", site, "status", "--wait", "60"]).code, 0);
    let leads = r#"sum(leadshare_records_outcome_total{service="deduplicator", outcome="NEW"})"#;
    prometheus.wait("the lead", |p| number(&p.query(leads)?).filter(|n| *n == 1.0));
    let delivered = r#"sum(leadshare_records_outcome_total{service="router", outcome="DELIVERED"})"#;
    prometheus.wait("its copies", |p| number(&p.query(delivered)?).filter(|n| *n >= 1.0));
    prometheus.wait("books that balance", |p| {
        number(&p.query("max(abs(leadshare:accounting_difference))")?).filter(|n| *n == 0.0)
    });
    assert!(!prometheus.firing().unwrap().contains(&"SourcePaused".to_owned()));

    // A source of which nothing can be read.
    (0..5).for_each(|_| submit("bad.raw"));
    let firing =
        prometheus.wait("the alert", |p| p.firing().filter(|all| all.contains(&"SourcePaused".to_owned())));
    assert!(!firing.contains(&"AccountingDiffers".to_owned()), "{firing:?}");

    for query in dashboard_queries() {
        let query = query.replace("$__rate_interval", "1m");
        let answer = prometheus.query(&query).unwrap();
        assert_eq!(answer["status"], "success", "{query}: {answer}");
    }
}
