//! The way of one lead: the agency's bytes, what became of them, and what each partner has.
//!
//! Reads the topics from their beginning, so it takes as long as they are long. What it shows holds
//! personal data: it goes to stdout and nowhere else.

mod sides;
mod tree;

use lead::decision::Decision;
use lead::matter::AssessedLead;
use lead::{Alias, ContentHash, Document, Lead, LeadId, MatterEvent, PartnerLead, SiteKeys, topic, wire};
use pipeline::{Offset, Record, Source, Topic};
use release::decode_partner_lead;
use serde_json::{Value as Json, json};

use crate::access::{self, Broker, read_all, read_decisions};
use crate::console::Console;
use crate::decode;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;
pub(crate) use sides::TwoCopies;

pub(crate) fn run(site: &Site, lead: &str, console: &mut Console) -> Result<(), Fault> {
    let keys = site.keys()?;
    let id = parse(lead, &keys)?;
    let definitions = Definitions::read(site)?;
    let mut broker = access::open(site)?;
    let trace = Trace::collect(site, &definitions, &keys, broker.as_mut(), id)?;
    if trace.versions.is_empty() {
        return Err(Fault::failed(format!(
            "no lead `{lead}` ({id}) on {}; is it among the dead letters (`leadshare dead-letters list`), or not processed yet (`leadshare status`)?",
            topic::NORMALISED
        )));
    }
    if console.is_json() {
        return console.json(&trace.to_json());
    }
    print(&trace, console)
}

/// The tree, and what each partner sees.
pub(crate) fn print(trace: &Trace, console: &mut Console) -> Result<(), Fault> {
    tree::print(trace, console)?;
    sides::print_sides(trace, console)
}

/// A lead id, or AGENCY/REPORT-NUMBER.
pub(crate) fn parse(text: &str, keys: &SiteKeys) -> Result<LeadId, Fault> {
    match text.split_once('/') {
        Some((agency, number)) if !agency.is_empty() && !number.is_empty() => {
            // With a number, the content does not count.
            Ok(keys.lead_id(agency, Some(number), &ContentHash::default()))
        }
        _ => LeadId::parse(text).ok_or_else(|| {
            Fault::usage(format!(
                "`{text}`: expected a lead id of 32 hexadecimal digits, or AGENCY/REPORT-NUMBER such as my-agency/4711"
            ))
        }),
    }
}

/// Everything that the topics hold of one lead.
pub(crate) struct Trace {
    pub(crate) id: LeadId,
    pub(crate) versions: Vec<Version>,
    /// Decisions, oldest first.
    pub(crate) decisions: Vec<Decision>,
    /// Every partner, with what it received, oldest first.
    pub(crate) partners: Vec<Copies>,
}

/// One record on leads.normalised.v1, and what it came from and led to.
pub(crate) struct Version {
    pub(crate) lead: Lead,
    pub(crate) place: (Source, Offset),
    /// The agency's bytes, unless retention has deleted them.
    pub(crate) inbound: Option<Record>,
    pub(crate) assessed: Option<AssessedLead>,
}

/// What one partner received of the lead.
pub(crate) struct Copies {
    pub(crate) partner: String,
    pub(crate) alias: Alias,
    pub(crate) topic: Topic,
    pub(crate) received: Vec<(Offset, PartnerLead)>,
}

impl Trace {
    pub(crate) fn collect(
        site: &Site,
        definitions: &Definitions,
        keys: &SiteKeys,
        broker: &mut dyn Broker,
        id: LeadId,
    ) -> Result<Self, Fault> {
        let text = id.to_string();
        let is_key = |record: &Record, key: &str| record.key.as_deref() == Some(key.as_bytes());
        let mut leads = Vec::new();
        read_all(broker, &[Topic::new(topic::NORMALISED)], |record| {
            let lead = record.value.as_deref().filter(|_| is_key(&record, &text)).map(wire::decode::<Lead>);
            if let Some(Ok(lead)) = lead {
                leads.push((lead, (record.source.clone(), record.offset)));
            }
            true
        })?;
        let mut assessed = Vec::new();
        read_all(broker, &[Topic::new(topic::MATTERS)], |record| {
            let event = record.value.as_deref().map(wire::decode::<MatterEvent>);
            if let Some(Ok(MatterEvent::AssessedLead(event))) = event
                && event.lead.lead_id == id
            {
                assessed.push(*event);
            }
            true
        })?;
        let mut decisions = Vec::new();
        read_decisions(broker, |_, decision| decisions.extend(Some(decision).filter(|d| d.lead_id == id)))?;
        decisions.sort_by_key(Decision::place);
        let partners = copies(site, definitions, keys, broker, id)?;
        let versions = versions(broker, leads, assessed)?;
        Ok(Self { id, versions, decisions, partners })
    }

