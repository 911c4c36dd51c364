#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use serde_json::{Value as Json, json};

use super::*;

fn bytes(message: &Json) -> Vec<u8> {
    message.to_string().into_bytes()
}

fn read_within(message: &Json, limits: &Limits) -> Result<Vec<Result<Json, String>>, String> {
    let entries = match Stix.decode(&bytes(message), limits).map_err(|reason| reason.code)? {
        Decoded::Entries(entries) => entries,
        _ => panic!("stix gives entries"),
    };
    let json = |tree: Value| serde_json::from_slice(&digest::to_json(&tree)).unwrap();
    Ok(entries.into_iter().map(|entry| entry.map(json).map_err(|reason| reason.code.to_owned())).collect())
}

fn read(message: &Json) -> Result<Vec<Result<Json, String>>, String> {
    read_within(message, &Limits::default())
}

/// The only entry of a bundle of these objects.
fn entry(objects: &[Json]) -> Json {
    let mut entries = read(&bundle(objects)).unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0).unwrap()
}

fn bundle(objects: &[Json]) -> Json {
    json!({ "type": "bundle", "id": "bundle--1", "objects": objects })
}

fn report(id: &str, refs: &[&str]) -> Json {
    json!({ "type": "report", "id": format!("report--{id}"), "created": "2026-01-01T00:00:00Z",
        "modified": "2026-01-01T00:00:00Z", "name": id, "object_refs": refs })
}

fn person(id: &str) -> Json {
    json!({ "type": "identity", "id": format!("identity--{id}"), "name": id, "identity_class": "individual" })
}

fn account(id: &str) -> Json {
    json!({ "type": "user-account", "id": format!("user-account--{id}"), "account_login": id })
}

fn related(id: &str, kind: &str, from: &str, to: &str) -> Json {
    json!({ "type": "relationship", "id": format!("relationship--{id}"), "relationship_type": kind,
        "source_ref": from, "target_ref": to })
}

