#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use serde_json::json;

use super::*;

fn decode(document: &serde_json::Value) -> Result<Vec<serde_json::Value>, Reason> {
    match Case.decode(document.to_string().as_bytes(), &Limits::default())? {
        Decoded::Entries(entries) => {
            Ok(entries.into_iter().map(|entry| serde_json::to_value(entry.unwrap()).unwrap()).collect())
        }
        _ => panic!("case gives entries"),
    }
}

fn context() -> serde_json::Value {
    json!({ "kb": "http://example.org/kb/", "u": "https://ontology.unifiedcyberontology.org/uco/core/" })
}

fn graph(nodes: serde_json::Value) -> serde_json::Value {
    json!({ "@context": context(), "@graph": nodes })
}

fn relation(id: &str, from: &str, to: &str) -> serde_json::Value {
    json!({ "@id": id, "@type": "u:Relationship", "u:source": { "@id": from }, "u:target": [{ "@id": to }], "u:kindOfRelationship": "Has_Account" })
}

#[test]
fn facets_are_found_under_every_name_they_had() {
    for (field, kind) in [
        ("u:hasFacet", "u:PhoneAccountFacet"),
        ("u:facets", "PhoneAccountFacet"),
        ("propertyBundle", "u:PhoneAccount"),
    ] {
        let node =
            json!({ "@id": "kb:1", "@type": "u:Trace", field: { "@type": kind, "u:phoneNumber": "5" } });
        let entries = decode(&graph(json!([node]))).unwrap();
        assert_eq!(entries[0]["accounts"][0]["PhoneAccount"]["phoneNumber"], "5", "{field}");
    }
}

#[test]
fn owners_follow_from_relationships_and_only_one_is_one() {
    let account = json!({ "@id": "kb:a", "@type": "u:DigitalAccount", "u:accountIdentifier": "9" });
    let persons =
        [json!({ "@id": "kb:p", "@type": "u:Person" }), json!({ "@id": "kb:q", "@type": "u:Person" })];
    let one = graph(json!([persons[0], persons[1], account, relation("kb:r", "kb:q", "kb:a")]));
    let one = &decode(&one).unwrap()[0];
    assert_eq!(one["accounts"][0]["owner"], "p2");
    assert!(one.get("relationships").is_none(), "{one}");
    let back = graph(json!([persons[0], account, relation("kb:r", "kb:a", "kb:p")]));
    assert_eq!(decode(&back).unwrap()[0]["accounts"][0]["owner"], "p1");
    let both = [relation("kb:r", "kb:q", "kb:a"), relation("kb:s", "kb:p", "kb:a")];
    let both = graph(json!([persons[0], persons[1], account, both[0], both[1]]));
    assert!(decode(&both).unwrap()[0]["accounts"][0].get("owner").is_none());
}

#[test]
fn secrets_and_contents_never_leave_the_reader() {
    let facets = json!([
        { "@type": "u:AccountAuthenticationFacet", "u:password": "SECRET-1", "u:passwordLastChanged": "2020" },
        { "@type": "u:MobileDeviceFacet", "u:keypadUnlockCode": "SECRET-2" },
        { "@type": "u:ContentDataFacet", "u:dataPayload": "SECRET-3" },
    ]);
    let entries =
        decode(&graph(json!([{ "@id": "kb:1", "@type": "u:DigitalAccount", "u:hasFacet": facets }])))
            .unwrap();
    assert!(!entries[0].to_string().contains("SECRET"), "{entries:?}");
    assert_eq!(entries[0]["accounts"][0]["withheld"], true);
    assert_eq!(entries[0]["accounts"][0]["AccountAuthentication"]["passwordLastChanged"], "2020");
}

#[test]
fn several_investigations_are_entries_and_what_none_reaches_is_its_own() {
    let document = graph(json!([
        { "@id": "kb:i1", "@type": "u:Investigation", "u:object": { "@id": "kb:p" } },
        { "@id": "kb:i2", "@type": "u:Investigation", "u:object": [{ "@id": "kb:q" }, { "@id": "kb:i1" }] },
        { "@id": "kb:p", "@type": "u:Person", "u:name": "P" },
        { "@id": "kb:q", "@type": "u:Person", "u:name": "Q" },
        { "@id": "kb:a", "@type": "u:DigitalAccount", "u:accountIdentifier": "9" },
        relation("kb:r", "kb:p", "kb:a"),
        { "@id": "kb:z", "@type": "u:Person", "u:name": "Z" },
    ]));
    let entries = decode(&document).unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry["persons"][0]["name"].clone()).collect();
    assert_eq!(names, ["P", "Q", "Z"]);
    assert_eq!(entries[0]["accounts"][0]["owner"], "p1");
    assert!(entries[1].get("accounts").is_none() && entries[2].get("investigation").is_none());
    let bytes = document.to_string();
    for (entry, alone) in [2, 0].into_iter().zip(Case.alone(bytes.as_bytes(), &Limits::default(), &[2, 0])) {
        let alone = serde_json::from_slice(&alone.unwrap()).unwrap();
        assert_eq!(decode(&alone).unwrap(), [entries[entry].clone()]);
    }
    assert_eq!(Case.alone(bytes.as_bytes(), &Limits::default(), &[7]), [None]);
}

#[test]
fn references_to_nothing_and_issuers_of_one_name_are_warned_of() {
    let document = graph(json!([
        { "@id": "kb:alpha_org", "@type": "u:Organization", "u:name": "Beta" },
        { "@id": "kb:beta_org", "@type": "u:Organization", "u:name": "Beta" },
        { "@id": "kb:a", "@type": "u:DigitalAccount", "u:hasFacet": { "@type": "u:AccountFacet", "u:accountIssuer": { "@id": "kb:beta_org" } } },
        { "@id": "kb:b", "@type": "u:DigitalAccount", "u:hasFacet": { "@type": "u:AccountFacet", "u:accountIssuer": { "@id": "kb:alpha_org" } } },
        { "@id": "kb:m", "@type": "u:SMSMessage", "u:hasFacet": { "@type": "u:MessageFacet", "u:from": { "@id": "kb:nothing" } } },
    ]));
    let entry = &decode(&document).unwrap()[0];
    assert_eq!(
        entry["warnings"],
        json!(["reference_unresolved:other", "statements_contradict:accounts[1].service"])
    );
    assert_eq!(entry["messages"][0]["Message"]["from"], "nothing");
}

#[test]
fn other_documents_have_their_reasons() {
    for (text, code) in [
        ("{\"a\": 1}", "other_document"),
        ("[]", "other_document"),
        ("7", "not_an_object"),
        ("{", "truncated"),
        ("{\"@context\": {\"uco-core\": \"x\"}, \"@graph\": []}", "empty_submission"),
    ] {
        let reason = Case.decode(text.as_bytes(), &Limits::default()).err().unwrap();
        assert_eq!(reason.code, code, "{text}");
    }
}
