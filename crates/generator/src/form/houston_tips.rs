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
    let heartbeat = json!({ "heartbeat": { "line": report.number } });
    Some(Message { value: heartbeat.to_string().into_bytes(), ..Message::default() })
}

fn tip(report: &Report) -> Value {
    let matter = &report.matter;
    let status = match report.step {
        Step::Cancel => "withdrawn",
        Step::Report => "new",
        Step::Update | Step::Late => "revised",
        Step::Amendment => "supplement",
    };
    let mut head = json!({
        "number": report.number,
        "status": status,
        "taken_at": report.moment(),
        "exercise": report.exercise,
    });
    if let Some(head) = head.as_object_mut() {
        match report.step {
            Step::Cancel => head.insert("withdrawn_reason".into(), "unfounded".into()),
            Step::Amendment => head.insert("supplement_no".into(), report.additions.into()),
            Step::Report | Step::Update | Step::Late => None,
        };
    }
    let mut tip = Map::new();
    tip.insert("tip".into(), head);
    tip.insert("system".into(), json!({ "exported_at": report.moment() }));
    match report.step {
        Step::Cancel => {}
        Step::Amendment => {
            let file = json!({ "name": "clip.mp4", "sha256": matter.file_sha256 });
            tip.insert("files".into(), vec![file].into());
        }
        Step::Report | Step::Update | Step::Late => tell(report, &mut tip),
    }
    tip.into()
}

fn tell(report: &Report, tip: &mut Map<String, Value>) {
    let matter = &report.matter;
    let mut subject = person("p1", &matter.subject, "suspect");
    if let Some(subject) = subject.as_object_mut() {
        let phones = report.phones.iter().map(|n| json!({ "number": n, "country": "US", "type": "mobile" }));
        let handles = report.handles.iter().map(|(site, name)| json!({ "site": site, "name": name }));
        subject.insert("phones".into(), phones.collect());
        subject.insert("handles".into(), handles.collect());
        subject.insert("vehicle".into(), json!({ "plate": matter.plate, "state": "TX" }));
        if report.with_email {
            subject.insert("emails".into(), vec![matter.email.clone()].into());
        }
    }
    let victim = matter.victim.as_ref().filter(|_| report.with_victim).map(|v| person("p2", v, "victim"));
    let people: Vec<Value> = std::iter::once(subject).chain(victim).collect();
    let (city, state, country) = matter.city;
    tip.insert("category".into(), category(matter.theme).into());
    tip.insert("story".into(), report.narrative().into());
    tip.insert("people".into(), people.into());
    tip.insert("incident".into(), json!({ "where": { "city": city, "state": state, "country": country } }));
}

fn person(id: &str, figure: &Figure, part: &str) -> Value {
    json!({
        "id": id,
        "part": part,
        "name": format!("{} {}", figure.given, figure.family),
        "age": figure.age,
    })
}

fn category(theme: Theme) -> &'static str {
    match theme {
        Theme::SexTrafficking => "sex",
        Theme::ChildSexTrafficking => "sex_minor",
        Theme::LabourTrafficking => "labor",
        Theme::OnlineEnticement => "enticement",
    }
}
