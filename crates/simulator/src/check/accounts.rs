//! PL-1, PL-5 and PL-7: what was sent became what it had to, in order, and counters say what the topics say.

use std::collections::BTreeMap;

use lead::decision::Cause;
use lead::matter::{LegalHold, MatchDecision, Purge};
use lead::{Decision, Lead, MatterEvent, topic, wire};
use pipeline::{Counter, Header, Topic};

use super::Remains;
use crate::site::{AGENCIES, SERVICES, ServiceKind};
use crate::verdict::Violation;

pub(super) fn check(remains: &Remains<'_>, found: &mut Vec<Violation>) {
    let normalised = remains.committed(&Topic::new(topic::NORMALISED));
    let values = || normalised.iter().filter_map(|record| record.value.as_deref());
    let leads: Vec<Lead> = values().filter_map(|value| wire::decode(value).ok()).collect();
    let is_word = |value: &&[u8]| wire::is_of::<MatchDecision>(value) || wire::is_of::<LegalHold>(value);
    let words = values().filter(is_word).count() as u64;
    let due = values().filter(|value| wire::is_of::<Purge>(value)).count() as u64;
    let events: Vec<MatterEvent> = remains
        .committed(&Topic::new(topic::MATTERS))
        .iter()
        .filter_map(|record| wire::decode(record.value.as_deref()?).ok())
        .collect();
    let assessed = events.iter().filter(|event| matches!(event, MatterEvent::AssessedLead(_))).count() as u64;
    let regroupings =
        events.iter().filter(|event| matches!(event, MatterEvent::Regrouping(_))).count() as u64;
    let purges = events.iter().filter(|event| matches!(event, MatterEvent::Purge(_))).count() as u64;
    let decisions: Vec<Decision> = remains
        .committed(&Topic::new(topic::DECISIONS))
        .iter()
        .filter_map(|record| wire::decode(record.value.as_deref()?).ok())
        .collect();
    let of_leads = decisions.iter().filter(|decision| decision.cause == Cause::Lead).count() as u64;
    let dead = |service: ServiceKind| {
        remains.committed(&Topic::new(topic::dead_letter(service.name()))).len() as u64
    };
    let copies: u64 =
        remains.site.partner_topics().iter().map(|(_, topic)| remains.committed(topic).len() as u64).sum();
    let partners = remains.site.partner_topics().len() as u64;
    let expected = remains.expected;
    let count = |service, counter| remains.count(service, counter);

    use ServiceKind::{Deduplicator, Gate, Normaliser, Router};
    let mut equal = |promise, what: &str, left: u64, right: u64| {
        if left != right {
            found.push(Violation::new(promise, format!("{what}: {left}, and not {right}")));
        }
    };
    let lead_count = leads.len() as u64;
    equal("PL-1", "leads of the normaliser", lead_count, expected.leads);
    equal("PL-1", "dead letters of the normaliser", dead(Normaliser), expected.dead);
    equal("PL-1", "verdicts, and dead letters instead", assessed + dead(Deduplicator), lead_count);
    equal(
        "PL-1",
        "words that came in",
        words + (events.len() as u64 - assessed - regroupings - purges),
        expected.words - expected.refused,
    );
    equal("PL-1", "dead letters of the gate", dead(Gate), expected.refused);
    equal("PL-1", "dead letters of the deduplicator", dead(Deduplicator), adds_to_purged(remains, &events));
    equal("PL-1", "dead letters of the router", dead(Router), 0);
    equal("PL-1", "decisions on leads", of_leads, assessed);

    equal("PL-7", "messages of the normaliser", count(Normaliser, Counter::Messages), expected.messages);
    equal("PL-7", "entries that are no lead", count(Normaliser, Counter::NotALead), expected.no_leads);
    equal("PL-7", "leads counted by the normaliser", count(Normaliser, Counter::Leads), lead_count);
    equal("PL-7", "messages of the gate", count(Gate, Counter::Messages), expected.words);
    for service in SERVICES {
        let what = format!("dead letters counted by the {}", service.name());
        equal("PL-7", &what, count(service, Counter::DeadLetters), dead(service));
        let what = format!("entries of the {}", service.name());
        let parts = [Counter::Leads, Counter::NotALead, Counter::DeadLetters];
        equal(
            "PL-7",
            &what,
            count(service, Counter::Entries),
            parts.iter().map(|c| count(service, *c)).sum(),
        );
    }
    let read = lead_count + words + due;
    equal("PL-7", "messages of the deduplicator", count(Deduplicator, Counter::Messages), read);
    equal("PL-7", "what the deduplicator put on its own topic", count(Deduplicator, Counter::Returned), due);
    equal("PL-7", "verdicts counted", count(Deduplicator, Counter::Verdicts), assessed);
    equal("PL-7", "messages of the router", count(Router, Counter::Messages), events.len() as u64);
    equal("PL-7", "outcomes counted", count(Router, Counter::Outcomes), assessed * partners);
    equal("PL-7", "disclosures counted", count(Router, Counter::Disclosures), copies);
    in_order(&leads, found);
}

/// Dead letters of the deduplicator that are what they say: additions to leads that were purged.
fn adds_to_purged(remains: &Remains<'_>, events: &[MatterEvent]) -> u64 {
    let purged = |lead: &Lead| {
        events.iter().any(|event| matches!(event, MatterEvent::Purge(purge) if purge.lead_id == lead.lead_id))
    };
    let letters = remains.committed(&Topic::new(topic::dead_letter(ServiceKind::Deduplicator.name())));
    let letters = letters.iter().filter(|letter| {
        let lead = letter.value.as_deref().and_then(|value| wire::decode::<Lead>(value).ok());
        letter.headers.text(Header::REASON) == Some("adds_to_purged")
            && lead.is_some_and(|lead| lead.is_amendment() && purged(&lead))
    });
    letters.count() as u64
}

/// PL-5, and PL-2 of the first hop: every entry once, and those of one agency in the order in which they came.
fn in_order(leads: &[Lead], found: &mut Vec<Violation>) {
    for agency in AGENCIES {
        let mut last = BTreeMap::new();
        for lead in leads.iter().filter(|lead| lead.agency == agency) {
            let place = (lead.raw.offset, lead.raw.index);
            if let Some(before) = last.insert(lead.domain(), place)
                && before >= place
            {
                let (domain, lead) = (lead.domain().symbol(), lead.lead_id);
                found.push(Violation::new(
                    "PL-5",
                    format!("{agency}: entry {place:?} of {lead} comes after {before:?} ({domain})"),
                ));
            }
        }
    }
}
