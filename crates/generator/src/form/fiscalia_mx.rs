//! fiscalia-mx speaks the contract itself: Avro `LeadSubmission` in Confluent's wire format.

use lead::Personal;
use lead::code::{Category, CollectionBasis, MessageKind, MessageStatus, Role as LeadRole, Ternary};
use lead::content::Content;
use lead::person::{Person, PersonName};
use lead::record::LeadSubmission;
use lead::thing::{Account, EvidenceFile, FileHash, PlaceOfLead};
use lead::value::{CountryValue, Email, Moment, Phone};
use lead::wire;

use super::Message;
use crate::phone::Written;
use crate::place::Venue;
use crate::report::{Entry, Step};
use crate::telling::{Role, ToldPerson};
use crate::world::Theme;

pub(super) fn write(entries: &[Entry]) -> Message {
    let value = entries.first().map(submission).and_then(|s| wire::encode(&s).ok()).unwrap_or_default();
    Message { key: entries.first().map(|e| e.number.clone().into_bytes()), value, ..Message::default() }
}

pub(super) fn acknowledgement(entry: &Entry) -> Option<Message> {
    let ack = LeadSubmission {
        report_number: Some(entry.number.clone()),
        message_kind: MessageKind::Ack,
        ..LeadSubmission::default()
    };
    let value = wire::encode(&ack).ok()?;
    Some(Message { key: Some(entry.number.clone().into_bytes()), value, ..Message::default() })
}

fn submission(entry: &Entry) -> LeadSubmission {
    LeadSubmission {
        report_number: Some(entry.number.clone()),
        message_kind: match entry.step {
            Step::Cancel => MessageKind::Cancel,
            Step::Report => MessageKind::Report,
            Step::Update | Step::Amendment(_) => MessageKind::Update,
        },
        message_status: if entry.exercise { MessageStatus::Exercise } else { MessageStatus::Actual },
        amendment_key: match entry.step {
            Step::Amendment(n) => Some(format!("anexo-{n}")),
            _ => None,
        },
        cancel_reason: (entry.step == Step::Cancel).then(|| "unfounded".to_owned()),
        content: match entry.step {
            Step::Cancel => Content::default(),
            Step::Amendment(n) => annex(entry, n),
            Step::Report | Step::Update => content(entry),
        },
        ..LeadSubmission::default()
    }
}

fn content(entry: &Entry) -> Content {
    let told = &entry.told;
    Content {
        // A prosecutor's office refers what it has looked into.
        collection_basis: CollectionBasis::ReasonableSuspicion,
        categories: vec![category(told.theme)],
        narrative: Some(told.narrative.as_str().into()),
        narrative_language: Some("en".into()),
        persons: (1..).zip(&told.persons).map(|(at, told)| person(at, told)).collect(),
        accounts: (1..).zip(&told.persons).flat_map(|(at, told)| accounts(at, told)).collect(),
        files: told.file_sha256.iter().map(|sha256| file("foto-1".into(), sha256)).collect(),
        places: told.venue.iter().map(place).collect(),
        source: lead::content::SourceInfo {
            incident_at: Some(Moment { text: entry.moment().into(), ..Moment::default() }),
            ..Default::default()
        },
        ..Content::default()
    }
}

/// An addition brings the hash of a file, as the details of an upload do.
fn annex(entry: &Entry, n: u64) -> Content {
    Content {
        files: vec![file(format!("{}-{n}", entry.number), &entry.annex_sha256())],
        ..Content::default()
    }
}

fn file(id: String, sha256: &str) -> EvidenceFile {
    let hash = FileHash { algorithm: "SHA-256".into(), value: sha256.into(), ..FileHash::default() };
    EvidenceFile { file_id: Some(id), hashes: vec![hash], ..EvidenceFile::default() }
}

fn place(venue: &Venue) -> PlaceOfLead {
    PlaceOfLead {
        role: Some("incident".into()),
        name: Some(venue.name.as_str().into()),
        street: Some(venue.street.as_str().into()),
        city: Some(venue.city.name.into()),
        admin1: Some(venue.city.region.into()),
        country: Some(CountryValue { text: venue.city.country.into(), ..CountryValue::default() }),
        ..PlaceOfLead::default()
    }
}

fn person(at: u64, told: &ToldPerson) -> Person {
    let alias = told.alias.as_ref().map(|alias| PersonName {
        full: Some(alias.as_str().into()),
        kind: Some("alias".into()),
        ..PersonName::default()
    });
    let name = told.given.as_ref().map(|given| PersonName {
        given: Some(given.as_str().into()),
        surname: told.family.as_deref().map(Into::into),
        ..PersonName::default()
    });
    Person {
        person_ref: format!("p{at}"),
        role: if told.role == Role::Subject { LeadRole::Subject } else { LeadRole::Victim },
        names: name.into_iter().chain(alias).collect(),
        age: told.age.and_then(|age| i32::try_from(age).ok()),
        phones: told.phones.iter().map(phone).collect(),
        emails: told
            .emails
            .iter()
            .map(|email| Email { text: email.as_str().into(), ..Email::default() })
            .collect(),
        minor: Ternary::Unknown,
        ..Person::default()
    }
}

fn phone(written: &Written) -> Phone {
    Phone {
        text: Personal::from(written.text.as_str()),
        country: written.country.map(Into::into),
        ..Phone::default()
    }
}

fn accounts(at: u64, told: &ToldPerson) -> Vec<Account> {
    let account = |(service, handle): &(&'static str, String)| Account {
        person_ref: Some(format!("p{at}")),
        service: Some((*service).into()),
        handle: Some(handle.as_str().into()),
        ..Account::default()
    };
    told.accounts.iter().map(account).collect()
}

fn category(theme: Theme) -> Category {
    match theme {
        Theme::SexTrafficking => Category::SexTrafficking,
        Theme::ChildSexTrafficking => Category::ChildSexTrafficking,
        Theme::LabourTrafficking => Category::LabourTrafficking,
        Theme::DomesticServitude => Category::DomesticServitude,
        Theme::OnlineEnticement => Category::OnlineEnticement,
    }
}
