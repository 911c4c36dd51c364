#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value as Json, json};
use vrl::value::Value;

use super::*;
use crate::digest;

fn json(tree: &Value) -> Json {
    serde_json::from_slice(&digest::to_json(tree)).unwrap()
}

fn decode(text: &str, limits: &Limits) -> Result<Vec<Result<Json, Reason>>, Reason> {
    match Labelled.decode(text.as_bytes(), limits)? {
        Decoded::Entries(entries) => {
            Ok(entries.into_iter().map(|entry| entry.map(|tree| json(&tree))).collect())
        }
        _ => panic!("labelled text gives entries"),
    }
}

fn read(text: &str) -> Json {
    let mut entries = decode(text, &Limits::default()).unwrap();
    assert_eq!(entries.len(), 1, "{text}");
    entries.remove(0).unwrap()
}

#[test]
fn lines_become_a_tree() {
    for (what, text, wanted) in [
        (
            "fields under a title",
            "A Report\nReport Number: 007\nIncident date:  today \n",
            json!({ "title": "A Report", "fields": { "report_number": "007", "incident_date": "today" } }),
        ),
        (
            "a statement is no part of the number above it",
            "A Report\nReport Number: 7\nNOT URGENT\nCity of event: Two Words\nURGENT\n",
            json!({ "title": "A Report", "fields": { "report_number": "7", "city_of_event": "Two Words" }, "lines": ["NOT URGENT", "URGENT"] }),
        ),
        (
            "a value goes on over lines and paragraphs",
            "Description: It began\nin May.\n\nIn June\nhe said: come,\nand she went.\n\nNotes: None\n",
            json!({ "fields": { "description": "It began\nin May.\n\nIn June\nhe said: come,\nand she went.", "notes": "None" } }),
        ),
        (
            "a value under its label",
            "Description:\nIt began in May.\nNotes:\n",
            json!({ "fields": { "description": "It began in May.", "notes": "" } }),
        ),
        (
            "a paragraph after a short value stands alone",
            "Number: 7\n\nA remark of nobody.\n",
            json!({ "fields": { "number": "7" }, "lines": ["A remark of nobody."] }),
        ),
        (
            "sections and numbered groups",
            "Section A: The Provider\nName: x\n\nUploaded File 1:\nFilename: a\nMD5: b\n\nUploaded File 2:\nFilename: c\n\nPhone: 1\nSECTION B - Other\nName: y\n",
            json!({ "sections": [
                { "heading": "Section A: The Provider", "mark": "A", "title": "The Provider", "name": "the_provider",
                  "fields": { "name": "x", "phone": "1" }, "groups": [
                    { "heading": "Uploaded File 1", "name": "uploaded_file", "number": "1", "fields": { "filename": "a", "md5": "b" } },
                    { "heading": "Uploaded File 2", "name": "uploaded_file", "number": "2", "fields": { "filename": "c" } } ] },
                { "heading": "SECTION B - Other", "mark": "B", "title": "Other", "name": "other", "fields": { "name": "y" } } ] }),
        ),
        (
            "groups that are indented, or say so",
            "Suspect:\n  Name: x\n\n  Age: 30\nPlace: y\nContact Information:\nEmail: z\n",
            json!({ "fields": { "place": "y" }, "groups": [
                { "heading": "Suspect", "name": "suspect", "fields": { "name": "x", "age": "30" } },
                { "heading": "Contact Information", "name": "contact_information", "fields": { "email": "z" } } ] }),
        ),
        (
            "an empty field is no group",
            "Phone:\nEmail: x\n",
            json!({ "fields": { "phone": "", "email": "x" } }),
        ),
        (
            "headings between ornaments and underlined",
            "A Report\n=====\nNumber: 7\n--- Victim 1 ---\nName: x\nSuspect\n-------\nName: y\n-------\n",
            json!({ "title": "A Report", "fields": { "number": "7" }, "sections": [
                { "heading": "--- Victim 1 ---", "title": "Victim 1", "name": "victim_1", "fields": { "name": "x" } },
                { "heading": "Suspect", "title": "Suspect", "name": "suspect", "fields": { "name": "y" } } ] }),
        ),
        (
            "lists, and labels that occur twice",
            "Channels:\n- one\n\u{2022} two\nAlias: a\nAlias: b\nNotes: see\n- three\n",
            json!({ "fields": { "channels": ["one", "two"], "alias": ["a", "b"], "notes": "see\n- three" } }),
        ),
        (
            "names of labels",
            "Screen/User Name: x\nE-mail: y\nReport No.: 1\nOwner's Name: z\nÄlter: 3\n",
            json!({ "fields": { "screen_user_name": "x", "e_mail": "y", "report_no": "1", "owners_name": "z", "älter": "3" } }),
        ),
        (
            "ends of lines and pages",
            "\u{feff}Number: 7\r\n\r\n\u{c}Place: x\r\n",
            json!({ "fields": { "number": "7", "place": "x" } }),
        ),
        (
            "a question and its answer",
            "Uploaded File 1:\nWas the file publicly available? No\n",
            json!({ "groups": [{ "heading": "Uploaded File 1", "name": "uploaded_file", "number": "1", "fields": { "was_the_file_publicly_available": "No" } }] }),
        ),
    ] {
        // The mark of UTF-8 stands before the first byte alone.
        assert_eq!(read(text), wanted, "{what}");
    }
}

