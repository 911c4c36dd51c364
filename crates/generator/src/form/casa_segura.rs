//! casa-segura: an hour's calls in one JSON message, in Spanish.

use serde_json::{Value, json};

use super::Message;
use crate::matter::{Figure, Theme};
use crate::report::{Report, Step};

pub(super) fn write(reports: &[Report]) -> Message {
    message(reports, reports.iter().map(call).collect())
}

/// A good call, and one whose list of persons is no list.
pub(super) fn write_with_bad_entry(report: &Report) -> Message {
    let bad = json!({ "folio": format!("{}-x", report.number), "tipo": "alta", "personas": "ninguna" });
    message(std::slice::from_ref(report), vec![call(report), bad])
}

pub(super) fn acknowledgement(report: &Report) -> Option<Message> {
    Some(message(std::slice::from_ref(report), vec![json!({ "folio": report.number, "tipo": "acuse" })]))
}

fn message(reports: &[Report], calls: Vec<Value>) -> Message {
    let batch = reports.first().map_or("", |r| r.number.as_str());
    Message {
        value: json!({ "lote": batch, "llamadas": calls }).to_string().into_bytes(),
        ..Message::default()
    }
}

fn call(report: &Report) -> Value {
    let matter = &report.matter;
    if report.step == Step::Cancel {
        let reason = "llamada de broma";
        return json!({ "folio": report.number, "tipo": "baja", "motivo_baja": reason, "simulacro": report.exercise });
    }
    let theme = match matter.theme {
        Theme::SexTrafficking => "trata sexual",
        Theme::ChildSexTrafficking => "trata sexual de menor",
        Theme::LabourTrafficking => "trata laboral",
        // The hotline has no word for it: not stated.
        Theme::OnlineEnticement => "otro",
    };
    let mut people = vec![person(1, &matter.subject, "agresor", report)];
    people.extend(
        matter.victim.as_ref().filter(|_| report.with_victim).map(|v| person(2, v, "víctima", report)),
    );
    json!({
        "folio": report.number,
        "tipo": if report.step == Step::Report { "alta" } else { "cambio" },
        "simulacro": report.exercise,
        "fecha_llamada": report.moment(),
        "asunto": theme,
        "relato": report.narrative(),
        "personas": people,
        "hecho": { "lugar": { "ciudad": matter.city.0, "estado": matter.city.1, "pais": matter.city.2 } },
    })
}

fn person(key: u64, figure: &Figure, part: &str, report: &Report) -> Value {
    let mut person = json!({
        "clave": key,
        "papel": part,
        "nombre": figure.given,
        "apellidos": figure.family,
        "edad": figure.age,
    });
    if let (Some(person), 1) = (person.as_object_mut(), key) {
        let phones = report.phones.iter().map(|n| json!({ "numero": international(n) }));
        let accounts = report.handles.iter().map(|(site, name)| json!({ "servicio": site, "usuario": name }));
        person.insert("telefonos".into(), phones.collect());
        person.insert("cuentas".into(), accounts.collect());
        if report.with_email {
            person.insert("correos".into(), vec![report.matter.email.clone()].into());
        }
    }
    person
}

/// The number as somebody abroad writes it.
fn international(number: &str) -> String {
    format!("+1 {}", number.replace(['(', ')'], "").replace('-', " "))
}
