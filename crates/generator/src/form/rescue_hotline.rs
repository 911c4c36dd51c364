//! rescue-hotline: a shift's calls as one table.

use super::{Message, table};
use crate::report::{Entry, Step};
use crate::telling::{Role, ToldPerson};
use crate::world::Theme;

const COLUMNS: [&str; 29] = [
    "call_no",
    "status",
    "called_at",
    "exercise",
    "caller_relation",
    "category",
    "urgency",
    "danger",
    "victim_name",
    "victim_alias",
    "victim_age",
    "victim_sex",
    "suspect_name",
    "suspect_alias",
    "suspect_age",
    "phone",
    "phone_country",
    "email",
    "service",
    "handle",
    "plate",
    "plate_state",
    "street",
    "city",
    "state",
    "zip",
    "country",
    "story",
    "withdrawn_reason",
];

pub(super) fn write(entries: &[Entry]) -> Message {
    table(',', &COLUMNS, entries.iter().map(row))
}

pub(super) fn acknowledgement(entry: &Entry) -> Message {
    table(
        ',',
        &COLUMNS,
        std::iter::once(vec![("status", "end_of_shift".to_owned()), ("called_at", entry.moment())]),
    )
}

fn row(entry: &Entry) -> Vec<(&'static str, String)> {
    let told = &entry.told;
    let mut cells = vec![("call_no", entry.number.clone()), ("called_at", entry.moment())];
    cells.push(("exercise", if entry.exercise { "yes" } else { "no" }.to_owned()));
    if entry.step == Step::Cancel {
        cells.push(("status", "withdrawn".to_owned()));
        cells.push(("withdrawn_reason", "taken back".to_owned()));
        return cells;
    }
    cells.push(("status", if entry.step == Step::Report { "new" } else { "changed" }.to_owned()));
    let category = match told.theme {
        Theme::SexTrafficking => "sex_trafficking",
        Theme::ChildSexTrafficking => "child_sex_trafficking",
        Theme::LabourTrafficking => "labour_trafficking",
        Theme::DomesticServitude => "domestic_servitude",
        Theme::OnlineEnticement => "enticement",
    };
    cells.push(("category", category.to_owned()));
    cells.push(("story", told.narrative.clone()));
    if let Some(person) = told.persons.iter().find(|p| p.role == Role::Victim) {
        cells.extend(name(person).map(|name| ("victim_name", name)));
        cells.extend(person.alias.clone().map(|alias| ("victim_alias", alias)));
        cells.extend(person.age.map(|age| ("victim_age", age.to_string())));
        cells.extend(person.sex.map(|sex| ("victim_sex", sex.letter().to_owned())));
    }
    if let Some(person) = told.persons.iter().find(|p| p.role == Role::Subject) {
        cells.extend(name(person).map(|name| ("suspect_name", name)));
        cells.extend(person.alias.clone().map(|alias| ("suspect_alias", alias)));
        cells.extend(person.age.map(|age| ("suspect_age", age.to_string())));
        cells.extend(person.emails.first().cloned().map(|email| ("email", email)));
        // The form has room for one number and one account.
        if let Some(phone) = person.phones.first() {
            cells.push(("phone", phone.text.clone()));
            cells.extend(phone.country.map(|country| ("phone_country", country.to_owned())));
        }
        if let Some((service, handle)) = person.accounts.first() {
            cells.push(("service", (*service).to_owned()));
            cells.push(("handle", handle.clone()));
        }
        cells.extend(person.plate.clone().map(|plate| ("plate", plate)));
    }
    if let Some(venue) = &told.venue {
        cells.push(("street", venue.street.clone()));
        cells.push(("city", venue.city.name.to_owned()));
        cells.push(("state", venue.city.region.to_owned()));
        cells.push(("zip", venue.postal_code.clone()));
        cells.push(("country", venue.city.country.to_owned()));
    }
    cells
}

fn name(person: &ToldPerson) -> Option<String> {
    let given = person.given.as_deref()?;
    Some(format!("{given} {}", person.family.as_deref().unwrap_or_default()).trim().to_owned())
}
