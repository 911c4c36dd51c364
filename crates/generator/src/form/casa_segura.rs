//! casa-segura: a day's reports in one JSON message.

use serde_json::{Value, json};

use super::Message;
use crate::matter::Theme;
use crate::report::{Report, Step};

pub(super) fn write(reports: &[Report]) -> Message {
    message(reports.iter().map(entry).collect())
}

/// A good entry, and one that is no object.
pub(super) fn write_with_bad_entry(report: &Report) -> Message {
    message(vec![entry(report), json!("illegible")])
}

pub(super) fn acknowledgement(_: &Report) -> Option<Message> {
    None
}

fn message(entries: Vec<Value>) -> Message {
    let export = json!({ "reportes": entries });
    Message { value: export.to_string().into_bytes(), ..Message::default() }
}

fn entry(report: &Report) -> Value {
    let matter = &report.matter;
    if report.step == Step::Cancel {
        return json!({ "folio": report.number, "accion": "cancelar" });
    }
    let theme = match matter.theme {
        Theme::SexTrafficking => "trata sexual",
        Theme::ChildSexTrafficking => "trata sexual infantil",
        Theme::LabourTrafficking => "trata laboral",
        Theme::OnlineEnticement => "grooming",
    };
    json!({
        "folio": report.number,
        "accion": if report.step == Step::Report { "alta" } else { "cambio" },
        "simulacro": report.exercise,
        "tema": theme,
        "relato": report.narrative(),
        "telefonos": report.phones,
        "cuentas": report.handles.iter().map(|(service, handle)| json!({ "servicio": service, "usuario": handle })).collect::<Vec<_>>(),
        "nombre": format!("{} {}", matter.subject.given, matter.subject.family),
        "ciudad": matter.city.0,
        "pais": matter.city.2,
    })
}