const THREE: &str = "A Report\nNumber: 1\nText: a\n\nA Report\nNothing labelled:\n\n A Report\nNumber: 3\nA Report of prose\n";

#[test]
fn a_title_that_comes_again_begins_another_report() {
    let entries = decode(THREE, &Limits::default()).unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[0].as_ref().unwrap()["fields"], json!({ "number": "1", "text": "a" }));
    assert_eq!(entries[1].as_ref().unwrap_err().code, "empty_submission");
    assert_eq!(entries[2].as_ref().unwrap()["fields"]["number"], json!("3"));
    // Inside a text it is a line like any other.
    assert_eq!(decode("A Report\nText: a b\nA Report\nof prose\n", &Limits::default()).unwrap().len(), 1);
}

#[test]
fn an_entry_alone_is_that_entry_again() {
    let limits = Limits::default();
    let all = decode(THREE, &limits).unwrap();
    let alone = Labelled.alone(THREE.as_bytes(), &limits, &[0, 1, 2, 3]);
    assert_eq!(alone.len(), 4);
    for (index, entry) in all.iter().enumerate() {
        let text = String::from_utf8(alone[index].clone().unwrap()).unwrap();
        match (decode(&text, &limits), entry) {
            (Ok(again), entry) => {
                assert_eq!(again.len(), 1, "{text}");
                assert_eq!(again[0].as_ref().ok(), entry.as_ref().ok(), "{text}");
            }
            (Err(reason), entry) => assert_eq!(Some(reason.code), entry.as_ref().err().map(|r| r.code)),
        }
    }
    assert_eq!(alone[3], None);
    // One report is its message.
    assert_eq!(Labelled.alone(b"Number: 1", &limits, &[0]), [None]);
}

#[test]
fn what_is_not_labelled_has_a_typed_reason() {
    let limits = Limits { depth: 4, entries: 3, values: 12, text_bytes: 20, ..Limits::default() };
    let words = "word word word word";
    for (text, wanted) in [
        ("", "other_document"),
        ("prose\nand more of it", "other_document"),
        ("{\"number\": 1}", "other_document"),
        ("<report number=\"1\"/>", "other_document"),
        (&format!("Text: {}", "x".repeat(30)), "text_too_long"),
        (&"A: b\n".repeat(12), "other_document"),
        (&"Aa: b\n".repeat(13), "too_many_values"),
    ] {
        assert_eq!(decode(text, &limits).unwrap_err().code, wanted, "{text:.40}");
    }
    for (text, wanted) in [
        (&*"Aa: b\n".repeat(4), "too_many_entries"),
        (&format!("Text: {words}\n{words}\n").replace("Text: word", "Text:"), "text_too_long"),
        (&"\nSection A: x\n".repeat(3), "too_many_values"),
        ("Aa: b\n\none\n\ntwo\n\nthree\n\nfour", "too_many_entries"),
        ("Aa:\n- 1\n- 2\n- 3\n- 4", "too_many_entries"),
        ("Phone:\n", "empty_submission"),
    ] {
        let text = format!("A title\n{text}\nBb: c\n").replace("Phone:\n\nBb: c\n", "Phone:\n");
        let entries = decode(&text, &limits).unwrap();
        assert_eq!(entries[0].as_ref().unwrap_err().code, wanted, "{text:.60}");
    }
    assert_eq!(Labelled.decode(b"Number: \xe4", &limits).err().unwrap().code, "not_utf8");
}
