//! The leads, from the tables beside this file.

use lead::{ClassSet, FieldClass};
use serde_json::{Map, Value as Json, json};

const EVERYBODY: &str = "subject+victim+minor+reporter+witness+other_person";

/// Values of the cast: name, the classes that protect it, and where it stands anyhow.
const SECRETS: [(&str, &str, &[&str]); 33] = [
    ("subject.name", "identity+subject", &["Exemplar"]),
    ("subject.document", "identity+subject", &["XX1234567"]),
    ("subject.phone", "contact+subject", &["5550 0123", "525555500123"]),
    ("subject.handle", "account+subject", &[]),
    ("subject.device", "device_network+subject", &["490154203237518"]),
    ("subject.bank", "financial+subject", &["MX00-1234-5678"]),
    ("subject.plate", "identity+subject", &["KX19 VPT"]),
    ("subject.vehicle", "identity+subject", &[]),
    ("subject.street", "location+subject", &["12 Sample Road"]),
    ("victim.name", "identity+victim", &["Beatriz", "Muestra"]),
    ("victim.phone", "contact+victim", &["202-555-0123", "12025550123"]),
    ("victim.email", "contact+victim", &[]),
    ("victim.handle", "account+victim", &["kim_77"]),
    ("minor.name", "identity+victim+minor", &["Carla", "Beispiel"]),
    ("minor.birth", "identity+victim+minor", &["2010-06-02", "02/06/2010"]),
    ("minor.school", "identity+victim+minor", &["Drumlin"]),
    ("minor.handle", "account+victim+minor", &["carla_star15"]),
    ("minor.ip", "device_network+victim+minor", &["203.0.113.9"]),
    ("minor.street", "location+victim+minor", &["41 Tarnwick Row"]),
    ("minor.city", "location+victim+minor", &["Quarryton"]),
    ("minor.point", "location+victim+minor", &["29.7604", "95.3698"]),
    ("reporter.name", "identity+reporter", &["Dora", "Testigo"]),
    ("reporter.phone", "contact+reporter", &["202-555-0199", "12025550199"]),
    ("reporter.email", "contact+reporter", &["d.t@example.net"]),
    ("witness.name", "identity+witness+minor", &["Primjer"]),
    ("witness.phone", "contact+witness+minor", &["020 7946 0123", "442079460123"]),
    ("other.name", "identity+other_person", &["Fatima", "Mithal"]),
    ("nobody.handle", "account+EVERYBODY", &["nobody_knows_99"]),
    ("source.organisation", "provenance", &["Harbour tip line"]),
    ("source.office", "provenance", &["TXHAR0042"]),
    ("own.number", "provenance", &[]),
    ("case.number", "evidence", &["CASE-4471-B"]),
    ("file", "evidence", &["F-9917-QX", "0f343b0931126a20f133d67c2b018a3b"]),
];

/// A lead that is built to leak.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) content: Json,
    pub(crate) secrets: Vec<Secret>,
    /// Nobody gets what it marks.
    pub(crate) never: bool,
}

/// A value, and who may not have it.
pub(crate) struct Secret {
    pub(crate) name: String,
    /// Each set of classes that is leave enough.
    needs: Vec<ClassSet>,
    pub(crate) spellings: Vec<String>,
    /// Whether the fixture put it there, and not the cast.
    pub(crate) is_planted: bool,
}

impl Secret {
    fn new(name: &str, needs: &str, spellings: Vec<String>, is_planted: bool) -> Self {
        let needs = needs.split('|').map(classes).collect();
        Self { name: name.to_owned(), needs, spellings, is_planted }
    }

    /// Whether whoever has these classes may not have it.
    pub(crate) fn is_denied(&self, granted: ClassSet) -> bool {
        !self.needs.iter().any(|needs| needs.within(granted))
    }
}

/// `identity+victim+minor`; EVERYBODY stands for the classes of all persons of the cast.
pub(crate) fn classes(text: &str) -> ClassSet {
    let text = text.replace("EVERYBODY", EVERYBODY);
    text.split('+').map(|name| FieldClass::from_name(name).unwrap_or_else(|| panic!("{name}"))).collect()
}

