#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
use super::*;
use lead::schema::{AvroType, Defined};
use serde_json::json;
use std::collections::BTreeMap;

fn original(content: &Content) -> Original {
    Original::of(content, std::iter::empty())
}

/// A lead that lost `denied` and kept the summary `text`: is the text withheld?
fn withheld(denied: Json, text: &str) -> bool {
    let content = |with: Option<&Json>| -> Content {
        let mut json = json!({ "summary_public": text });
        if let Some(with) = with {
            json.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        }
        serde_json::from_value(json).unwrap()
    };
    let mut after = content(None);
    let paths = withhold(&original(&content(Some(&denied))), &mut after, true);
    assert_eq!(after.summary_public.is_none(), !paths.is_empty());
    !paths.is_empty()
}

fn name(full: &str) -> Json {
    json!({ "persons": [{ "names": [{ "full": full }] }] })
}

fn phone(e164: &str) -> Json {
    json!({ "persons": [{ "phones": [{ "e164": e164, "text": e164 }] }] })
}

fn handle(handle: &str) -> Json {
    json!({ "accounts": [{ "handle": handle }] })
}

#[test]
fn finds_a_value_however_it_is_written() {
    for (denied, text) in [
        (name("Alan Exemplar"), "seen with ALAN  EXEMPLAR there"),
        (name("Alan Exemplar"), "Mr Exemplar's car"),
        (name("Alan Exemplar"), "alan was there"),
        (name("José Muñoz"), "she spoke of JOSE MUNOZ"),
        (name("Jose Munoz"), "she spoke of José Muñoz"),
        (name("Strasse"), "Herr Straße"),
        (name("Ｊｏｈｎｓｏｎ"), "johnson"),
        (name("Ирина Пример"), "спросите Ирину или ИРИНА ПРИМЕР"),
        (name("Ana"), "Ana, 24"),
        (phone("+12025550123"), "call (202) 555-0123"),
        (phone("+12025550123"), "call 202.555.0123 now"),
        (phone("+447700900123"), "call 07700 900123"),
        (phone("+12025550123"), "2025550123"),
        (phone("+12025550123"), "٢٠٢٥٥٥٠١٢٣"),
        (handle("carla_star15"), "she is carla-star15 there"),
        (handle("carla_star15"), "https://chat.example/u/carlastar15"),
        (
            json!({ "persons": [{ "emails": [{ "address": "bea.muestra@example.org" }] }] }),
            "bea.muestra (at) example.org",
        ),
        (json!({ "persons": [{ "birth_date": { "local": "2009-03-01" } }] }), "born 2009-03-01"),
        (json!({ "files": [{ "name": "IMG_4471.jpg" }] }), "the picture img_4471.jpg"),
        (json!({ "places": [{ "street": "12 Sample Road" }] }), "at 12, Sample Road"),
        (json!({ "source": { "organisation": "Harbour tip line" } }), "as the Harbour tip line says"),
    ] {
        assert!(withheld(denied.clone(), text), "{denied} in: {text}");
    }
}

#[test]
fn leaves_what_says_nothing_of_it() {
    for (denied, text) in [
        (name("Alan Exemplar"), "a man was seen"),
        (name("Ana"), "bananas at the market"),
        (name("Li"), "li in a text"),
        (name("the girl from the blue motel"), "a girl, a motel"),
        (json!({ "persons": [{ "names": [{ "full": "Unknown", "placeholder": true }] }] }), "unknown man"),
        (phone("+12025550123"), "555-0199, room 123"),
        (json!({ "persons": [{ "birth_date": { "local": "2009" } }] }), "in 2009"),
        (json!({ "persons": [{ "sex": "female" }] }), "a female voice"),
    ] {
        assert!(!withheld(denied.clone(), text), "{denied} in: {text}");
    }
}

#[test]
fn a_value_that_the_copy_shows_elsewhere_is_not_denied() {
    let person = |n: &str| json!({ "person_ref": n, "names": [{ "full": "Alan Exemplar" }] });
    let before: Content = serde_json::from_value(
        json!({ "summary_public": "Alan Exemplar", "persons": [person("a"), person("b")] }),
    )
    .unwrap();
    let mut after: Content =
        serde_json::from_value(json!({ "summary_public": "Alan Exemplar", "persons": [person("b")] }))
            .unwrap();
    assert_eq!(withhold(&original(&before), &mut after, true), Vec::<String>::new());
}

