//! One recall, walked through: an officer's word, the Cancels, what partners answer, and the certificate.

use lead::code::MessageStatus;
use lead::{LeadId, topic};
use pipeline::{Headers, Output, Topic};
use serde_json::json;

use crate::access::{Broker, read_all};
use crate::cli::Speaker;
use crate::commands::officer::make_officer;
use crate::commands::recall::History;
use crate::console::Console;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;

/// Who says it.
const OFFICER: &str = "duty-desk";
/// What partners answer, in the order of their names; whoever is left has not answered yet.
const ANSWERS: [(&str, Option<&str>); 3] =
    [("DESTROYED", None), ("RETAINED", Some("court-order")), ("DESTROYED", None)];

/// Makes the officer: services read their officers when they start.
pub(super) fn prepare(site: &Site) -> Result<(), Fault> {
    make_officer(site, OFFICER, &["recall".to_owned()])
}

/// Takes a lead back, answers for some of those who held it, and prints the certificate. `wait` returns when the gate has
/// read so many messages and everything is worked off.
pub(super) fn walk(
    site: &Site,
    definitions: &Definitions,
    broker: &mut dyn Broker,
    lead: LeadId,
    mut wait: impl FnMut(&mut dyn Broker, u64) -> Result<(), Fault>,
    console: &mut Console,
) -> Result<(), Fault> {
    let history = History::collect(broker, lead, MessageStatus::Actual)?;
    let holders = history.holders();
    let speaker = Speaker { officer: OFFICER.to_owned(), reason: "wrong-person".to_owned(), key_file: None };
    history.order_recall(site, broker, &speaker)?;
    wait(broker, 1)?;
    let answers = holders.iter().zip(ANSWERS);
    let mut sent = Vec::new();
    for (partner, (answer, reason)) in answers {
        let Some(reference) = last_reference(site, definitions, broker, partner)? else { continue };
        let value = json!({ "reference": reference, "answer": answer, "reason": reason }).to_string();
        sent.push(Output {
            topic: Topic::from(topic::feedback(partner)),
            partition: None,
            key: None,
            value: Some(value.into_bytes()),
            headers: Headers::default(),
        });
    }
    broker.send(&sent)?;
    wait(broker, 1 + sent.len() as u64)?;
    console.line(format!(
        "{OFFICER} recalls {lead} from the {} who hold it; {} have answered so far\n",
        holders.len(),
        sent.len()
    ))?;
    History::collect(broker, lead, MessageStatus::Actual)?.print_certificate(console)
}

/// The reference of the last Cancel that a partner received.
fn last_reference(
    site: &Site,
    definitions: &Definitions,
    broker: &mut dyn Broker,
    partner: &str,
) -> Result<Option<String>, Fault> {
    let Some(partner) = definitions.partners.get(partner) else { return Ok(None) };
    let mut last = None;
    read_all(broker, &[Topic::from(partner.topic(site.config.home_country))], |record| {
        let copy = record.value.as_deref().and_then(|value| release::decode_partner_lead(value).ok());
        last = copy.filter(|copy| copy.content.is_none()).map(|copy| copy.reference).or(last.take());
        true
    })?;
    Ok(last)
}
