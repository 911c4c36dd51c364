#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use serde_json::{Value as Json, json};

use super::*;

fn read(message: &Json) -> Result<Vec<Result<Json, String>>, String> {
    let bytes = message.to_string().into_bytes();
    let entries = match Misp.decode(&bytes, &Limits::default()).map_err(|reason| reason.code)? {
        Decoded::Entries(entries) => entries,
        _ => panic!("misp gives entries"),
    };
    let json = |tree: Value| serde_json::from_slice(&digest::to_json(&tree)).unwrap();
    Ok(entries.into_iter().map(|entry| entry.map(json).map_err(|reason| reason.code.to_owned())).collect())
}

/// An event with these fields.
fn entry(more: Json) -> Json {
    let mut event = json!({ "info": "x", "date": "2026-01-01", "distribution": "3" });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    read(&json!({ "Event": event })).unwrap().remove(0).unwrap()
}

fn tags(names: &[&str]) -> Json {
    names.iter().map(|name| json!({ "name": name })).collect()
}

#[test]
fn an_event_stands_in_many_wrappers() {
    let event = json!({ "info": "x", "date": "2026-01-01" });
    let wrapped = json!({ "Event": event });
    for (message, count) in [
        (event.clone(), 1),
        (wrapped.clone(), 1),
        (json!([event, wrapped]), 2),
        (json!({ "response": [wrapped, wrapped] }), 2),
        (json!({ "response": wrapped }), 1),
        (json!({ "response": [] }), 0),
    ] {
        let entries = read(&message).unwrap();
        assert_eq!(entries.len(), count, "{message}");
        assert!(entries.iter().all(|entry| entry.as_ref().unwrap()["event"]["info"] == "x"));
    }
}

#[test]
fn what_is_no_event_has_a_reason() {
    for message in [
        json!([{ "SharingGroup": { "name": "a" } }]),
        json!({ "User": { "email": "a@example.org" } }),
        json!({ "response": { "Attribute": [] } }),
        json!({ "response": "no" }),
        json!({ "Event": { "name": "x" } }),
        json!({ "info": "of a galaxy, perhaps" }),
        json!({ "type": "bundle", "objects": [] }),
        json!("event"),
        json!(7),
    ] {
        assert_eq!(read(&message).unwrap_err(), "other_document", "{message}");
    }
    let mixed = read(&json!([{ "Event": { "info": "x" } }, { "SharingGroup": {} }])).unwrap();
    assert!(mixed[0].is_ok());
    assert_eq!(mixed[1], Err("other_document".to_owned()));
}

#[test]
fn composite_attributes_have_parts() {
    let found = entry(json!({ "Attribute": [
        { "type": "ip-dst|port", "value": "192.0.2.1|443" },
        { "type": "filename|md5", "value": "a|b|c" },
        { "type": "url", "value": "https://example.org/a|b" },
        { "type": "domain|ip", "value": "no divider" },
    ] }));
    let parts: Vec<&Json> = found["attributes"].as_array().unwrap().iter().map(|one| &one["parts"]).collect();
    assert_eq!(parts[0], &json!({ "ip-dst": "192.0.2.1", "port": "443" }));
    assert_eq!(parts[1], &json!({ "filename": "a", "md5": "b|c" }));
    assert_eq!(parts[2], &json!({ "url": "https://example.org/a|b" }));
    assert_eq!(parts[3], &json!({ "domain|ip": "no divider" }));
}

#[test]
fn what_is_deleted_or_proposed_is_counted_and_nothing_else() {
    let found = entry(json!({
        "ShadowAttribute": [{ "type": "filename", "value": "SECRET" }],
        "Attribute": [
            { "type": "filename", "value": "SECRET", "deleted": true },
            { "type": "url", "value": "SECRET", "deleted": "1" },
            { "type": "url", "value": "stays", "deleted": false, "ShadowAttribute": [{ "value": "SECRET" }, { "value": "SECRET" }] },
        ],
        "Object": [
            { "name": "person", "deleted": 1, "Attribute": [{ "object_relation": "last-name", "value": "SECRET" }] },
            { "name": "person", "Attribute": [{ "object_relation": "last-name", "value": "SECRET", "type": "text", "deleted": true }, { "object_relation": "alias", "value": "stays" }] },
        ],
        "EventReport": [{ "content": "SECRET", "deleted": true }, { "content": "stays" }],
    }));
    assert!(!found.to_string().contains("SECRET"));
    assert_eq!(found.to_string().matches("stays").count(), 4, "{found}");
    assert_eq!(found["withdrawn"], json!(["filename", "url", "person", "text", "event report"]));
    assert_eq!(found["proposals"], 3);
    assert_eq!(found["warnings"], json!(["not_asserted:other"]));
}

#[test]
fn files_that_an_attribute_carries_are_left_out() {
    let found = entry(json!({ "Attribute": [{ "type": "attachment", "value": "a.jpg", "data": "QUJD" }] }));
    assert!(!found.to_string().contains("QUJD"));
    assert_eq!(found["attributes"][0]["data_left_out"], true);
}