#[test]
fn takes_the_text_alone_and_names_its_path() {
    let before: Content = serde_json::from_value(json!({
        "annotations": ["sextortion", "exemplar gang"],
        "categories": ["SEX_TRAFFICKING"],
        "persons": [{ "person_ref": "p1", "role": "SUBJECT", "names": [{ "full": "Subject Exemplar" }] }],
        "places": [{ "admin1": "Exemplar county", "country": { "code": "US", "text": "US" }, "point": { "lat": 0.1, "lon": -97.25 } }],
    }))
    .unwrap();
    let mut after = before.clone();
    after.persons.clear();
    assert_eq!(withhold(&original(&before), &mut after, true), ["annotations", "places.admin1"]);
    assert_eq!(after.annotations, ["sextortion"]);
    assert_eq!(after.places[0].admin1, None);
    assert!(after.places[0].point == before.places[0].point);
    assert!(after.categories == before.categories);
}

/// Every field of the record is either known to identify somebody, or listed here as one that does
/// not. A new field turns this red until somebody thinks about it.
#[test]
fn every_identifying_field_is_known() {
    const IDENTIFYING: [&str; 7] =
        ["identity", "contact", "account", "location", "financial", "device_network", "evidence"];
    let schema = Content::schema(&mut Defined::default());
    let (mut strings, mut codes) = (Vec::new(), Vec::new());
    fields(&schema, "", None, &mut BTreeMap::new(), &mut |path, class, code| {
        if code {
            codes.push(path.to_owned());
        } else if IDENTIFYING.contains(&class) && form(path).is_none() {
            strings.push(path.to_owned());
        }
    });
    for code in &codes {
        assert!(is_code(code), "`{code}` is a closed list: add it to is_code");
    }
    insta::assert_snapshot!(strings.join("\n"));
}

type Known<'a> = BTreeMap<String, &'a Json>;

fn fields<'a>(
    ty: &'a Json,
    path: &str,
    class: Option<&'a str>,
    known: &mut Known<'a>,
    each: &mut dyn FnMut(&str, &str, bool),
) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match ty {
        Json::Array(union) => union.iter().for_each(|ty| fields(ty, path, class, known, each)),
        Json::Object(object) if object["type"] == "array" => {
            fields(&object["items"], path, class, known, each)
        }
        Json::Object(object) if object["type"] == "record" => {
            known.insert(format!("leadshare.v1.{}", object["name"].as_str().unwrap()), ty);
            for field in object["fields"].as_array().unwrap() {
                let class = class.or(field.get("leadshare.class").and_then(Json::as_str));
                fields(&field["type"], &below(field["name"].as_str().unwrap()), class, known, each);
            }
        }
        Json::Object(object) if object["type"] == "enum" => {
            known.insert(format!("leadshare.v1.{}", object["name"].as_str().unwrap()), ty);
            each(path, class.unwrap(), true);
        }
        Json::String(name) if name == "string" => each(path, class.unwrap(), false),
        Json::String(name) if name.starts_with("leadshare.") => fields(known[name], path, class, known, each),
        _ => {}
    }
}

#[test]
fn a_postal_code_is_not_found_in_a_phone_number() {
    let postal = || json!({ "places": [{ "postal_code": "55155" }] });
    assert!(!withheld(postal(), "call +1 551-555-0165 or 15515550165"));
    assert!(withheld(postal(), "she lives in 55155."));
    assert!(withheld(postal(), "MN55155"));
}

#[test]
fn a_value_that_tells_goes_in_every_form() {
    let kept = json!({ "persons": [{ "phones": [{ "e164": "+12025550123", "text": "two-oh-two", "kind": "home" }] }] });
    let mut before = kept.clone();
    before["summary_public"] = json!("x");
    before["organizations"] = json!([{ "phones": [{ "e164": "+12025550123" }], "name": "12025550123" }]);
    let content = |json: Json| -> Content { serde_json::from_value(json).unwrap() };
    let mut after = content(kept);
    // The organisation's name is denied, and the person's number repeats it.
    assert_eq!(withhold(&original(&content(before)), &mut after, true), ["persons.phones.e164"]);
    let phone = &after.persons[0].phones[0];
    assert!(phone.e164.is_none() && phone.text.expose().is_empty());
    assert_eq!(phone.kind.as_deref(), Some("home"));
}
