//! Why two leads are one matter, or are not: from what was recorded when the later of them came.
//!
//! Reads topics from their beginning. What it shows are kinds, levels and sums, never a value of a lead.

use std::collections::BTreeMap;
use std::path::Path;

use lead::code::MessageStatus;
use lead::matter::{AssessedLead, Evidence, HotKey, Judgement, LeadLink, MatchDecision, Verdict};
use lead::{LeadId, MatterEvent, MatterId, topic, wire};
use linkage::Rulebook;
use pipeline::Topic;
use serde_json::{Value as Json, json};

use super::path::Edges;
use super::standing::Standing;
use super::waterfall::{self, Thresholds, bits};
use crate::access::{Broker, read_all};
use crate::commands::tail::time;
use crate::console::{Console, Style, WIDTH, wrap};
use crate::definitions::Definitions;
use crate::fault::Fault;

/// Columns of a bar.
const COLUMNS: usize = 44;

/// One of the two leads.
#[derive(Debug, Clone, Default)]
struct Side {
    name: String,
    matter: MatterId,
    /// `None` when it is withdrawn.
    cluster: Option<MatterId>,
}

/// How the two were judged when the later one came.
#[derive(Debug)]
struct Judged {
    later: LeadId,
    verdict: Verdict,
    at: i64,
    matching: String,
    link: LeadLink,
    evidence: Vec<Evidence>,
    hot: Vec<HotKey>,
}

/// All that is known of two leads.
pub(crate) struct Explanation {
    ids: [LeadId; 2],
    sides: BTreeMap<LeadId, Side>,
    judged: Option<Judged>,
    /// What was too common to find the one by when the other came.
    hot: Vec<HotKey>,
    words: Vec<MatchDecision>,
    /// Leads that connect them, where they are one matter.
    path: Vec<LeadId>,
    thresholds: Option<Thresholds>,
}

impl Explanation {
    /// Reads what the topics say of two leads of a domain.
    pub(crate) fn collect(
        broker: &mut dyn Broker,
        definitions: &Definitions,
        domain: MessageStatus,
        ids: [LeadId; 2],
    ) -> Result<Self, Fault> {
        let mut all = Self {
            ids,
            sides: BTreeMap::new(),
            judged: None,
            hot: Vec::new(),
            words: Vec::new(),
            path: Vec::new(),
            thresholds: None,
        };
        let mut edges = Edges::default();
        read_all(broker, &[Topic::new(topic::NORMALISED)], |record| {
            let value = record.value.as_deref().filter(|value| wire::is_of::<MatchDecision>(value));
            if let Some(Ok(word)) = value.map(wire::decode::<MatchDecision>)
                && word.domain == domain
            {
                edges.officer(&word);
                if ids.contains(&word.first) && ids.contains(&word.second) {
                    all.words.push(word);
                }
            }
            true
        })?;
        let mut standing = Standing::default();
        read_all(broker, &[Topic::new(topic::MATTERS)], |record| {
            let Some(Ok(event)) = record.value.as_deref().map(wire::decode::<MatterEvent>) else {
                return true;
            };
            standing.note(&event);
            if let MatterEvent::AssessedLead(event) = event
                && event.lead.domain() == domain
            {
                edges.lead(&event);
                all.note(*event);
            }
            true
        })?;
        for (id, side) in &mut all.sides {
            side.cluster = standing.cluster((domain, *id));
        }
        if let Some(missing) = ids.iter().find(|id| !all.sides.contains_key(id)) {
            let what = format!("no lead {missing} of domain {} on {}", domain.symbol(), topic::MATTERS);
            return Err(Fault::failed(format!("{what}; has it been processed (`leadshare status`)?")));
        }
        if all.is_one_matter() {
            all.path = edges.path(ids);
        }
        let table = &definitions.matching.table;
        let rules = table.rules(Rulebook::Leads);
        let is_current = all.judged.as_ref().is_some_and(|judged| judged.matching == table.hash());
        all.thresholds = is_current.then_some(Thresholds { link: rules.link, review: rules.review });
        Ok(all)
    }

