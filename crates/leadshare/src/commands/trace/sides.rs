//! What each partner sees, side by side: a row for each value of the lead, a numbered column
//! for each partner.

use std::collections::BTreeMap;

use lead::code::MessageKind;
use lead::decision::{Outcome, OutcomeCode};
use serde_json::{Map, Value as Json};

use super::{Trace, to_json};
use crate::commands::tail::time;
use crate::console::{Console, Style, WIDTH, shorten, wrap};
use crate::fault::Fault;

/// Codes that say nothing.
const SILENT: [&str; 2] = ["UNKNOWN", "NOT_STATED"];

/// A value with the path to it, indices left out: copies of lists are shorter.
type Leaf = (String, String);

/// Prints the table, and for each partner why values are missing.
pub(crate) fn print_sides(trace: &Trace, console: &mut Console) -> Result<(), Fault> {
    let Some(version) = trace.versions.last() else { return Ok(()) };
    let mut leaves = Vec::new();
    flatten("", &to_json(&version.lead.content), &mut leaves);
    let copies = trace.partners.iter().map(|copies| {
        let mut seen = Vec::new();
        let newest = copies.received.last().filter(|(_, c)| c.message_kind != MessageKind::Cancel);
        if let Some(content) = newest.and_then(|(_, copy)| copy.content.as_ref()) {
            flatten("", &to_json(content), &mut seen);
        }
        (copies.partner.as_str(), kept(&leaves, &seen))
    });
    // Who holds nothing needs no column.
    let columns: Vec<(&str, Vec<bool>)> = copies.filter(|(_, kept)| kept.contains(&true)).collect();
    let holders: Vec<&str> = columns.iter().map(|(partner, _)| *partner).collect();
    console.heading("What each partner sees of it")?;
    print_table(&leaves, &columns.into_iter().map(|(_, kept)| kept).collect::<Vec<_>>(), console)?;
    print_reasons(trace, &holders, console)
}

/// Which values of a lead stand in a copy of it: a copy lacks some, and keeps the order of the others.
fn kept(leaves: &[Leaf], copy: &[Leaf]) -> Vec<bool> {
    let mut kept = vec![false; leaves.len()];
    let mut from = 0;
    for leaf in copy {
        let found = leaves.iter().skip(from).position(|other| other == leaf).map(|at| from + at);
        if let Some(mark) = found.and_then(|at| kept.get_mut(at)) {
            *mark = true;
            from = found.map_or(from, |at| at + 1);
        }
    }
    kept
}

fn print_table(leaves: &[Leaf], columns: &[Vec<bool>], console: &mut Console) -> Result<(), Fault> {
    const PATH: usize = 36;
    let step = if columns.len() > 8 { 3 } else { 4 };
    let value_width = WIDTH.saturating_sub(PATH + columns.len() * step + 4).clamp(12, 40);
    let numbers: String = (1..=columns.len()).map(|number| format!("{number:>step$}")).collect();
    let head = format!("  {:<PATH$}  {:<value_width$}{}", "value of the lead", "", numbers.trim_end());
    console.line(console.style(Style::Faint, &head))?;
    let before = " ".repeat(step - 1);
    for (row, (path, value)) in leaves.iter().enumerate() {
        let mut line =
            format!("  {:<PATH$}  {:<value_width$}", shorten(path, PATH), shorten(value, value_width));
        for kept in columns {
            let mark = match kept.get(row) {
                Some(true) => console.style(Style::Good, "✓"),
                _ => console.style(Style::Faint, "·"),
            };
            line += &format!("{before}{mark}");
        }
        console.line(line.trim_end())?;
    }
    Ok(())
}

/// What each holder lacks, in the order of the columns; then who holds nothing, by reason.
fn print_reasons(trace: &Trace, holders: &[&str], console: &mut Console) -> Result<(), Fault> {
    let Some(decision) = trace.newest_decision() else { return Ok(()) };
    let mut rows = Vec::new();
    let mut others: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for copies in &trace.partners {
        let Some(outcome) = decision.outcome_of(&copies.partner) else { continue };
        let why = why(&outcome);
        let Some(column) = holders.iter().position(|holder| *holder == copies.partner) else {
            others.entry((outcome.outcome.symbol(), why)).or_default().push(&copies.partner);
            continue;
        };
        rows.push(vec![
            (Style::Strong, format!("{} {}", column + 1, copies.partner)),
            (super::tree::style(outcome.outcome), outcome.outcome.symbol().to_owned()),
            (Style::Plain, why),
        ]);
    }
    console.line("")?;
    console.table(&["partner", "outcome", "what is missing, and why"], &rows)?;
    for ((outcome, why), partners) in others {
        for (number, line) in wrap(&format!("{outcome}: {why}"), WIDTH - 4).iter().enumerate() {
            let style = if number == 0 { Style::Notice } else { Style::Plain };
            console.line(format!("  {}", console.style(style, line)))?;
        }
        for line in wrap(&partners.join(", "), WIDTH - 6) {
            console.line(format!("      {line}"))?;
        }
    }
    Ok(())
}

fn why(outcome: &Outcome) -> String {
    let mut why: Vec<String> = match outcome.outcome {
        OutcomeCode::Delivered | OutcomeCode::Unchanged => Vec::new(),
        _ => outcome.reasons.clone(),
    };
    let hidden: Vec<String> = outcome
        .hidden
        .iter()
        .map(|hidden| match hidden.policies.as_slice() {
            [] => hidden.class.clone(),
            policies => format!("{} (forbidden: {})", hidden.class, policies.join(", ")),
        })
        .collect();
    if !hidden.is_empty() {
        why.push(format!("no access to {}", hidden.join(", ")));
    }
    if !outcome.withheld.is_empty() {
        why.push(format!("text withheld: {}", outcome.withheld.join(", ")));
    }
    if why.is_empty() {
        why.push("sees all of it".to_owned());
    }
    why.join("; ")
}

