#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use serde_json::json;

use super::*;
use crate::formats::graph::{Stead, Trees};
use crate::source::Limits;

fn trees(document: serde_json::Value) -> Vec<String> {
    let limits = Limits::default();
    let mut graph = Graph::new(&limits);
    let top = read(Value::from(document), &mut graph).unwrap();
    let whole = |thing: &Id| {
        let fields = Trees::new(&graph).fields(&[*thing], &|_| Stead::Itself, &|_| true).unwrap();
        Value::Object(fields).to_string()
    };
    top.iter().map(whole).collect()
}

#[test]
fn prefixes_aliases_and_whole_addresses_are_one_name() {
    let context = json!({ "n": "http://example.org/n#", "Name": { "@id": "n:name" }, "id": "@id" });
    for field in ["n:name", "Name", "http://example.org/n#name", "name"] {
        let tree = trees(json!({ "@context": context, "id": "x:1", field: "a" }));
        assert_eq!(tree, [r#"{ "name": "a" }"#], "{field}");
    }
    let nested = json!({ "@context": context, "n:part": { "@context": { "N2": "n:name" }, "N2": 7 } });
    assert_eq!(trees(nested), [r#"{ "part": { "name": "7" } }"#]);
}

#[test]
fn values_lists_and_references_are_told_apart() {
    let document = json!({
        "@graph": [
            { "@id": "#a", "to": [{ "@id": "#b" }, { "@list": ["x", { "@value": 2.5, "@type": "xsd:decimal" }] }] },
            { "@id": "#b", "says": { "@value": "hallo", "@language": "de" }, "empty": [], "nothing": null },
        ]
    });
    let trees = trees(document);
    assert_eq!(trees.len(), 2);
    let said = r##"{ "says": { "#text": "hallo", "lang": "de" } }"##;
    assert_eq!(trees.first().unwrap(), &format!(r#"{{ "to": [{said}, "x", "2.5"] }}"#));
    assert_eq!(trees.last().unwrap(), said);
}

#[test]
fn terms_whose_texts_are_identifiers_refer() {
    let document = json!({
        "@context": { "owner": { "@id": "http://example.org/owner", "@type": "@id" }, "kb": "http://example.org/kb/" },
        "@graph": [{ "@id": "kb:1", "owner": "kb:2" }, { "@id": "http://example.org/kb/2", "name": "b" }]
    });
    assert_eq!(trees(document), [r#"{ "owner": { "name": "b" } }"#, r#"{ "name": "b" }"#]);
}

#[test]
fn a_circle_of_terms_ends_and_no_object_is_refused() {
    let circle = json!({ "@context": { "a": "b", "b": "a" }, "a": "x" });
    assert_eq!(trees(circle).len(), 1);
    let limits = Limits::default();
    let mut graph = Graph::new(&limits);
    assert_eq!(read(Value::from(7), &mut graph).unwrap_err().code, "not_an_object");
}