fn with(mut object: Json, more: Json) -> Json {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

fn names(entry: &Json, kind: &str) -> Vec<String> {
    let list = entry["objects"][kind].as_array().cloned().unwrap_or_default();
    list.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_no_lead_has_a_reason() {
    for (message, code) in [
        (bundle(&[person("a")]), "no_lead_object"),
        (bundle(&[]), "no_lead_object"),
        (json!({ "type": "bundle", "id": "bundle--1" }), "no_lead_object"),
        (json!({ "type": "campaign", "id": "campaign--1", "name": "x" }), "no_lead_object"),
        (json!({ "type": "bundle", "objects": {} }), "other_document"),
        (json!({ "Event": {} }), "other_document"),
        (json!({ "type": "report" }), "other_document"),
        (json!([report("a", &[])]), "other_document"),
        (json!("report"), "other_document"),
        (json!({}), "other_document"),
    ] {
        assert_eq!(read(&message).unwrap_err(), code, "{message}");
    }
    assert_eq!(Stix.decode(b"{\"type\":", &Limits::default()).err().unwrap().code, "truncated");
}

#[test]
fn a_bare_report_and_an_envelope_are_bundles() {
    assert_eq!(read(&report("a", &[])).unwrap()[0].as_ref().unwrap()["report"]["id"], "report--a");
    let envelope = json!({ "more": false, "objects": [report("a", &[])] });
    assert_eq!(read(&envelope).unwrap().len(), 1);
}

#[test]
fn one_bad_item_does_not_stop_the_others() {
    let entries =
        read(&bundle(&[json!(7), report("a", &[]), json!({ "id": "x" }), report("b", &[])])).unwrap();
    let codes: Vec<_> = entries.iter().map(|entry| entry.as_ref().err().map(String::as_str)).collect();
    assert_eq!(codes, [Some("not_an_object"), None, Some("not_an_object"), None]);
}

#[test]
fn a_report_has_what_it_names_and_what_that_names() {
    let objects = [
        report("r", &["email-message--m", "identity--V"]),
        json!({ "type": "email-message", "id": "email-message--m", "subject": "s", "from_ref": "email-addr--f", "to_refs": ["email-addr--t", "email-addr--gone"] }),
        json!({ "type": "email-addr", "id": "email-addr--f", "value": "f@example.org", "belongs_to_ref": "user-account--u" }),
        json!({ "type": "email-addr", "id": "email-addr--t", "value": "t@example.org" }),
        account("u"),
        // An identifier in another case is the same.
        person("v"),
        account("not-named"),
    ];
    let found = entry(&objects);
    let message = &found["objects"]["email-message"][0];
    assert_eq!(message["from_ref"]["value"], "f@example.org");
    assert_eq!(message["to_refs"][0]["value"], "t@example.org");
    assert_eq!(message["to_refs"][1], json!({ "type": "email-addr", "id": "email-addr--gone" }));
    assert_eq!(names(&found, "user-account"), ["user-account--u"]);
    assert_eq!(names(&found, "identity"), ["identity--v"]);
    assert_eq!(found["unresolved"], json!(["email-addr--gone"]));
    assert_eq!(found["warnings"], json!(["reference_unresolved:online_places"]));
    assert_eq!(found["report"].get("object_refs"), None);
}

#[test]
fn the_order_of_objects_means_nothing() {
    let mut objects = vec![
        report("r", &["identity--a", "relationship--1", "observed-data--o"]),
        person("a"),
        person("b"),
        account("u"),
        related("1", "exploits", "identity--a", "identity--b"),
        related("2", "uses", "identity--b", "user-account--u"),
        json!({ "type": "observed-data", "id": "observed-data--o", "first_observed": "2026-01-01T00:00:00Z", "object_refs": ["ipv4-addr--i"] }),
        json!({ "type": "ipv4-addr", "id": "ipv4-addr--i", "value": "192.0.2.1" }),
        with(person("a"), json!({ "modified": "2026-02-01T00:00:00Z", "name": "later" })),
    ];
    let first = entry(&objects);
    assert_eq!(first["objects"]["identity"][0]["name"], "later", "the later version counts");
    for _ in 0..objects.len() {
        objects.rotate_left(1);
        assert_eq!(entry(&objects), first);
    }
    objects.reverse();
    assert_eq!(entry(&objects), first);
}

#[test]
fn two_versions_of_one_time_are_a_contradiction() {
    let objects = [report("r", &["identity--a"]), person("a"), with(person("a"), json!({ "name": "other" }))];
    let first = entry(&objects);
    assert_eq!(first["warnings"], json!(["statements_contradict:persons"]));
    let [r, a, b] = objects;
    assert_eq!(entry(&[b, r.clone(), a.clone()]), first);
    assert_eq!(entry(&[r, a.clone(), a]).get("warnings"), None, "the same twice contradicts nothing");
}

#[test]
fn relationships_are_followed_and_do_not_join_reports() {
    let objects = [
        report("one", &["identity--a"]),
        report("two", &["identity--b"]),
        person("a"),
        person("b"),
        person("c"),
        account("u"),
        json!({ "type": "location", "id": "location--l", "country": "ES" }),
        related("1", "located-at", "identity--a", "location--l"),
        related("2", "located-at", "identity--c", "location--l"),
        related("3", "knows", "identity--a", "identity--b"),
        related("4", "uses", "identity--a", "user-account--u"),
    ];
    let entries = read(&bundle(&objects)).unwrap();
    let one = entries[0].as_ref().unwrap();
    // Whom two reports have, each has; who is in the same country alone, nobody.
    assert_eq!(names(one, "identity"), ["identity--a"]);
    assert_eq!(names(one, "location"), ["location--l"]);
    assert_eq!(one["objects"]["location"][0]["person_ref"], "p1");
    assert_eq!(one["objects"]["user-account"][0]["person_ref"], "p1");
    let relations = one["objects"]["identity"][0]["relations"].as_array().unwrap();
    assert_eq!(relations.len(), 3);
    assert!(relations.contains(
        &json!({ "relationship_type": "knows", "target": { "type": "identity", "id": "identity--b" } })
    ));
    let two = entries[1].as_ref().unwrap();
    assert_eq!(names(two, "identity"), ["identity--b"]);
    assert_eq!(names(two, "location"), [""; 0]);
}

#[test]
fn an_incident_is_known_by_its_relationships() {
    let incident = json!({ "type": "incident", "id": "incident--i", "name": "raid", "created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z" });
    let objects = [
        incident,
        report("r", &["incident--i", "identity--v", "relationship--1"]),
        person("v"),
        account("u"),
        related("1", "impacts", "incident--i", "identity--v"),
        related("2", "uses", "identity--v", "user-account--u"),
    ];
    let entries = read(&bundle(&objects)).unwrap();
    let [incident, report] = [0, 1].map(|n| entries[n].as_ref().unwrap());
    assert_eq!(names(incident, "identity"), ["identity--v"]);
    assert_eq!(names(incident, "user-account"), ["user-account--u"]);
    assert_eq!(incident["objects"]["relationship"][0]["source_ref"]["name"], "raid");
    assert_eq!(report["related"], json!(["incident--i"]));
    assert_eq!(report["objects"].get("incident"), None);
}

#[test]
fn notes_opinions_and_sightings_are_about_what_they_name() {
    let about =
        |kind: &str, to: &str| json!({ "type": kind, "id": format!("{kind}--{to}"), "object_refs": [to] });
    let objects = [
        report("r", &["identity--a"]),
        report("s", &["identity--b"]),
        person("a"),
        person("b"),
        about("note", "report--r"),
        about("opinion", "identity--a"),
        about("note", "identity--b"),
        json!({ "type": "note", "id": "note--both", "object_refs": ["identity--a", "identity--b"] }),
        json!({ "type": "sighting", "id": "sighting--1", "sighting_of_ref": "identity--a" }),
    ];
    let entries = read(&bundle(&objects)).unwrap();
    let one = entries[0].as_ref().unwrap();
    assert_eq!(names(one, "note"), ["note--both", "note--report--r"]);
    assert_eq!(names(one, "opinion"), ["opinion--identity--a"]);
    assert_eq!(names(one, "sighting"), ["sighting--1"]);
    assert_eq!(names(one, "identity"), ["identity--a"], "a note on two reports does not join them");
}

#[test]
fn persons_are_individuals_and_hold_what_reaches_them() {
    let contact = json!({ "type": "identity", "id": "identity--x", "name": "x", "extensions": { "extension-definition--66e2492a-bbd3-4be6-88f5-cc91a017a498": {
        "first_name": "X", "email_addresses": [{ "email_address_ref": "email-addr--e" }], "social_media_accounts": [{ "user_account_ref": "user-account--u" }] } } });
    let found = entry(&[
        report("r", &["identity--x", "identity--org", "threat-actor--t", "identity--both"]),
        contact,
        json!({ "type": "identity", "id": "identity--org", "name": "org", "identity_class": "organization" }),
        json!({ "type": "threat-actor", "id": "threat-actor--t", "name": "t", "resource_level": "individual" }),
        json!({ "type": "email-addr", "id": "email-addr--e", "value": "x@example.org" }),
        account("u"),
        person("both"),
        account("shared"),
        related("1", "uses", "identity--both", "user-account--shared"),
        related("2", "used-by", "user-account--shared", "identity--x"),
        related("3", "mentions", "identity--both", "user-account--u"),
    ]);
    let persons: Vec<_> = found["objects"]["identity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["person_ref"].as_str())
        .collect();
    assert_eq!(persons, [Some("p1"), None, Some("p2")]);
    assert_eq!(found["objects"]["threat-actor"][0]["person_ref"], "p3");
    assert_eq!(found["objects"]["identity"][2]["holds"]["email-addr"][0]["value"], "x@example.org");
    assert_eq!(found["objects"]["email-addr"][0]["person_ref"], "p2");
    let accounts = found["objects"]["user-account"].as_array().unwrap();
    assert_eq!(
        (accounts[0]["account_login"].as_str(), accounts[0].get("person_ref")),
        (Some("shared"), None),
        "of two it is nobody's"
    );
    assert_eq!(accounts[1]["person_ref"], "p2");
}

#[test]
fn the_strictest_mark_counts_and_an_unknown_one_is_the_strictest() {
    const CLEAR: &str = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";
    const GREEN: &str = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da";
    const AMBER_STRICT: &str = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003";
    const RED: &str = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";
    let marked = |whole: &[&str], part: &[&str], more: Vec<Json>| {
        let mut objects = vec![
            with(report("r", &["identity--a"]), json!({ "object_marking_refs": whole })),
            with(person("a"), json!({ "object_marking_refs": part })),
        ];
        objects.extend(more);
        let found = entry(&objects);
        (found["marking"]["tlp"].clone(), found["warnings"].clone())
    };
    let contradicts = json!(["contradicting_flags:handling.tlp"]);
    let unknown = json!(["value_not_in_list:handling.tlp"]);
    assert_eq!(marked(&[GREEN], &[], vec![]), (json!("GREEN"), Json::Null));
    assert_eq!(marked(&[CLEAR, AMBER_STRICT], &[], vec![]), (json!("AMBER_STRICT"), contradicts.clone()));
    assert_eq!(marked(&[GREEN], &[RED], vec![]), (json!("RED"), contradicts));
    assert_eq!(marked(&[RED], &[CLEAR], vec![]), (json!("RED"), Json::Null));
    assert_eq!(marked(&[], &[CLEAR], vec![]), (Json::Null, Json::Null), "a part loosens nothing");
    assert_eq!(marked(&["marking-definition--nobody"], &[], vec![]), (json!("RED"), unknown.clone()));
    let definition =
        |more: Json| with(json!({ "type": "marking-definition", "id": "marking-definition--m" }), more);
    for (more, tlp, warnings) in [
        (json!({ "definition_type": "tlp", "definition": { "tlp": "white" } }), json!("CLEAR"), Json::Null),
        (
            json!({ "extensions": { "extension-definition--1": { "extension_type": "property-extension", "tlp_2_0": "amber+strict" } } }),
            json!("AMBER_STRICT"),
            Json::Null,
        ),
        (
            json!({ "definition_type": "statement", "definition": { "statement": "(c) Example" } }),
            Json::Null,
            Json::Null,
        ),
        (json!({ "definition_type": "PAP", "definition": { "pap": "PAP:RED" } }), Json::Null, Json::Null),
        (json!({ "name": "TLP:GREEN" }), json!("GREEN"), Json::Null),
        (json!({ "definition_type": "house", "definition": { "house": "secret" } }), json!("RED"), unknown),
    ] {
        assert_eq!(
            marked(&["marking-definition--m"], &[], vec![definition(more.clone())]),
            (tlp, warnings),
            "{more}"
        );
    }
    let labelled = entry(&[with(report("r", &[]), json!({ "labels": ["tlp:amber", "PAP:GREEN"] }))]);
    assert_eq!(
        (&labelled["marking"]["tlp"], &labelled["marking"]["pap"]),
        (&json!("AMBER"), &json!("GREEN"))
    );
    let granular = entry(&[
        with(report("r", &["identity--a"]), json!({ "object_marking_refs": [GREEN] })),
        with(person("a"), json!({ "granular_markings": [{ "marking_ref": RED, "selectors": ["name"] }] })),
    ]);
    assert_eq!(granular["marking"]["tlp"], "RED");
    assert_eq!(
        granular["marking"]["granular"],
        json!([{ "id": "identity--a", "type": "identity", "marking": "TLP:RED", "selectors": ["name"] }])
    );
}

#[test]
fn versions_and_what_was_revoked() {
    let versioned = |modified: &str| {
        entry(&[with(report("r", &[]), json!({ "created": "2026-01-01T00:00:00Z", "modified": modified }))])
    };
    for (modified, later) in [
        ("2026-01-01T00:00:00.000Z", false),
        ("2026-01-01T00:00:00.5Z", true),
        ("2026-01-02T00:00:00Z", true),
    ] {
        assert_eq!(versioned(modified)["later_version"], later, "{modified}");
    }
    let found = entry(&[
        report("r", &["identity--a", "identity--b"]),
        with(person("a"), json!({ "revoked": true })),
        person("b"),
    ]);
    assert_eq!(names(&found, "identity"), ["identity--b"]);
    assert_eq!((&found["withdrawn"], &found["warnings"]), (&json!(1), &json!(["not_asserted:other"])));
    // Nor does what was revoked stand inside of what names it.
    let found = entry(&[
        report("r", &["email-message--m"]),
        json!({ "type": "email-message", "id": "email-message--m", "from_ref": "email-addr--f" }),
        json!({ "type": "email-addr", "id": "email-addr--f", "value": "f@example.org", "revoked": true }),
    ]);
    assert!(!found.to_string().contains("f@example.org"), "{found}");
    let two = read(&bundle(&[
        report("r", &[]),
        with(report("r", &[]), json!({ "modified": "2026-03-01T00:00:00Z", "name": "new" })),
    ]))
    .unwrap();
    assert_eq!(two.len(), 1, "an earlier version in the same bundle is none");
    assert_eq!(two[0].as_ref().unwrap()["report"]["name"], "new");
}

#[test]
fn observables_inside_observed_data_are_objects() {
    let found = entry(&[
        report("r", &["observed-data--o"]),
        json!({ "type": "observed-data", "id": "observed-data--o", "first_observed": "2026-01-01T00:00:00Z", "objects": {
            "0": { "type": "domain-name", "value": "a.example.org", "resolves_to_refs": ["1"] }, "1": { "type": "ipv4-addr", "value": "192.0.2.1" } } }),
    ]);
    assert_eq!(found["objects"]["domain-name"][0]["resolves_to_refs"][0]["value"], "192.0.2.1");
    assert_eq!(found["objects"]["ipv4-addr"][0]["observed"][0]["first_observed"], "2026-01-01T00:00:00Z");
    assert_eq!(found["objects"]["observed-data"][0].get("objects"), None);
    assert_eq!(found.get("warnings"), None);
    // Those of an earlier version are gone with it.
    let observed = |modified: &str, value: &str| {
        json!({ "type": "observed-data", "id": "observed-data--o", "modified": modified,
            "objects": { "0": { "type": "url", "value": value } } })
    };
    let (old, new) = (observed("2026-01-01T00:00:00Z", "z"), observed("2026-01-02T00:00:00Z", "a"));
    for objects in [[old.clone(), new.clone()], [new, old]] {
        let [one, other] = objects;
        let found = entry(&[report("r", &["observed-data--o"]), one, other]);
        assert_eq!(found["objects"]["url"][0]["value"], "a");
        assert_eq!(found.get("warnings"), None);
    }
}

#[test]
fn no_payload_is_copied() {
    let found = entry(&[
        report("r", &["artifact--a", "email-message--m"]),
        json!({ "type": "artifact", "id": "artifact--a", "payload_bin": "QUJD" }),
        json!({ "type": "email-message", "id": "email-message--m", "raw_email_ref": "artifact--a" }),
    ]);
    assert!(!found.to_string().contains("QUJD"));
    assert_eq!(found["objects"]["artifact"][0]["payload_left_out"], true);
}

#[test]
fn an_entry_alone_is_the_entry_again() {
    let objects = [
        report("one", &["identity--a", "report--two", "observed-data--o"]),
        json!(7),
        with(
            report("two", &["identity--b"]),
            json!({ "created_by_ref": "identity--o", "object_marking_refs": ["marking-definition--m"] }),
        ),
        person("a"),
        person("b"),
        json!({ "type": "identity", "id": "identity--o", "name": "o", "identity_class": "organization" }),
        json!({ "type": "marking-definition", "id": "marking-definition--m", "definition": { "statement": "s" } }),
        related("1", "knows", "identity--a", "identity--b"),
        json!({ "type": "observed-data", "id": "observed-data--o", "objects": { "0": { "type": "url", "value": "https://example.org" } } }),
        json!({ "type": "note", "id": "note--1", "object_refs": ["report--one"], "content": "c" }),
    ];
    let message = bundle(&objects);
    let entries = read(&message).unwrap();
    assert_eq!(entries.len(), 3);
    let alone = Stix.alone(&bytes(&message), &Limits::default(), &[2, 0, 1, 9]);
    for (found, index) in alone.iter().zip([2, 0, 1]) {
        let again = read(&serde_json::from_slice(found.as_ref().unwrap()).unwrap()).unwrap();
        assert_eq!(again, [entries[index].clone()], "{index}");
    }
    assert_eq!(alone[3], None);
    assert_eq!(Stix.alone(b"{", &Limits::default(), &[0]), [None]);
}

#[test]
fn cycles_end_and_copies_are_bounded() {
    let objects = [
        report("r", &["email-addr--a"]),
        json!({ "type": "email-addr", "id": "email-addr--a", "value": "a@example.org", "belongs_to_ref": "user-account--b" }),
        json!({ "type": "user-account", "id": "user-account--b", "account_login": "b", "x_ref": "email-addr--a", "y_ref": "user-account--b" }),
    ];
    assert_eq!(names(&entry(&objects), "user-account"), ["user-account--b"]);
    // Each of many reports names one large object: the copies are more than the message may hold.
    let large = json!({ "type": "note", "id": "note--n", "words": vec!["w"; 90] });
    let mut objects: Vec<Json> = (0..20).map(|n| report(&format!("{n:02}"), &["note--n"])).collect();
    objects.push(large);
    let entries = read_within(&bundle(&objects), &Limits { values: 1_000, ..Limits::default() }).unwrap();
    let good = entries.iter().filter(|entry| entry.is_ok()).count();
    assert!((1..20).contains(&good), "{good}");
    assert!(
        entries.iter().skip(good).all(|entry| entry.as_ref().is_err_and(|code| code == "too_many_values"))
    );
}