pub(crate) fn cast() -> Json {
    serde_json::from_str(include_str!("cast.json")).unwrap()
}

pub(crate) fn cases() -> Vec<Case> {
    let tables = [include_str!("names.txt"), include_str!("numbers.txt")];
    let lines = tables.iter().flat_map(|table| table.lines());
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("# "));
    let mut cases: Vec<Case> = lines.map(of_line).collect();
    let shapes: Vec<Json> = serde_json::from_str(include_str!("structure.json")).unwrap();
    cases.extend(shapes.iter().map(of_shape));
    cases
}

/// `path | text with [[secret:spelling]]`; a line with `!` first is of a field that never leaves.
fn of_line(line: &str) -> Case {
    let (never, rest) = match line.strip_prefix("! ") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (path, marked) = rest.split_once(" | ").unwrap_or_else(|| panic!("{line}"));
    let (mut text, mut secrets, mut rest) = (String::new(), Vec::new(), marked);
    while let Some((before, after)) = rest.split_once("[[") {
        // A spelling may end in a bracket of its own.
        let end = after.find("]]").map(|end| end + after[end..].bytes().take_while(|b| *b == b']').count());
        let end = end.unwrap_or_else(|| panic!("{line}"));
        let (name, spelling) = after[..end - 2].split_once(':').unwrap();
        let (_, needs, _) = secret(name);
        let needs = if never { "internal" } else { needs };
        text.push_str(before);
        text.push_str(spelling);
        secrets.push(Secret::new(name, needs, vec![spelling.to_owned()], true));
        rest = &after[end..];
    }
    text.push_str(rest);
    assert!(!secrets.is_empty(), "{line}");
    let mut content = cast();
    put(&mut content, path, &text);
    for (name, needs, spellings) in SECRETS {
        let spellings = spellings.iter().map(|text| (*text).to_owned()).collect();
        secrets.push(Secret::new(name, needs, spellings, false));
    }
    Case { name: line.to_owned(), content, secrets, never }
}

fn secret(name: &str) -> (&'static str, &'static str, &'static [&'static str]) {
    match name.split_once('.') {
        // What a file is and is called is evidence; its name may speak of anybody.
        Some(("file", "name")) => ("file.name", "evidence+EVERYBODY", &[]),
        Some(("file", _)) => secret("file"),
        _ => *SECRETS.iter().find(|(known, ..)| *known == name).unwrap_or_else(|| panic!("{name}")),
    }
}

/// Puts a text at `persons.0.status`; `+` adds an element, and names with a dot are fields.
fn put(json: &mut Json, path: &str, text: &str) {
    let Some((first, rest)) = path.split_once('.').map(|(a, b)| (a, Some(b))).or(Some((path, None))) else {
        return;
    };
    let place = if first == "+" {
        if json.is_null() {
            *json = json!([]);
        }
        let items = json.as_array_mut().unwrap();
        items.push(Json::Null);
        items.last_mut().unwrap()
    } else if let Ok(number) = first.parse::<usize>() {
        &mut json[number]
    } else {
        if json.is_null() {
            *json = Map::new().into();
        }
        json.as_object_mut().unwrap().entry(first).or_insert(Json::Null)
    };
    match rest {
        Some(rest) => put(place, rest, text),
        None => *place = text.into(),
    }
}

fn of_shape(shape: &Json) -> Case {
    let mut content = cast();
    let fields = |name: &str| shape[name].as_object().cloned().unwrap_or_default();
    crate::site::merge(&mut content, &fields("over").into());
    for (name, items) in fields("append") {
        let all = content.as_object_mut().unwrap().entry(name).or_insert_with(|| json!([]));
        all.as_array_mut().unwrap().extend(items.as_array().unwrap().iter().cloned());
    }
    let secrets = fields("secrets").into_iter().map(|(needs, spellings)| {
        let spellings = serde_json::from_value(spellings).unwrap();
        Secret::new(&needs, &needs, spellings, true)
    });
    Case {
        name: shape["name"].as_str().unwrap().to_owned(),
        content,
        secrets: secrets.collect(),
        never: shape["never"] == true,
    }
}
