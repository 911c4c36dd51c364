//! A trace as a tree that a person reads from top to bottom.

use lead::decision::{Decision, Outcome, OutcomeCode};
use lead::matter::AssessedLead;
use pipeline::Record;

use super::{Copies, Trace, Version};
use crate::commands::tail::time;
use crate::console::{Console, Style, WIDTH, shorten, wrap};
use crate::decode;
use crate::fault::Fault;

/// Lines of the agency's bytes that are shown.
const RAW_LINES: usize = 12;
/// Other leads that are named.
const LEADS: usize = 3;

pub(crate) fn print(trace: &Trace, console: &mut Console) -> Result<(), Fault> {
    let Some(first) = trace.versions.first() else { return Ok(()) };
    let name = match &first.lead.report_number {
        Some(number) => format!("{}/{number}", first.lead.agency),
        None => format!("a report of {} without a number", first.lead.agency),
    };
    console.line(format!("{}  lead {}", console.style(Style::Strong, &name), trace.id))?;
    for version in &trace.versions {
        print_version(version, console)?;
    }
    for decision in &trace.decisions {
        print_decision(decision, console)?;
    }
    branch(console, true, "partners", "what each received")?;
    let (holders, others): (Vec<&Copies>, Vec<&Copies>) =
        trace.partners.iter().partition(|copies| !copies.received.is_empty());
    for copies in &holders {
        print_copies(copies, console)?;
    }
    let names: Vec<&str> = others.iter().map(|copies| copies.partner.as_str()).collect();
    let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    let lines = wrap(&names, WIDTH - 15);
    for (number, line) in lines.iter().enumerate() {
        let head = if number == 0 { "└─ nothing: " } else { "            " };
        let line = console.style(Style::Faint, line);
        console.line(format!("   {head}{line}"))?;
    }
    Ok(())
}

/// A line of the trunk: `├─ title  rest`.
fn branch(console: &mut Console, last: bool, title: &str, rest: &str) -> Result<(), Fault> {
    let mark = if last { "└─" } else { "├─" };
    let rest = console.style(Style::Faint, rest);
    console.line("│")?;
    console.line(format!("{mark} {}  {rest}", console.style(Style::Strong, title)))
}

/// A line below a branch of the trunk, wrapped.
fn below(console: &mut Console, style: Style, text: &str) -> Result<(), Fault> {
    for line in wrap(text, WIDTH - 5) {
        console.line(format!("│    {}", console.style(style, &line)))?;
    }
    Ok(())
}

fn print_version(version: &Version, console: &mut Console) -> Result<(), Fault> {
    let lead = &version.lead;
    let raw = &lead.raw;
    let place = format!(
        "{} partition {} offset {}, entry {}, {}",
        raw.topic,
        raw.partition,
        raw.offset,
        raw.index,
        time(raw.appended_at.0 / 1_000)
    );
    branch(console, false, "inbound", &place)?;
    match &version.inbound {
        Some(record) => print_raw(record, console)?,
        None => below(console, Style::Notice, "the bytes are there no more: retention deleted them")?,
    }

    let (source, offset) = &version.place;
    branch(console, false, "normalised", &format!("{source} offset {offset}"))?;
    let country = lead.routing_country.map_or("unknown".to_owned(), |country| country.to_string());
    let categories: Vec<&str> = lead.content.categories.iter().map(|c| c.symbol()).collect();
    let kind = format!("{} {}", lead.message_status.symbol(), lead.message_kind.symbol());
    below(console, Style::Plain, &format!("{kind}  {}  country {country}", categories.join(", ")))?;
    let warnings = &lead.content.quality.warnings;
    if !warnings.is_empty() {
        below(console, Style::Notice, &format!("warnings: {}", warnings.join(", ")))?;
    }

    let Some(assessed) = &version.assessed else {
        branch(console, false, "verdict", "none yet")?;
        return Ok(());
    };
    let matter = format!("matter {}, version {}", assessed.matter_id, assessed.version);
    branch(console, false, assessed.verdict.symbol(), &matter)?;
    if assessed.cluster_id != assessed.matter_id {
        below(console, Style::Faint, &format!("stands in {}", assessed.cluster_id))?;
    }
    print_links(assessed, console)?;
    for hot in &assessed.hot {
        let text = format!("{} is too common to match on: {} leads hold it", hot.kind.symbol(), hot.seen);
        below(console, Style::Notice, &text)?;
    }
    Ok(())
}

/// Each lead that it was compared with and what came of it: the sum, and what was compared.
fn print_links(assessed: &AssessedLead, console: &mut Console) -> Result<(), Fault> {
    for link in assessed.links.iter().take(LEADS) {
        let groups = link.groups.iter().map(|g| format!("{} {}", g.group, bits(g.counted_millibits)));
        let sum: Vec<String> = groups.collect();
        let held = link.held.as_ref().map(|held| format!("; held: {held}")).unwrap_or_default();
        let against = if link.contradicted { "; contradicted" } else { "" };
        let text = format!(
            "{} {}: {} bits = {} against a {}, {}{against}{held}",
            link.relation,
            link.lead_id,
            bits(link.weight_millibits),
            bits(link.prior_millibits),
            link.rival,
            sum.join(", ")
        );
        below(console, Style::Plain, &text)?;
        let compared = assessed.evidence.iter().filter(|e| e.lead_id == link.lead_id).map(|e| {
            let rare = e.one_in_bits.map(|n| format!(", one lead in 2^{n} has it")).unwrap_or_default();
            format!("{} {} ({}{rare})", e.kind.symbol(), e.level, bits(e.weight_millibits))
        });
        below(console, Style::Faint, &format!("  {}", compared.collect::<Vec<_>>().join("; ")))?;
    }
    match assessed.links.len().saturating_sub(LEADS) {
        0 => Ok(()),
        more => below(console, Style::Faint, &format!("and {more} more; `--output json` names all")),
    }
}

