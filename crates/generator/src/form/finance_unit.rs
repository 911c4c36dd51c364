//! finance-unit: a day's reports of suspicious activity as one table, semicolons between.

use super::{Message, table};
use crate::report::{Entry, Step};
use crate::telling::Role;
use crate::world::Theme;

const COLUMNS: [&str; 23] = [
    "reference",
    "action",
    "filed_on",
    "activity_from",
    "activity_to",
    "exercise",
    "subject_given",
    "subject_surname",
    "subject_birth_date",
    "document_kind",
    "document_number",
    "document_country",
    "phone",
    "email",
    "account_number",
    "account_institution",
    "amount",
    "currency",
    "indicator",
    "city",
    "country",
    "narrative",
    "reason",
];

pub(super) fn write(entries: &[Entry]) -> Message {
    table(';', &COLUMNS, entries.iter().map(row))
}

pub(super) fn acknowledgement(entry: &Entry) -> Message {
    let cells = vec![("reference", entry.number.clone()), ("action", "receipt".to_owned())];
    table(';', &COLUMNS, std::iter::once(cells))
}

fn row(entry: &Entry) -> Vec<(&'static str, String)> {
    let told = &entry.told;
    let (month, day) = entry.month_and_day();
    let date = format!("{day:02}/{month:02}/2026");
    let mut cells = vec![("reference", entry.number.clone()), ("filed_on", date.clone())];
    cells.push(("exercise", if entry.exercise { "yes" } else { "no" }.to_owned()));
    if entry.step == Step::Cancel {
        cells.push(("action", "withdrawal".to_owned()));
        cells.push(("reason", "filed by mistake".to_owned()));
        return cells;
    }
    cells.push(("action", if entry.step == Step::Report { "initial" } else { "correction" }.to_owned()));
    cells.push(("activity_from", date));
    let indicator = match told.theme {
        Theme::SexTrafficking => "trafficking_for_sexual_exploitation",
        Theme::LabourTrafficking | Theme::DomesticServitude => "forced_labour",
        Theme::ChildSexTrafficking | Theme::OnlineEnticement => "online_child_exploitation",
    };
    cells.push(("indicator", indicator.to_owned()));
    cells.push(("narrative", told.narrative.clone()));
    if let Some(person) = told.persons.iter().find(|p| p.role == Role::Subject) {
        cells.extend(person.given.clone().map(|name| ("subject_given", name)));
        cells.extend(person.family.clone().map(|name| ("subject_surname", name)));
        cells.extend(
            person.birth.map(|b| ("subject_birth_date", format!("{:02}/{:02}/{}", b.day, b.month, b.year))),
        );
        if let Some(number) = &person.document {
            cells.push(("document_kind", "passport".to_owned()));
            cells.push(("document_number", number.clone()));
        }
        cells.extend(person.phones.first().map(|phone| ("phone", phone.text.clone())));
        cells.extend(person.emails.first().map(|email| ("email", email.clone())));
        cells.push(("account_number", format!("{:010}", person.id * 104_729 % 10_000_000_000)));
        cells.push(("account_institution", "First Lantern Bank".to_owned()));
        cells.push(("amount", format!("{},{:02}", 100 + person.id % 9_000, entry.version % 100)));
        cells.push(("currency", "USD".to_owned()));
    }
    if let Some(venue) = &told.venue {
        cells.push(("city", venue.city.name.to_owned()));
        cells.push(("country", venue.city.country.to_owned()));
    }
    cells
}