    /// The newest decision that speaks of a partner's outcome.
    pub(crate) fn newest_decision(&self) -> Option<&Decision> {
        self.decisions.last()
    }

    fn to_json(&self) -> Json {
        let versions: Vec<Json> = self.versions.iter().map(Version::to_json).collect();
        let partners: Vec<Json> = self
            .partners
            .iter()
            .map(|copies| {
                let received: Vec<Json> = copies
                    .received
                    .iter()
                    .map(|(offset, copy)| json!({ "offset": offset.0, "record": to_json(copy) }))
                    .collect();
                json!({
                    "partner": copies.partner,
                    "topic": copies.topic.as_str(),
                    "alias": copies.alias.to_string(),
                    "received": received,
                })
            })
            .collect();
        let decisions: Vec<Json> = self.decisions.iter().map(to_json).collect();
        json!({
            "lead_id": self.id.to_string(), "versions": versions, "decisions": decisions, "partners": partners,
        })
    }
}

fn to_json(record: &impl Document) -> Json {
    decode::without_empty(record.to_json())
}

impl Version {
    fn to_json(&self) -> Json {
        let assessed = self.assessed.as_ref().map(|assessed| {
            // The lead stands beside it already.
            let mut json = to_json(assessed);
            if let Some(fields) = json.as_object_mut() {
                fields.remove("lead");
            }
            json
        });
        json!({
            "inbound": self.inbound.as_ref().map(decode::record),
            "normalised": {
                "topic": self.place.0.topic.as_str(),
                "partition": self.place.0.partition.0,
                "offset": self.place.1.0,
                "lead": to_json(&self.lead),
            },
            "assessed": assessed,
        })
    }
}

fn versions(
    broker: &mut dyn Broker,
    leads: Vec<(Lead, (Source, Offset))>,
    mut assessed: Vec<AssessedLead>,
) -> Result<Vec<Version>, Fault> {
    let mut versions = Vec::new();
    for (lead, place) in leads {
        let raw = &lead.raw;
        let source = Source::new(raw.topic.as_str(), u32::try_from(raw.partition).unwrap_or_default());
        let offset = Offset(u64::try_from(raw.offset).unwrap_or_default());
        let inbound = broker.at(&source, offset)?;
        // Each record is assessed once, in order: the first that is of this record is its own.
        let same = |event: &AssessedLead| event.lead.order == lead.order && event.lead.raw == lead.raw;
        let at = assessed.iter().position(same);
        let assessed = at.map(|at| assessed.remove(at));
        versions.push(Version { lead, place, inbound, assessed });
    }
    Ok(versions)
}

fn copies(
    site: &Site,
    definitions: &Definitions,
    keys: &SiteKeys,
    broker: &mut dyn Broker,
    id: LeadId,
) -> Result<Vec<Copies>, Fault> {
    let mut all = Vec::new();
    for partner in definitions.partners.iter() {
        let mut copies = Copies {
            partner: partner.id.clone(),
            alias: keys.alias(&partner.id, id),
            topic: Topic::new(partner.topic(site.config.home_country)),
            received: Vec::new(),
        };
        let key = copies.alias.to_string();
        read_all(broker, std::slice::from_ref(&copies.topic), |record| {
            if record.key.as_deref() == Some(key.as_bytes())
                && let Some(Ok(copy)) = record.value.as_deref().map(decode_partner_lead)
            {
                copies.received.push((record.offset, copy));
            }
            true
        })?;
        all.push(copies);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_lead_is_named_by_its_id_or_by_its_report() {
        let keys = SiteKeys::new([1; 32]);
        let id = parse("agency/47/11", &keys).unwrap();
        assert_eq!(id, keys.lead_id("agency", Some("47/11"), &ContentHash([9; 32])));
        assert_eq!(parse(&id.to_string(), &keys).unwrap(), id);
        for wrong in ["", "agency/", "/1", "0123"] {
            assert!(parse(wrong, &keys).unwrap_err().to_string().contains("expected a lead id"), "{wrong}");
        }
    }
}
