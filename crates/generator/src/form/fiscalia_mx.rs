//! fiscalia-mx speaks the contract itself: Avro `LeadSubmission` in Confluent's wire format.

use lead::Personal;
use lead::code::{Category, MessageKind, MessageStatus, Role, Ternary};
use lead::content::Content;
use lead::person::{Person, PersonName};
use lead::record::LeadSubmission;
use lead::thing::{Account, EvidenceFile, FileHash, PlaceOfLead};
use lead::value::{CountryValue, Email, Moment, Phone};
use lead::wire;

use super::Message;
use crate::matter::{Figure, Theme};
use crate::report::{Report, Step};

pub(super) fn write(reports: &[Report]) -> Message {
    let value = reports.first().map(submission).and_then(|s| wire::encode(&s).ok()).unwrap_or_default();
    Message { key: reports.first().map(|r| r.number.clone().into_bytes()), value, ..Message::default() }
}

pub(super) fn acknowledgement(report: &Report) -> Option<Message> {
    let ack = LeadSubmission {
        report_number: Some(report.number.clone()),
        message_kind: MessageKind::Ack,
        ..LeadSubmission::default()
    };
    let value = wire::encode(&ack).ok()?;
    Some(Message { key: Some(report.number.clone().into_bytes()), value, ..Message::default() })
}

fn submission(report: &Report) -> LeadSubmission {
    let amends = report.step == Step::Amendment;
    LeadSubmission {
        report_number: Some(report.number.clone()),
        message_kind: match report.step {
            Step::Cancel => MessageKind::Cancel,
            Step::Report => MessageKind::Report,
            Step::Update | Step::Late | Step::Amendment => MessageKind::Update,
        },
        message_status: if report.exercise { MessageStatus::Exercise } else { MessageStatus::Actual },
        amendment_key: amends.then(|| format!("anexo-{}", report.additions)),
        cancel_reason: (report.step == Step::Cancel).then(|| "unfounded".to_owned()),
        content: match report.step {
            Step::Cancel => Content::default(),
            Step::Amendment => annex(report),
            Step::Report | Step::Update | Step::Late => content(report),
        },
        ..LeadSubmission::default()
    }
}

fn content(report: &Report) -> Content {
    let matter = &report.matter;
    let mut subject = person("p1", Role::Subject, &matter.subject);
    subject.phones = report.phones.iter().map(|n| phone(n)).collect();
    if report.with_email {
        subject.emails = vec![Email { text: matter.email.as_str().into(), ..Email::default() }];
    }
    let victim = matter.victim.as_ref().filter(|_| report.with_victim).map(|v| person("p2", Role::Victim, v));
    let (city, state, country) = matter.city;
    Content {
        categories: vec![category(matter.theme)],
        narrative: Some(report.narrative().into()),
        narrative_language: Some("en".into()),
        persons: std::iter::once(subject).chain(victim).collect(),
        accounts: report.handles.iter().map(|(service, handle)| account(service, handle)).collect(),
        places: vec![PlaceOfLead {
            role: Some("incident".into()),
            city: Some(city.into()),
            admin1: Some(state.into()),
            country: Some(CountryValue { text: country.into(), ..CountryValue::default() }),
            ..PlaceOfLead::default()
        }],
        source: lead::content::SourceInfo {
            incident_at: Some(Moment { text: report.moment().into(), ..Moment::default() }),
            ..Default::default()
        },
        ..Content::default()
    }
}

/// An addition brings the hash of a file, as the details of an upload do.
fn annex(report: &Report) -> Content {
    let hash = FileHash {
        algorithm: "SHA-256".into(),
        value: report.matter.file_sha256.as_str().into(),
        ..FileHash::default()
    };
    Content {
        files: vec![EvidenceFile {
            file_id: Some(format!("{}-{}", report.number, report.additions)),
            hashes: vec![hash],
            ..EvidenceFile::default()
        }],
        ..Content::default()
    }
}

fn person(name: &str, role: Role, figure: &Figure) -> Person {
    Person {
        person_ref: name.into(),
        role,
        names: vec![PersonName {
            given: Some(figure.given.into()),
            surname: Some(figure.family.into()),
            ..PersonName::default()
        }],
        age: figure.age.and_then(|a| i32::try_from(a).ok()),
        minor: Ternary::Unknown,
        ..Person::default()
    }
}

fn phone(number: &str) -> Phone {
    Phone { text: Personal::from(number), country: Some("US".into()), ..Phone::default() }
}

fn account(service: &str, handle: &str) -> Account {
    Account {
        person_ref: Some("p1".into()),
        service: Some(service.into()),
        handle: Some(handle.into()),
        ..Account::default()
    }
}

fn category(theme: Theme) -> Category {
    match theme {
        Theme::SexTrafficking => Category::SexTrafficking,
        Theme::ChildSexTrafficking => Category::ChildSexTrafficking,
        Theme::LabourTrafficking => Category::LabourTrafficking,
        Theme::OnlineEnticement => Category::OnlineEnticement,
    }
}
