//! Findings as text of at most [`WIDTH`] columns, and as JSON.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::counterexample::Counterexample;
use crate::guards::Guard;
use crate::proof::{Finding, Verdict};

/// The longest line.
pub const WIDTH: usize = 100;

/// Where what is said of a claim begins.
const INDENT: usize = 13;

/// Room for a word before it.
const LABEL: usize = 9;

/// A finding for people: with the time when `timed`.
pub fn text(finding: &Finding, timed: bool) -> String {
    let took = if timed { format!("{} ms", finding.took.as_millis()) } else { String::new() };
    let head = format!("  {:width$}{}", verdict(&finding.verdict), finding.id, width = INDENT - 2);
    let mut text = format!("{head}{took:>width$}\n", width = WIDTH.saturating_sub(head.chars().count()));
    lines(&mut text, None, &finding.text);
    match &finding.verdict {
        Verdict::Proved => {}
        Verdict::Undecided(why) => lines(&mut text, None, why),
        Verdict::Empty => {
            lines(&mut text, None, "its condition holds for no lead and partner: it claims nothing")
        }
        Verdict::Refuted(counterexample) => tell(&mut text, counterexample),
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn tell(text: &mut String, counterexample: &Counterexample) {
    lines(text, Some("but"), &format!("{} ({})", counterexample.happens, counterexample.action));
    let any = ["any".to_owned()];
    let parts = [
        ("lead", &counterexample.lead, true),
        ("partner", &counterexample.partner, true),
        ("now", &counterexample.now, false),
    ];
    for (name, said, always) in parts {
        let said = if said.is_empty() && always { &any } else { said.as_slice() };
        for (number, one) in said.iter().enumerate() {
            lines(text, Some(if number == 0 { name } else { "" }), one);
        }
    }
    for (number, (id, reason)) in counterexample.by.iter().enumerate() {
        lines(text, Some(if number == 0 { "by" } else { "" }), &format!("{id}: {reason}"));
    }
}

/// Text, wrapped; beside a word, with room for it.
fn lines(text: &mut String, word: Option<&str>, said: &str) {
    let room = if word.is_some() { LABEL } else { 0 };
    let mut word = word.unwrap_or_default();
    for line in wrap(said, WIDTH - INDENT - room) {
        let _ = writeln!(text, "{:INDENT$}{word:room$}{line}", "");
        word = "";
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Proved => "proved",
        Verdict::Refuted(_) => "refuted",
        Verdict::Undecided(_) => "undecided",
        Verdict::Empty => "empty",
    }
}

/// A finding for machines.
pub fn document(finding: &Finding) -> Json {
    let mut document = json!({
        "claim": finding.id,
        "text": finding.text,
        "verdict": verdict(&finding.verdict),
        "milliseconds": u64::try_from(finding.took.as_millis()).unwrap_or(u64::MAX),
    });
    let more = match &finding.verdict {
        Verdict::Proved | Verdict::Empty => return document,
        Verdict::Undecided(why) => ("why", json!(why)),
        Verdict::Refuted(found) => {
            let by = found.by.iter().map(|(id, reason)| json!({ "policy": id, "reason": reason }));
            let told = json!({
                "happens": found.happens,
                "action": found.action,
                "lead": found.lead,
                "partner": found.partner,
                "now": found.now,
                "by": by.collect::<Vec<_>>(),
                "facts": found.facts,
            });
            ("counterexample", told)
        }
    };
    if let Some(fields) = document.as_object_mut() {
        fields.insert(more.0.to_owned(), more.1);
    }
    document
}

/// A hard stop with its claims, for people.
pub fn guard_text(guard: &Guard) -> String {
    let claims = if guard.claims.is_empty() { "NO CLAIM".to_owned() } else { guard.claims.join(", ") };
    let mut text = String::new();
    for (number, line) in wrap(&claims, WIDTH - 34).iter().enumerate() {
        let policy = if number == 0 { guard.policy.as_str() } else { "" };
        let _ = writeln!(text, "  {policy:30}  {line}");
    }
    if !guard.undecided.is_empty() {
        let undecided = format!("undecided: {}", guard.undecided.join(", "));
        for line in wrap(&undecided, WIDTH - 34) {
            let _ = writeln!(text, "{:34}{line}", "");
        }
    }
    text
}

/// A hard stop with its claims, for machines.
pub fn guard_document(guard: &Guard) -> Json {
    json!({
        "policy": guard.policy,
        "claims": guard.claims,
        "undecided": guard.undecided,
        "milliseconds": u64::try_from(guard.took.as_millis()).unwrap_or(u64::MAX),
    })
}