#[test]
fn the_strictest_mark_counts() {
    let marked = |event: &[&str], distribution: Option<&str>, part: &[&str], level: &str| {
        let found = entry(json!({ "Tag": tags(event), "distribution": distribution,
            "Attribute": [{ "type": "url", "value": "v", "Tag": tags(part), "distribution": level }] }));
        (
            found["marking"]["tlp"].as_str().map(str::to_owned),
            found["warnings"].to_string().contains("contradicting_flags"),
        )
    };
    let is = |tlp: &str, contradicts: bool| (Some(tlp.to_owned()), contradicts);
    assert_eq!(
        marked(&["tlp:clear", "tlp:amber+strict"], None, &["tlp:clear"], "5"),
        is("AMBER_STRICT", true)
    );
    assert_eq!(marked(&["tlp:green"], Some("3"), &[], "5"), is("GREEN", false));
    assert_eq!(marked(&["tlp:green"], Some("3"), &["tlp:red"], "5"), is("RED", true));
    assert_eq!(marked(&["tlp:clear"], Some("1"), &[], "5"), is("AMBER_STRICT", true));
    assert_eq!(marked(&["tlp:green"], Some("3"), &[], "0"), is("RED", true));
    for (level, tlp) in [
        (Some("0"), "RED"),
        (Some("1"), "AMBER_STRICT"),
        (Some("2"), "AMBER"),
        (Some("3"), "GREEN"),
        (Some("4"), "AMBER_STRICT"),
        (Some("9"), "RED"),
        (None, "RED"),
    ] {
        assert_eq!(marked(&[], level, &["tlp:clear"], "5"), is(tlp, false), "{level:?}");
    }
    let unknown = entry(json!({ "Tag": tags(&["tlp:unclear", "PAP:AMBER"]) }));
    assert_eq!(unknown["marking"], json!({ "tlp": "RED", "pap": "AMBER" }));
    assert_eq!(unknown["warnings"], json!(["value_not_in_list:handling.tlp"]));
}

#[test]
fn objects_have_values_by_relation_and_know_whose_they_are() {
    let found = entry(json!({ "Object": [
        { "name": "person", "uuid": "AA", "Attribute": [{ "object_relation": "last-name", "value": "x" }, { "object_relation": "alias", "value": "y" }, { "object_relation": "alias", "value": "z", "comment": "c", "Tag": tags(&["t"]) }],
          "ObjectReference": [{ "relationship_type": "owns", "referenced_uuid": "bb" }, { "relationship_type": "knows", "referenced_uuid": "nobody" }] },
        { "name": "telegram-account", "uuid": "BB", "Attribute": { "object_relation": "username", "value": "u" } },
        { "name": "gitlab-user", "Attribute": [{ "object_relation": "first-name", "value": "not a person" }] },
        { "name": "victim", "Attribute": [{ "object_relation": "classification", "value": "individual" }] },
        { "name": "victim", "Attribute": [{ "object_relation": "classification", "value": "organization" }] },
        { "name": "own-template", "Attribute": [{ "object_relation": "full-name", "value": "w" }] },
        { "name": "credential", "Attribute": [{ "object_relation": "username", "value": "u" }], "ObjectReference": [{ "relationship_type": "belongs-to", "referenced_uuid": "aa" }] },
    ] }));
    let objects = found["objects"].as_array().unwrap();
    assert_eq!(objects[0]["values"], json!({ "alias": ["y", "z"], "last-name": ["x"] }));
    assert_eq!(objects[0]["comments"], json!([{ "name": "alias", "text": "c" }]));
    assert_eq!(objects[0]["tags"], json!(["t"]));
    assert_eq!(
        objects[0]["references"],
        json!([{ "relationship_type": "owns", "to": "telegram-account" }, { "relationship_type": "knows", "to": "nobody" }])
    );
    let whose: Vec<_> =
        objects.iter().map(|one| (one["person_ref"].as_str(), one["is_person"] == true)).collect();
    assert_eq!(
        whose,
        [
            (Some("p1"), true),
            (Some("p1"), false),
            (None, false),
            (Some("p2"), true),
            (None, false),
            (Some("p3"), true),
            (Some("p1"), false)
        ]
    );
    assert_eq!(found["warnings"], json!(["reference_unresolved:other"]));
}

#[test]
fn tags_of_galaxies_and_related_events_are_kept() {
    let found = entry(
        json!({ "Tag": tags(&["b", "a"]), "Galaxy": [{ "GalaxyCluster": [{ "tag_name": "g" }, { "value": "h" }] }],
        "RelatedEvent": [{ "Event": { "uuid": "u", "info": "another" } }] }),
    );
    assert_eq!(found["tags"], json!(["a", "b", "g", "h"]));
    assert_eq!(found["related"], json!(["u"]));
}

#[test]
fn an_event_alone_is_the_entry_again() {
    let message = json!({ "response": [{ "Event": { "info": "one" } }, { "Event": { "info": "two", "Attribute": [{ "type": "url", "value": "v" }] } }, { "SharingGroup": {} }] });
    let bytes = message.to_string().into_bytes();
    let entries = read(&message).unwrap();
    let alone = Misp.alone(&bytes, &Limits::default(), &[1, 2, 7]);
    assert_eq!(
        read(&serde_json::from_slice(alone[0].as_ref().unwrap()).unwrap()).unwrap(),
        [entries[1].clone()]
    );
    // Alone, what is no event is another document as a whole.
    assert_eq!(
        read(&serde_json::from_slice(alone[1].as_ref().unwrap()).unwrap()).unwrap_err(),
        "other_document"
    );
    assert_eq!(alone[2], None);
    assert_eq!(Misp.alone(b"[", &Limits::default(), &[0]), [None]);
}
