//! How an entry may be handled: the marks of the report and of all that belongs to it.

use std::collections::BTreeSet;

use vrl::value::{ObjectMap, Value};

use super::bundle::{Bundle, Object};
use super::entry::Warnings;
use super::reach;
use crate::formats::marking;
use crate::warning::WarningCode;

/// Marks of the Traffic Light Protocol that every product knows, and no bundle needs to define.
const WELL_KNOWN: [(&str, &str); 9] = [
    ("613f2e26-407d-48c7-9eca-b8e91df99dc9", "CLEAR"),
    ("34098fce-860f-48ae-8e50-ebd3cc5e41da", "GREEN"),
    ("f88d31f6-486f-44da-b317-01333bde0b82", "AMBER"),
    ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "RED"),
    ("94868c89-83c2-464b-929b-a1a8aa3c8487", "CLEAR"),
    ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "GREEN"),
    ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", "AMBER"),
    ("939a9414-2ddd-4d32-a0cd-375ea402b003", "AMBER_STRICT"),
    ("e828b379-4e03-4974-9ac4-e53a884c97c1", "RED"),
];

/// What a definition of a marking says.
#[derive(Default)]
struct Mark {
    tlp: Option<&'static str>,
    pap: Option<&'static str>,
    statement: Option<String>,
    /// Nobody knows what it asks for.
    unknown: bool,
}

/// Marks that were seen, on the whole or on its parts.
#[derive(Default)]
struct Seen {
    tlp: BTreeSet<&'static str>,
    pap: BTreeSet<&'static str>,
}

impl Seen {
    fn strictest(marks: &BTreeSet<&'static str>) -> Option<&'static str> {
        marks.iter().fold(None, |strictest, mark| marking::stricter(strictest, Some(mark)))
    }
}

/// The marking of an entry: the strictest of all marks, for the record has one for the whole.
pub(super) fn of_entry(bundle: &Bundle, root: usize, members: &[usize], warnings: &mut Warnings) -> Value {
    let (mut whole, mut parts) = (Seen::default(), Seen::default());
    let (mut statements, mut granular, mut unknown) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    for index in std::iter::once(&root).chain(members) {
        let Some(object) = bundle.object(*index) else { continue };
        let mut add = |mark: &Mark, id: &str, on_part: bool| {
            let of_whole = *index == root && !on_part;
            let seen = if of_whole { &mut whole } else { &mut parts };
            seen.tlp.extend(mark.tlp);
            seen.pap.extend(mark.pap);
            statements.extend(mark.statement.clone());
            if mark.unknown {
                // Nobody can say what it forbids.
                seen.tlp.insert("RED");
                unknown.insert(id.to_owned());
            }
        };
        for (id, selectors) in reach::marks(object) {
            let mark = mark(bundle, id);
            add(&mark, id, selectors.is_some());
            if let Some(selectors) = selectors {
                granular.push(of_part(object, &mark, id, selectors));
            }
        }
        for label in object.fields.get("labels").and_then(Value::as_array).unwrap_or_default() {
            let word = label.to_str().unwrap_or_default();
            let (is_tlp, is_pap) = (marking::is_about("TLP", word), marking::is_about("PAP", word));
            let read = Mark {
                tlp: marking::tlp(word).filter(|_| is_tlp),
                pap: marking::pap(word).filter(|_| is_pap),
                ..Mark::default()
            };
            add(&read, word, false);
        }
    }
    let tlp = marking::with_parts(Seen::strictest(&whole.tlp), Seen::strictest(&parts.tlp));
    let pap = marking::stricter(Seen::strictest(&whole.pap), Seen::strictest(&parts.pap));
    let stated: BTreeSet<_> = whole.tlp.union(&parts.tlp).collect();
    if whole.tlp.len() > 1 || (stated.len() > 1 && Seen::strictest(&whole.tlp) != tlp) {
        warnings.add(WarningCode::ContradictingFlags, "handling.tlp");
    }
    if !unknown.is_empty() {
        warnings.add(WarningCode::ValueNotInList, "handling.tlp");
    }
    let texts = |set: BTreeSet<String>| Value::Array(set.into_iter().map(Value::from).collect());
    let mut fields = ObjectMap::from([
        ("granular".into(), Value::Array(granular)),
        ("statements".into(), texts(statements)),
        ("unknown".into(), texts(unknown)),
    ]);
    fields.extend(tlp.map(|mark| ("tlp".into(), Value::from(mark))));
    fields.extend(pap.map(|mark| ("pap".into(), Value::from(mark))));
    Value::Object(fields)
}

fn of_part(object: &Object, mark: &Mark, id: &str, selectors: &Value) -> Value {
    let word = match mark {
        Mark { tlp: Some(tlp), .. } => format!("TLP:{tlp}"),
        Mark { pap: Some(pap), .. } => format!("PAP:{pap}"),
        Mark { statement: Some(statement), .. } => statement.clone(),
        _ => id.to_owned(),
    };
    Value::Object(ObjectMap::from([
        ("type".into(), Value::from(object.kind.as_str())),
        ("id".into(), Value::from(object.id.as_str())),
        ("marking".into(), Value::from(word)),
        ("selectors".into(), selectors.clone()),
    ]))
}

fn mark(bundle: &Bundle, id: &str) -> Mark {
    let uuid = id.trim().rsplit("--").next().unwrap_or_default().to_ascii_lowercase();
    if let Some((_, tlp)) = WELL_KNOWN.iter().find(|(known, _)| *known == uuid) {
        return Mark { tlp: Some(tlp), ..Mark::default() };
    }
    let defined = bundle.find(id).and_then(|index| bundle.object(index));
    let Some(object) = defined.filter(|object| object.kind == "marking-definition") else {
        return Mark { unknown: true, ..Mark::default() };
    };
    definition(object)
}

/// What a definition in the bundle says: of version 1 in `definition`, of version 2 in an extension.
fn definition(object: &Object) -> Mark {
    let mut mark = Mark::default();
    let extensions = object.fields.get("extensions").and_then(Value::as_object);
    let inside = extensions.into_iter().flat_map(|all| all.values()).filter_map(Value::as_object);
    let inside = inside.chain(object.fields.get("definition").and_then(Value::as_object));
    let mut read = false;
    for fields in inside {
        for (name, value) in fields {
            let Some(word) = value.to_str() else { continue };
            match name.to_ascii_lowercase().as_str() {
                "tlp" | "tlp_2_0" => mark.tlp = marking::stricter(mark.tlp, marking::tlp(word)),
                "pap" => mark.pap = marking::pap(word),
                "statement" if marking::is_about("TLP", word) => mark.tlp = marking::tlp(word),
                "statement" if marking::is_about("PAP", word) => mark.pap = marking::pap(word),
                "statement" => {
                    mark.statement = Some(word.to_owned());
                    read = true;
                }
                _ => {}
            }
        }
    }
    mark.unknown = !read && mark.tlp.is_none() && mark.pap.is_none();
    // One that is there in name only, such as `TLP:AMBER+STRICT` of a product's own.
    if mark.unknown
        && let Some(name) = object.text("name").filter(|name| marking::is_about("TLP", name))
    {
        mark.tlp = marking::tlp(name);
        mark.unknown = mark.tlp.is_none();
    }
    mark
}