    fn note(&mut self, event: AssessedLead) {
        let id = event.lead.lead_id;
        if !self.ids.contains(&id) || matches!(event.verdict, Verdict::Stale | Verdict::Replay) {
            return;
        }
        let number = event.lead.report_number.as_deref().unwrap_or("(without a number)");
        let side =
            Side { name: format!("{}/{number}", event.lead.agency), matter: event.matter_id, cluster: None };
        self.sides.insert(id, side);
        let other = self.ids.iter().copied().find(|other| *other != id);
        if let Some(link) = event.links.into_iter().find(|link| Some(link.lead_id) == other) {
            self.judged = Some(Judged {
                later: id,
                verdict: event.verdict,
                at: event.assessed_at.0 / 1_000,
                matching: event.matching,
                evidence: event.evidence.into_iter().filter(|e| Some(e.lead_id) == other).collect(),
                link,
                hot: event.hot,
            });
        } else {
            self.hot.extend(event.hot);
        }
    }

    fn is_one_matter(&self) -> bool {
        let [a, b] = self.ids.map(|id| self.sides.get(&id).and_then(|side| side.cluster));
        a.is_some() && a == b
    }

    /// For people.
    pub(crate) fn print(&self, console: &mut Console) -> Result<(), Fault> {
        for id in self.ids {
            let Some(side) = self.sides.get(&id) else { continue };
            let state = if side.cluster.is_some() { "" } else { "  withdrawn" };
            console.line(format!("{}  lead {id}{state}", console.style(Style::Strong, &side.name)))?;
        }
        let (style, said) =
            match (self.is_one_matter(), self.judged.as_ref().map(|j| j.link.relation.as_str())) {
                (true, _) => (Style::Good, "one matter"),
                (false, Some("review")) => (Style::Notice, "two matters; a person is asked"),
                (false, Some("shares")) => (Style::Plain, "two matters that share an identifier"),
                (false, _) => (Style::Plain, "two matters"),
            };
        let cluster = self.sides.values().find_map(|side| side.cluster).filter(|_| self.is_one_matter());
        let named =
            cluster.map(|cluster| console.style(Style::Faint, &cluster.to_string())).unwrap_or_default();
        console.line(format!("\n{}  {named}", console.style(style, said)).trim_end())?;
        match &self.judged {
            Some(judged) => self.print_judged(judged, console)?,
            None => self.print_unjudged(console)?,
        }
        if self.path.len() > 2 {
            let names: Vec<String> = self.path.iter().map(|id| self.name(*id)).collect();
            for line in wrap(&format!("connected by: {}", names.join(" – ")), WIDTH) {
                console.line(line)?;
            }
        }
        for word in &self.words {
            let said = if word.judgement == Judgement::Same { "one matter" } else { "two matters" };
            let at = time(word.at.0 / 1_000);
            console.line(format!("{at}  officer {} says: {said} ({})", word.officer, word.reason))?;
        }
        Ok(())
    }

    fn name(&self, id: LeadId) -> String {
        self.sides.get(&id).map_or_else(|| id.to_string(), |side| side.name.clone())
    }