/// Two copies of one lead.
pub(crate) struct TwoCopies {
    /// Who has more, and who has less.
    pub(crate) partners: [String; 2],
    /// Path, what the first reads, what the second reads.
    pub(crate) rows: Vec<(String, String, Option<String>)>,
    /// Why the second lacks something.
    pub(crate) why: String,
}

impl TwoCopies {
    /// Of the partners that hold the lead: the one that is shown most, and the one that differs most from it
    /// without being shown nothing.
    pub(crate) fn of(trace: &Trace) -> Option<Self> {
        let decision = trace.newest_decision()?;
        let mut copies: Vec<(&str, Vec<Leaf>)> = Vec::new();
        for holder in &trace.partners {
            let newest = holder.received.last().filter(|(_, copy)| copy.message_kind != MessageKind::Cancel);
            let Some(content) = newest.and_then(|(_, copy)| copy.content.as_ref()) else { continue };
            let mut leaves = Vec::new();
            flatten("", &to_json(content), &mut leaves);
            copies.push((&holder.partner, leaves));
        }
        copies.sort_by_key(|(_, leaves)| std::cmp::Reverse(leaves.len()));
        let (more, all) = copies.first()?;
        let persons = |leaves: &[Leaf]| leaves.iter().any(|(path, _)| path.starts_with("persons."));
        let (less, some) =
            copies.iter().rfind(|(partner, leaves)| partner != more && persons(leaves)).or(copies.last())?;
        let rows = all
            .iter()
            .zip(kept(all, some))
            .map(|((path, value), kept)| (path.clone(), value.clone(), kept.then(|| value.clone())));
        let rows = rows.collect();
        let why = why(&decision.outcome_of(less)?);
        Some(Self { partners: [(*more).to_owned(), (*less).to_owned()], rows, why })
    }

    /// As a table of two columns.
    pub(crate) fn print(&self, console: &mut Console) -> Result<(), Fault> {
        const PATH: usize = 30;
        const VALUE: usize = 32;
        let [more, less] = &self.partners;
        let head = format!("  {:<PATH$} {:<VALUE$} {less}", "", shorten(more, VALUE));
        console.line(console.style(Style::Strong, head.trim_end()))?;
        for (path, value, other) in &self.rows {
            let value = shorten(value, VALUE);
            let other = match other {
                Some(other) => console.style(Style::Good, &shorten(other, VALUE)),
                None => console.style(Style::Faint, "—"),
            };
            console.line(format!("  {:<PATH$} {value:<VALUE$} {other}", shorten(path, PATH)))?;
        }
        for line in wrap(&format!("{less}: {}", self.why), WIDTH - 4) {
            console.line(console.style(Style::Faint, &format!("  {line}")))?;
        }
        Ok(())
    }
}

/// The source's words and search forms, where the canonical form stands beside them.
fn is_repetition(name: &str, fields: &Map<String, Json>) -> bool {
    let stem = name.strip_suffix("_text").or(name.strip_suffix("_verbatim"));
    match (name, stem) {
        ("text", _) => fields.values().filter(|value| !value.is_null()).count() > 1,
        ("instant", _) => fields.get("local").is_some_and(Json::is_string),
        ("search", _) => true,
        (_, Some(stem)) => fields.get(stem).is_some_and(|value| !value.is_null()),
        _ => false,
    }
}

/// Every value that says something, in the order of the record.
fn flatten(path: &str, json: &Json, leaves: &mut Vec<Leaf>) {
    match json {
        Json::Object(fields) => {
            for (name, value) in fields {
                if is_repetition(name, fields) {
                    continue;
                }
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&inner, value, leaves);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| flatten(path, item, leaves)),
        Json::Null | Json::Bool(false) => {}
        Json::Bool(true) => leaves.push((path.to_owned(), "yes".to_owned())),
        Json::Number(number) if number.as_f64() == Some(0.0) => {}
        Json::Number(number) => {
            let moment = number.as_i64().filter(|_| path.ends_with("instant"));
            let text = moment.map_or(number.to_string(), |micros| format!("{} UTC", time(micros / 1_000)));
            leaves.push((path.to_owned(), text));
        }
        Json::String(text) if text.is_empty() || SILENT.contains(&text.as_str()) => {}
        Json::String(text) => {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            leaves.push((path.to_owned(), line));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_that_occur_twice_stand_where_their_neighbours_do() {
        let leaves = |names: &[&str]| -> Vec<Leaf> {
            names.iter().map(|name| ("p".to_owned(), (*name).to_owned())).collect()
        };
        let all = leaves(&["subject", "legal", "victim", "legal", "US"]);
        assert_eq!(kept(&all, &leaves(&["victim", "legal", "US"])), [false, false, true, true, true]);
        assert_eq!(kept(&all, &leaves(&["other", "US"])), [false, false, false, false, true]);
    }

    #[test]
    fn leaves_say_something_and_lists_have_no_indices() {
        let mut leaves = Vec::new();
        let json = json!({
            "a": [{ "b": "x" }, { "b": "y\n z" }],
            "c": { "e164": "+1", "text": "1" }, "age": 5, "age_text": "five", "kind_text": "only words",
            "d": "UNKNOWN", "e": false, "f": 0, "g": true, "h": null,
        });
        flatten("", &json, &mut leaves);
        let mut leaves: Vec<String> = leaves.iter().map(|(path, value)| format!("{path}={value}")).collect();
        leaves.sort();
        assert_eq!(leaves, ["a.b=x", "a.b=y z", "age=5", "c.e164=+1", "g=yes", "kind_text=only words"]);
    }
}
