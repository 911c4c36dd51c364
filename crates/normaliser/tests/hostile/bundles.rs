//! Messages of STIX and MISP that are made to hurt: what refers to what, without end and over and over.

use super::{filled, refuses, within_memory};

const STIX: &str = "_template/stix";
const MISP: &str = "_template/misp";

/// A bundle of these objects.
fn bundle(objects: &[String]) -> Vec<u8> {
    format!("{{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[{}]}}", objects.join(",")).into_bytes()
}

/// A report that names objects of one kind, numbered.
fn report(id: usize, kind: &str, refs: std::ops::Range<usize>) -> String {
    let refs: Vec<String> = refs.map(|n| format!("\"{kind}--{n}\"")).collect();
    format!("{{\"type\":\"report\",\"id\":\"report--{id}\",\"object_refs\":[{}]}}", refs.join(","))
}

#[test]
fn stix_that_is_made_to_hurt() {
    let head = "{\"type\":\"bundle\",\"objects\":[";
    for open in ["[", "{\"a\":", "{\"objects\":["] {
        refuses(STIX, "depth 100,000", format!("{head}{}", open.repeat(100_000)).as_bytes(), "too_deep");
    }
    let one = "{\"type\":\"report\"},";
    refuses(STIX, "many reports", &filled(head, one, "{}]}"), "too_many_entries");
    refuses(STIX, "many items that are none", &filled(head, "0,", "0]}"), "too_many_entries");
    let text = format!("{head}{{\"type\":\"report\",\"description\":\"");
    refuses(STIX, "one text", &filled(&text, "SECRET", "\"}]}"), "text_too_long");
    refuses(
        STIX,
        "a name twice",
        b"{\"type\":\"bundle\",\"type\":\"SECRET\",\"objects\":[]}",
        "duplicate_key",
    );
    let named = format!("{head}{{\"type\":\"report\",\"id\":\"report--1\",\"x_refs\":[");
    refuses(STIX, "references without end", &filled(&named, "\"a\",", "\"a\"]}]}"), "too_many_entries");

    // Each of thousands of reports names the same thousands of objects.
    let mut shared: Vec<String> =
        (0..3_000).map(|n| format!("{{\"type\":\"url\",\"id\":\"url--{n}\",\"value\":\"{n}\"}}")).collect();
    shared.extend((0..90).map(|n| report(n, "url", 0..3_000)));
    let (leads, codes) = within_memory(STIX, "a reference bomb", &bundle(&shared));
    assert!(leads < 90 && codes.iter().all(|code| *code == "too_many_values"), "{leads} leads, {codes:?}");
    // Each report names one object, and that names all.
    let all: Vec<String> = (0..9_000).map(|n| format!("\"url--{n}\"")).collect();
    let mut hub = vec![format!(
        "{{\"type\":\"observed-data\",\"id\":\"observed-data--0\",\"object_refs\":[{}]}}",
        all.join(",")
    )];
    hub.extend((0..9_000).map(|n| report(n, "observed-data", 0..1)));
    let (leads, codes) = within_memory(STIX, "a hub", &bundle(&hub));
    assert!(leads < 9_000 && codes.iter().all(|code| *code == "too_many_values"), "{leads} leads");
    // A chain and a ring: each object names the next.
    let mut ring: Vec<String> = (0..9_000)
        .map(|n| {
            format!("{{\"type\":\"x-a\",\"id\":\"x-a--{n}\",\"next_ref\":\"x-a--{}\"}}", (n + 1) % 9_000)
        })
        .collect();
    ring.push(report(0, "x-a", 0..1));
    let (leads, codes) = within_memory(STIX, "a ring", &bundle(&ring));
    assert_eq!(leads + codes.len(), 1, "{codes:?}");
    // Everybody knows everybody, in relationships.
    let mut known: Vec<String> = (0..100)
        .map(|n| format!("{{\"type\":\"identity\",\"id\":\"identity--{n}\",\"name\":\"{n}\",\"identity_class\":\"individual\"}}"))
        .collect();
    known.extend((0..9_000).map(|n| {
        format!("{{\"type\":\"relationship\",\"id\":\"relationship--{n}\",\"relationship_type\":\"uses\",\"source_ref\":\"identity--{}\",\"target_ref\":\"identity--{}\"}}", n / 95, n % 95)
    }));
    known.extend((0..90).map(|n| report(n, "identity", n..n + 1)));
    let (leads, codes) = within_memory(STIX, "everybody knows everybody", &bundle(&known));
    assert_eq!(leads + codes.len(), 90);
    // One identifier, over and over: each version must be compared with the last alone.
    let same: Vec<String> = (0..9_999)
        .map(|n| format!("{{\"type\":\"report\",\"id\":\"report--1\",\"name\":\"{n}\"}}"))
        .collect();
    assert_eq!(within_memory(STIX, "versions of one object", &bundle(&same)), (1, vec![]));
    // Two large versions of one object and time, over and over.
    let body = "w".repeat(1_000);
    let large: Vec<String> = (0..7_500)
        .map(|n| format!("{{\"type\":\"report\",\"id\":\"report--1\",\"name\":\"{body}{n}\"}}"))
        .collect();
    assert_eq!(within_memory(STIX, "large versions", &bundle(&large)), (1, vec![]));
    // As many empty objects as a message may hold, in one report.
    let empty = format!("[{}{{}}]", "{},".repeat(9_998));
    let lists: Vec<String> = (0..30).map(|n| format!("\"x{n}\":{empty}")).collect();
    let custom = format!("{{\"type\":\"x-a\",\"id\":\"x-a--0\",{}}}", lists.join(","));
    let (leads, codes) = within_memory(STIX, "empty objects", &bundle(&[custom, report(0, "x-a", 0..1)]));
    assert_eq!(leads + codes.len(), 1);
    refuses(STIX, "one byte too many", &vec![b' '; super::LIMIT + 1], "too_large");
}