    fn print_judged(&self, judged: &Judged, console: &mut Console) -> Result<(), Fault> {
        let link = &judged.link;
        let came =
            format!("{} when {} came, {}", judged.verdict.symbol(), self.name(judged.later), time(judged.at));
        console.line(console.style(Style::Faint, &came))?;
        console.line("")?;
        let steps = waterfall::steps(link);
        for step in &steps {
            let cap = step.uncapped.map(|n| format!(" of {}", bits(n))).unwrap_or_default();
            let number = format!("{}{cap}", bits(step.adds()));
            let bar = waterfall::bar(step, &steps, self.thresholds, COLUMNS);
            console.line(format!("{:<30} {number:>15}  {bar}", step.label))?;
        }
        let needed = self
            .thresholds
            .map(|t| format!("  link from {}, a person from {}", bits(t.link), bits(t.review)));
        let total =
            format!("{:<30} {:>15}{}", "total", bits(link.weight_millibits), needed.unwrap_or_default());
        console.line(console.style(Style::Strong, &total))?;
        console.line("")?;
        for line in self.compared(judged) {
            console.line(format!("  {line}"))?;
        }
        if link.contradicted {
            console.line(
                console
                    .style(Style::Notice, "something can hardly be so if they are the same: never by itself"),
            )?;
        }
        if let Some(held) = &link.held {
            console.line(console.style(Style::Notice, held_in_words(held)))?;
        }
        console.line(console.style(Style::Faint, &format!("table {}", judged.matching)))
    }

    fn compared(&self, judged: &Judged) -> Vec<String> {
        let of_evidence = judged.evidence.iter().map(|e| {
            let rare = e.one_in_bits.map(|n| format!("; one lead in 2^{n} held it")).unwrap_or_default();
            format!("{} {}: {}{rare}", e.kind.symbol(), e.level, bits(e.weight_millibits))
        });
        let hot = judged
            .hot
            .iter()
            .map(|h| format!("{} too common to find by: {} held it", h.kind.symbol(), h.seen));
        of_evidence.chain(hot).collect()
    }

    fn print_unjudged(&self, console: &mut Console) -> Result<(), Fault> {
        let text = "the two were not compared with a result: when the later came, no value that both have found the \
                    earlier one, or what was found said nothing";
        for line in wrap(text, WIDTH) {
            console.line(console.style(Style::Faint, &line))?;
        }
        for hot in &self.hot {
            console.line(format!(
                "  {} was too common to find by: {} held it",
                hot.kind.symbol(),
                hot.seen
            ))?;
        }
        Ok(())
    }

    /// For machines.
    pub(crate) fn to_json(&self) -> Json {
        let side = |id: LeadId| {
            let side = self.sides.get(&id).cloned().unwrap_or_default();
            json!({ "lead_id": id.to_string(), "report": side.name, "matter_id": side.matter.to_string(),
                "cluster_id": side.cluster.map(|cluster| cluster.to_string()), "live": side.cluster.is_some() })
        };
        let judged = self.judged.as_ref().map(|judged| {
            json!({ "when": judged.later.to_string(), "verdict": judged.verdict.symbol(), "at_ms": judged.at,
                "matching": judged.matching, "link": judged.link, "evidence": judged.evidence, "hot": judged.hot })
        });
        json!({
            "leads": self.ids.map(side),
            "one_matter": self.is_one_matter(),
            "judged": judged,
            "path": self.path.iter().map(LeadId::to_string).collect::<Vec<_>>(),
            "words": self.words,
            "thresholds_millibits": self.thresholds.map(|t| json!({ "link": t.link, "review": t.review })),
        })
    }

    /// Writes the sum as a picture.
    pub(crate) fn write_svg(&self, file: &Path) -> Result<(), Fault> {
        let Some(judged) = &self.judged else {
            return Err(Fault::failed(
                "there is no sum to draw: the two were not compared with a result".to_owned(),
            ));
        };
        let title = format!("{} and {}", self.ids[0], self.ids[1]);
        let svg = waterfall::svg(&title, &waterfall::steps(&judged.link), self.thresholds);
        std::fs::write(file, svg).map_err(|error| Fault::file(file, "a picture is written there", &error))
    }
}

fn held_in_words(held: &str) -> &'static str {
    match held {
        "cannot_link" => "held: an officer declared leads of the two matters different",
        "contradiction" => "held: a lead of the one matter contradicts one of the other",
        "second_edge" => {
            "held: two matters of several leads need a second kind of evidence, or stronger evidence"
        }
        "size" => "held: the matter would be too large",
        "density" => "held: too few of the matter's leads speak of each other",
        _ => "held",
    }
}
