//! platform-reports: one document of the CyberTipline, its number in a header.

use std::fmt::Write as _;

use super::Message;
use crate::report::{Entry, Step};
use crate::telling::{Role, ToldPerson};
use crate::world::Theme;

pub(super) fn write(entries: &[Entry]) -> Message {
    let Some(entry) = entries.first() else { return Message::default() };
    message(entry, document(entry))
}

pub(super) fn acknowledgement(entry: &Entry) -> Message {
    let text = format!(
        "<reportResponse><responseCode>0</responseCode><reportId>{}</reportId></reportResponse>",
        entry.number
    );
    message(entry, text)
}

fn message(entry: &Entry, text: String) -> Message {
    let headers = vec![("report-id".to_owned(), entry.number.clone().into_bytes())];
    Message { headers, value: text.into_bytes(), ..Message::default() }
}

fn document(entry: &Entry) -> String {
    match entry.step {
        Step::Cancel => root(
            entry,
            "retraction",
            &[leaf("reportId", &entry.number), leaf("reason", "not what it seemed")].concat(),
        ),
        Step::Amendment(n) => root(
            entry,
            "fileDetails",
            &[
                leaf("reportId", &entry.number),
                leaf("fileId", &format!("F-{n}")),
                leaf("originalFileName", "clip.mp4"),
                leaf("fileViewedByEsp", "true"),
                format!("<originalFileHash hashType=\"SHA-256\">{}</originalFileHash>", entry.annex_sha256()),
            ]
            .concat(),
        ),
        Step::Report | Step::Update => report(entry),
    }
}

fn report(entry: &Entry) -> String {
    let told = &entry.told;
    let kind = match told.theme {
        Theme::OnlineEnticement => "Online Enticement of Children for Sexual Acts",
        Theme::ChildSexTrafficking => "Child Sex Trafficking",
        // The platforms' list has no such kind: what they say is theirs.
        Theme::SexTrafficking | Theme::LabourTrafficking | Theme::DomesticServitude => "Other",
    };
    let (month, day) = entry.month_and_day();
    let at = format!("2026-{month:02}-{day:02}T{:02}:15:00.000Z", told.hour);
    let summary =
        [leaf("incidentType", kind), "<reportAnnotations/>".to_owned(), leaf("incidentDateTime", &at)];
    let mut text = format!("<report revision=\"{}\"", entry.version);
    if entry.exercise {
        text.push_str(" exercise=\"true\"");
    }
    text.push('>');
    text.push_str(&tag("incidentSummary", &summary.concat()));
    for person in &told.persons {
        match person.role {
            Role::Subject => text.push_str(&tag("personOrUserReported", &user(entry, person))),
            Role::Victim => text.push_str(&tag("victim", &tag("victimPerson", &names(person)))),
        }
    }
    text.push_str(&leaf("additionalInfo", &told.narrative));
    text.push_str("</report>");
    text
}

fn user(entry: &Entry, person: &ToldPerson) -> String {
    let mut inside = names(person);
    for phone in &person.phones {
        inside.push_str(&leaf("phone", &phone.text));
    }
    for email in &person.emails {
        inside.push_str(&leaf("email", email));
    }
    let mut user = tag("personOrUserReportedPerson", &inside);
    if let Some((service, _)) = person.accounts.first() {
        user.push_str(&leaf("espIdentifier", &format!("U-{:07}", person.id)));
        user.push_str(&leaf("espService", service));
    }
    for (_, handle) in &person.accounts {
        user.push_str(&leaf("screenName", handle));
    }
    if let Some(venue) = &entry.told.venue {
        let place = [
            leaf("city", venue.city.name),
            leaf("region", venue.city.region),
            leaf("countryCode", venue.city.country),
        ];
        user.push_str(&tag("estimatedLocation", &place.concat()));
    }
    user
}

fn names(person: &ToldPerson) -> String {
    let mut text = String::new();
    for (name, value) in [("firstName", &person.given), ("lastName", &person.family)] {
        if let Some(value) = value {
            text.push_str(&leaf(name, value));
        }
    }
    if let Some(age) = person.age {
        let _ = write!(text, "<age>{age}</age>");
    }
    if let Some(birth) = person.birth {
        text.push_str(&leaf("dateOfBirth", &birth.iso()));
    }
    text
}

/// A root element says of an exercise that it is one.
fn root(entry: &Entry, name: &str, inside: &str) -> String {
    let exercise = if entry.exercise { " exercise=\"true\"" } else { "" };
    format!("<{name}{exercise}>{inside}</{name}>")
}

fn tag(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}

fn leaf(name: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{name}>{text}</{name}>")
}