#[test]
fn misp_that_is_made_to_hurt() {
    let head = "{\"Event\":{\"info\":\"x\",\"Attribute\":[";
    for open in ["[", "{\"a\":", "{\"Object\":["] {
        refuses(MISP, "depth 100,000", format!("{head}{}", open.repeat(100_000)).as_bytes(), "too_deep");
    }
    refuses(MISP, "many events", &filled("[", "{\"info\":\"x\",\"date\":\"\"},", "{}]"), "too_many_entries");
    refuses(MISP, "many attributes", &filled(head, "{\"value\":\"x\"},", "{}]}}"), "too_many_entries");
    refuses(MISP, "one text", &filled(&format!("{head}{{\"value\":\""), "SECRET", "\"}]}}"), "text_too_long");
    refuses(MISP, "a name twice", b"{\"Event\":{\"info\":\"x\",\"info\":\"SECRET\"}}", "duplicate_key");
    let object = |attributes: usize, references: usize| {
        let attribute = "{\"object_relation\":\"alias\",\"value\":\"x\"},".repeat(attributes);
        let reference = "{\"relationship_type\":\"owns\",\"referenced_uuid\":\"a\"},".repeat(references);
        format!(
            "{{\"name\":\"person\",\"uuid\":\"a\",\"Attribute\":[{attribute}{{}}],\"ObjectReference\":[{reference}{{}}]}}"
        )
    };
    let event = |objects: &[String]| {
        format!("{{\"Event\":{{\"info\":\"x\",\"Object\":[{}]}}}}", objects.join(",")).into_bytes()
    };
    let (leads, codes) = within_memory(MISP, "values of one relation", &event(&[object(9_000, 0)]));
    assert_eq!(leads + codes.len(), 1, "{codes:?}");
    let (leads, codes) = within_memory(MISP, "references", &event(&[object(1, 9_000)]));
    assert_eq!(leads + codes.len(), 1, "{codes:?}");
    let (leads, codes) = within_memory(MISP, "objects of one name", &event(&vec![object(1, 1); 9_000]));
    assert_eq!(leads + codes.len(), 1, "{codes:?}");
    let tag = "{\"name\":\"tlp:red\"},".repeat(9_000);
    let tagged = format!("{{\"Event\":{{\"info\":\"x\",\"Tag\":[{tag}{{}}]}}}}");
    assert_eq!(within_memory(MISP, "tags", tagged.as_bytes()), (1, vec![]));
    let empty = format!("[{}{{}}]", "{},".repeat(9_998));
    let lists: Vec<String> = (0..39).map(|n| format!("\"x{n}\":{empty}")).collect();
    let (leads, codes) = within_memory(
        MISP,
        "empty objects",
        format!("{{\"Event\":{{\"info\":\"x\",{}}}}}", lists.join(",")).as_bytes(),
    );
    assert_eq!(leads + codes.len(), 1);
    refuses(MISP, "one byte too many", &vec![b' '; super::LIMIT + 1], "too_large");
}
