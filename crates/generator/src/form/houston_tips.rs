//! houston-tips: one tip as one JSON object.

use serde_json::{Map, Value, json};

use super::Message;
use crate::matter::{Figure, Theme};
use crate::report::{Report, Step};

pub(super) fn write(reports: &[Report]) -> Message {
    let Some(report) = reports.first() else { return Message::default() };
    Message { value: tip(report).to_string().into_bytes(), ..Message::default() }
}

pub(super) fn acknowledgement(report: &Report) -> Option<Message> {
    let ack = json!({ "tip_id": report.number, "type": "ack" });
    Some(Message { value: ack.to_string().into_bytes(), ..Message::default() })
}

fn tip(report: &Report) -> Value {
    let matter = &report.matter;
    let mut tip = Map::new();
    tip.insert("tip_id".into(), report.number.clone().into());
    let kind = match report.step {
        Step::Cancel => "withdrawn",
        Step::Report => "new",
        Step::Update | Step::Late | Step::Amendment => "update",
    };
    tip.insert("type".into(), kind.into());
    if report.exercise {
        tip.insert("exercise".into(), true.into());
    }
    if report.step == Step::Cancel {
        return tip.into();
    }
    let mut people = vec![person(&matter.subject, "suspect", &report.phones)];
    if let Some(victim) = matter.victim.as_ref().filter(|_| report.with_victim) {
        people.push(person(victim, "victim", &[]));
    }
    tip.insert("received".into(), report.moment().into());
    tip.insert("category".into(), category(matter.theme).into());
    tip.insert("story".into(), report.narrative().into());
    tip.insert("people".into(), people.into());
    let accounts: Vec<_> = report
        .handles
        .iter()
        .map(|(service, handle)| json!({ "service": service, "handle": handle }))
        .collect();
    tip.insert("accounts".into(), accounts.into());
    if report.with_email {
        tip.insert("email".into(), matter.email.clone().into());
    }
    let (city, state, country) = matter.city;
    tip.insert("place".into(), json!({ "city": city, "state": state, "country": country }));
    tip.insert("vehicle".into(), json!({ "plate": matter.plate }));
    tip.into()
}

fn person(figure: &Figure, role: &str, phones: &[String]) -> Value {
    json!({ "role": role, "first": figure.given, "last": figure.family, "age": figure.age, "phones": phones })
}

fn category(theme: Theme) -> &'static str {
    match theme {
        Theme::SexTrafficking => "sex trafficking",
        Theme::ChildSexTrafficking => "child sex trafficking",
        Theme::LabourTrafficking => "labor trafficking",
        Theme::OnlineEnticement => "online enticement",
    }
}
