//! casa-segura: an hour's calls in one JSON message, in Spanish.

use serde_json::{Value, json};

use super::Message;
use crate::report::{Entry, Step};
use crate::telling::{Role, ToldPerson};
use crate::world::Theme;

pub(super) fn write(entries: &[Entry]) -> Message {
    message(entries, entries.iter().map(call).collect())
}

/// An acknowledgement, and a call whose list of persons is no list.
pub(super) fn write_with_bad_entry(entry: &Entry) -> Message {
    let good = json!({ "folio": entry.number, "tipo": "acuse" });
    let bad = json!({ "folio": format!("{}-x", entry.number), "tipo": "alta", "personas": "ninguna" });
    message(std::slice::from_ref(entry), vec![good, bad])
}

pub(super) fn acknowledgement(entry: &Entry) -> Option<Message> {
    Some(message(std::slice::from_ref(entry), vec![json!({ "folio": entry.number, "tipo": "acuse" })]))
}

fn message(entries: &[Entry], calls: Vec<Value>) -> Message {
    let batch = entries.first().map_or("", |entry| entry.number.as_str());
    Message {
        value: json!({ "lote": batch, "llamadas": calls }).to_string().into_bytes(),
        ..Message::default()
    }
}

fn call(entry: &Entry) -> Value {
    let told = &entry.told;
    if entry.step == Step::Cancel {
        let reason = "llamada de broma";
        return json!({
            "folio": entry.number, "tipo": "baja", "motivo_baja": reason, "simulacro": entry.exercise
        });
    }
    let theme = match told.theme {
        Theme::SexTrafficking => "trata sexual",
        Theme::ChildSexTrafficking => "trata sexual de menor",
        Theme::LabourTrafficking => "trata laboral",
        // The hotline has no word for them: not stated.
        Theme::DomesticServitude | Theme::OnlineEnticement => "otro",
    };
    let people: Vec<Value> = (1..).zip(&told.persons).map(|(key, told)| person(key, told)).collect();
    let mut call = json!({
        "folio": entry.number,
        "tipo": if entry.step == Step::Report { "alta" } else { "cambio" },
        "simulacro": entry.exercise,
        "fecha_llamada": entry.moment(),
        "asunto": theme,
        "relato": told.narrative,
        "personas": people,
    });
    if let (Some(call), Some(venue)) = (call.as_object_mut(), &told.venue) {
        let place =
            json!({ "ciudad": venue.city.name, "estado": venue.city.region, "pais": venue.city.country });
        call.insert("hecho".into(), json!({ "lugar": place }));
    }
    call
}

fn person(key: u64, told: &ToldPerson) -> Value {
    let phones: Vec<Value> = told.phones.iter().map(|phone| json!({ "numero": phone.text })).collect();
    let accounts: Vec<Value> =
        told.accounts.iter().map(|(site, name)| json!({ "servicio": site, "usuario": name })).collect();
    json!({
        "clave": key,
        "papel": if told.role == Role::Subject { "agresor" } else { "víctima" },
        "nombre": told.given,
        "apellidos": told.family,
        "alias": told.alias,
        "edad": told.age,
        "telefonos": phones,
        "cuentas": accounts,
        "correos": told.emails,
    })
}