/// Millibits as bits, with the sign that says for or against.
fn bits(millibits: i32) -> String {
    format!("{:+.1}", f64::from(millibits) / 1_000.0)
}

fn print_raw(record: &Record, console: &mut Console) -> Result<(), Fault> {
    let bytes = record.value.as_deref().unwrap_or_default();
    let text = match (decode::schema_name(bytes), std::str::from_utf8(bytes)) {
        (Some(schema), _) => {
            below(console, Style::Faint, &format!("Avro of {schema}, {} bytes:", bytes.len()))?;
            format!("{:#}", decode::value(bytes))
        }
        (None, Ok(text)) => text.to_owned(),
        (None, Err(_)) => {
            return below(console, Style::Plain, &format!("{} bytes that are no text", bytes.len()));
        }
    };
    let mut lines = text.lines();
    for line in lines.by_ref().take(RAW_LINES) {
        console.line(format!("│    {}", shorten(line, WIDTH - 5)))?;
    }
    match lines.count() {
        0 => Ok(()),
        more => below(console, Style::Faint, &format!("… {more} more lines, {} bytes in all", bytes.len())),
    }
}

/// How an outcome looks.
pub(super) fn style(outcome: OutcomeCode) -> Style {
    match outcome {
        OutcomeCode::Delivered => Style::Good,
        OutcomeCode::Undeliverable => Style::Bad,
        OutcomeCode::Withheld => Style::Faint,
        _ => Style::Notice,
    }
}

fn print_decision(decision: &Decision, console: &mut Console) -> Result<(), Fault> {
    let rest = format!(
        "version {}, cause {}, {}",
        decision.version,
        decision.cause.symbol(),
        time(decision.decided_at.0 / 1_000)
    );
    branch(console, false, "decision", &rest)?;
    // Partners of whom the same is said stand together; those who receive something come first.
    let mut groups: Vec<(Outcome, Vec<String>, Vec<String>)> = Vec::new();
    for outcome in decision.partners().iter().filter_map(|partner| decision.outcome_of(partner)) {
        let action = outcome
            .action
            .map_or(String::new(), |action| format!(" ({} revision {})", action.symbol(), outcome.revision));
        let partner = format!("{}{action}", outcome.partner);
        let why = why(&outcome);
        match groups.iter_mut().find(|(other, said, _)| other.outcome == outcome.outcome && *said == why) {
            Some((_, _, partners)) => partners.push(partner),
            None => groups.push((outcome, why, vec![partner])),
        }
    }
    groups.sort_by_key(|(outcome, _, _)| outcome.outcome != OutcomeCode::Delivered);
    for (outcome, why, partners) in &groups {
        for (number, names) in wrap(&partners.join(", "), WIDTH - 20).iter().enumerate() {
            let code = if number == 0 { outcome.outcome.symbol() } else { "" };
            let head = console.style(style(outcome.outcome), &format!("{code:<14}"));
            let names = console.style(Style::Strong, names);
            console.line(format!("│    {head} {names}"))?;
        }
        for line in why {
            for part in wrap(line, WIDTH - 20) {
                let part = console.style(Style::Faint, &part);
                console.line(format!("│                   {part}"))?;
            }
        }
    }
    Ok(())
}

/// Why an outcome is what it is. A decision holds no value of the lead, so none is shown.
fn why(outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    if !outcome.reasons.is_empty() {
        lines.push(outcome.reasons.join("; "));
    }
    // Which classes, and which policies hide them, stands in the table of what each partner sees.
    match outcome.hidden.len() {
        0 => {}
        n => lines.push(format!("hides {n} classes of values; {} values were cleared", outcome.cleared)),
    }
    if !outcome.withheld.is_empty() {
        lines.push(format!("withheld because it repeats a cleared value: {}", outcome.withheld.join(", ")));
    }
    if !outcome.covered_by.is_empty() {
        let leads: Vec<String> = outcome.covered_by.iter().map(ToString::to_string).collect();
        lines.push(format!("the partner holds every fact of it in {}", leads.join(", ")));
    }
    if let Some(until) = outcome.until {
        lines.push(format!("decided again at {}", time(until.0 / 1_000)));
    }
    lines
}

fn print_copies(copies: &Copies, console: &mut Console) -> Result<(), Fault> {
    let partner = console.style(Style::Strong, &copies.partner);
    let alias = console.style(Style::Faint, &format!("as {}", copies.alias));
    console.line(format!("   ├─ {partner}  {alias}"))?;
    for (offset, copy) in &copies.received {
        let related = match copy.related.len() {
            0 => String::new(),
            n => format!(", related to {n} other(s)"),
        };
        let exercise = if copy.exercise { ", EXERCISE" } else { "" };
        console.line(format!(
            "   │    {} revision {}{exercise}, offset {offset}, {}{related}",
            copy.message_kind.symbol(),
            copy.revision,
            time(copy.released_at.0 / 1_000)
        ))?;
    }
    Ok(())
}
