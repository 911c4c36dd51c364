//! houston-tips: one tip as one JSON object.

use serde_json::{Map, Value, json};

use super::{Message, moment};
use crate::report::{Entry, Step};
use crate::telling::{Role, ToldPerson};
use crate::world::Theme;

pub(super) fn write(entries: &[Entry], hour: u64) -> Message {
    let Some(entry) = entries.first() else { return Message::default() };
    Message { value: tip(entry, hour).to_string().into_bytes(), ..Message::default() }
}

pub(super) fn acknowledgement(entry: &Entry) -> Option<Message> {
    let heartbeat = json!({ "heartbeat": { "line": entry.number } });
    Some(Message { value: heartbeat.to_string().into_bytes(), ..Message::default() })
}

fn tip(entry: &Entry, hour: u64) -> Value {
    let status = match entry.step {
        Step::Cancel => "withdrawn",
        Step::Report => "new",
        Step::Update => "revised",
        Step::Amendment(_) => "supplement",
    };
    let mut head = json!({
        "number": entry.number,
        "status": status,
        "taken_at": entry.moment(),
        "exercise": entry.exercise,
    });
    if let Some(head) = head.as_object_mut() {
        match entry.step {
            Step::Cancel => head.insert("withdrawn_reason".into(), "unfounded".into()),
            Step::Amendment(n) => head.insert("supplement_no".into(), n.into()),
            Step::Report | Step::Update => None,
        };
    }
    let mut tip = Map::new();
    tip.insert("tip".into(), head);
    // Another export of the same tip has another time.
    tip.insert("system".into(), json!({ "exported_at": moment(hour) }));
    match entry.step {
        Step::Cancel => {}
        Step::Amendment(_) => {
            let file = json!({ "name": "clip.mp4", "sha256": entry.annex_sha256() });
            tip.insert("files".into(), vec![file].into());
        }
        Step::Report | Step::Update => tell(entry, &mut tip),
    }
    tip.into()
}

fn tell(entry: &Entry, tip: &mut Map<String, Value>) {
    let told = &entry.told;
    let people: Vec<Value> = (1..).zip(&told.persons).map(|(at, told)| person(at, told)).collect();
    tip.insert("category".into(), category(told.theme).into());
    tip.insert("story".into(), told.narrative.as_str().into());
    tip.insert("people".into(), people.into());
    if let Some(sha256) = &told.file_sha256 {
        tip.insert("files".into(), vec![json!({ "name": "photo.jpg", "sha256": sha256 })].into());
    }
    if let Some(venue) = &told.venue {
        let place = json!({
            "name": venue.name,
            "street": venue.street,
            "city": venue.city.name,
            "state": venue.city.region,
            "zip": venue.postal_code,
            "country": venue.city.country,
        });
        tip.insert("incident".into(), json!({ "when": entry.moment(), "where": place }));
    }
}

fn person(at: u64, told: &ToldPerson) -> Value {
    let name: Vec<&str> = [&told.given, &told.family].into_iter().flatten().map(String::as_str).collect();
    let phones: Vec<Value> = told
        .phones
        .iter()
        .map(|phone| json!({ "number": phone.text, "country": phone.country, "type": "mobile" }))
        .collect();
    let handles: Vec<Value> =
        told.accounts.iter().map(|(site, name)| json!({ "site": site, "name": name })).collect();
    let document = told.document.iter().map(|number| json!({ "type": "passport", "number": number }));
    json!({
        "id": format!("p{at}"),
        "part": if told.role == Role::Subject { "suspect" } else { "victim" },
        "name": (!name.is_empty()).then(|| name.join(" ")),
        "alias": told.alias,
        "dob": told.birth.map(|birth| birth.iso()),
        "age": told.age,
        "sex": told.sex.map(|sex| sex.letter()),
        "phones": phones,
        "handles": handles,
        "emails": told.emails,
        "documents": document.collect::<Vec<_>>(),
        "vehicle": told.plate.as_ref().map(|plate| json!({ "plate": plate, "state": "TX" })),
    })
}

fn category(theme: Theme) -> &'static str {
    match theme {
        Theme::SexTrafficking => "sex",
        Theme::ChildSexTrafficking => "sex_minor",
        Theme::LabourTrafficking => "labor",
        Theme::DomesticServitude => "domestic",
        Theme::OnlineEnticement => "enticement",
    }
}
