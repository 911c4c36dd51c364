//! police-ua: one report as one JSON object, in Ukrainian.

use serde_json::{Map, Value, json};

use super::{Message, moment};
use crate::report::{Entry, Step};
use crate::telling::{Role, ToldPerson};
use crate::world::Theme;

pub(super) fn write(entries: &[Entry]) -> Message {
    let Some(entry) = entries.first() else { return Message::default() };
    Message { value: report(entry).to_string().into_bytes(), ..Message::default() }
}

pub(super) fn acknowledgement(entry: &Entry) -> Message {
    let receipt = json!({ "номер": entry.number, "дія": "квитанція" });
    Message { value: receipt.to_string().into_bytes(), ..Message::default() }
}

fn report(entry: &Entry) -> Value {
    let told = &entry.told;
    let action = match entry.step {
        Step::Report => "нове",
        Step::Update => "зміна",
        Step::Amendment(_) => "доповнення",
        Step::Cancel => "відкликання",
    };
    let mut report = Map::new();
    report.insert("номер".into(), entry.number.as_str().into());
    report.insert("дія".into(), action.into());
    report.insert("навчання".into(), entry.exercise.into());
    match entry.step {
        Step::Cancel => {
            report.insert("причина".into(), "не підтвердилося".into());
        }
        Step::Amendment(n) => {
            report.insert("доповнення_номер".into(), n.into());
            let file = json!({ "назва": "запис.mp4", "sha256": entry.annex_sha256() });
            report.insert("файли".into(), vec![file].into());
        }
        Step::Report | Step::Update => {
            let (month, day) = entry.month_and_day();
            let date = format!("{day:02}.{month:02}.2026 {:02}:15", told.hour);
            report.insert("дата_події".into(), date.into());
            report.insert("часовий_пояс".into(), "Europe/Kyiv".into());
            report.insert("отримано".into(), moment(told.day * 24 + told.hour + 1).into());
            report.insert("категорія".into(), category(told.theme).into());
            report.insert("фабула".into(), told.narrative.as_str().into());
            let people: Vec<Value> = (1..).zip(&told.persons).map(|(at, told)| person(at, told)).collect();
            report.insert("особи".into(), people.into());
            if let Some(sha256) = &told.file_sha256 {
                report.insert("файли".into(), vec![json!({ "назва": "фото.jpg", "sha256": sha256 })].into());
            }
            if let Some(venue) = &told.venue {
                let place = json!({
                    "вулиця": venue.street,
                    "місто": venue.city.name,
                    "область": venue.city.region,
                    "країна": venue.city.country,
                });
                report.insert("місце".into(), place);
            }
        }
    }
    report.into()
}

fn person(at: u64, told: &ToldPerson) -> Value {
    let phones: Vec<&str> = told.phones.iter().map(|phone| phone.text.as_str()).collect();
    let accounts: Vec<Value> =
        told.accounts.iter().map(|(service, name)| json!({ "сервіс": service, "логін": name })).collect();
    let document = told.document.as_ref().map(|number| json!({ "вид": "паспорт", "номер": number }));
    json!({
        "код": at.to_string(),
        "роль": if told.role == Role::Subject { "підозрюваний" } else { "потерпілий" },
        "прізвище": told.family,
        "імʼя": told.given,
        "прізвисько": told.alias,
        "дата_народження": told.birth.map(|b| format!("{:02}.{:02}.{}", b.day, b.month, b.year)),
        "вік": told.age.map(|age| age.to_string()),
        "телефони": phones,
        "пошта": told.emails,
        "облікові_записи": accounts,
        "документ": document,
    })
}

fn category(theme: Theme) -> &'static str {
    match theme {
        Theme::SexTrafficking => "торгівля людьми",
        Theme::ChildSexTrafficking => "сексуальна експлуатація дитини",
        Theme::LabourTrafficking | Theme::DomesticServitude => "примусова праця",
        Theme::OnlineEnticement => "домагання дитини в мережі",
    }
}
