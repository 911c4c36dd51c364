#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::digest;

fn xml() -> Xml {
    Xml::new(XmlToml { lists: vec!["item".into()], objects: vec!["mail".into()], repeats: false })
}

fn decode(bytes: &[u8]) -> Result<Value, Reason> {
    let limits = Limits { depth: 5, entries: 3, values: 12, text_bytes: 9, ..Limits::default() };
    match xml().decode(bytes, &limits)? {
        Decoded::Tree(tree) => Ok(tree),
        _ => panic!("xml gives trees"),
    }
}

fn json(text: &str) -> String {
    String::from_utf8(digest::to_json(&decode(text.as_bytes()).unwrap())).unwrap()
}

#[test]
fn an_element_is_its_text_or_an_object() {
    for (text, expected) in [
        ("<a>007</a>", r#"{"a":"007"}"#),
        ("<a/>", r#"{"a":""}"#),
        ("<a><b>1</b></a>", r#"{"a":{"b":"1"}}"#),
        ("<a x='1'>t</a>", r##"{"a":{"#text":"t","@x":"1"}}"##),
        ("<a><mail>m</mail></a>", r##"{"a":{"mail":{"#text":"m"}}}"##),
        ("<a><item>1</item></a>", r#"{"a":{"item":["1"]}}"#),
        ("<a><item>1</item><item/></a>", r#"{"a":{"item":["1",""]}}"#),
        ("<a><![CDATA[<b>]]>&amp;&#233;</a>", r#"{"a":"<b>&é"}"#),
        ("<p:a xmlns:p='urn:x' p:y='2'><p:b>1</p:b></p:a>", r#"{"a":{"@y":"2","b":"1"}}"#),
        (
            "<?xml version='1.0' encoding='UTF-8'?>\n<!-- c --><a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='1'>t</a>",
            r#"{"a":"t"}"#,
        ),
    ] {
        assert_eq!(json(text), expected, "{text}");
    }
}

#[test]
fn says_what_is_wrong_and_where_but_not_with_what() {
    let deep = format!("{}{}", "<abc>".repeat(100_000), "</abc>".repeat(100_000));
    let bomb = "<!DOCTYPE a [<!ENTITY abc \"abcabc\"><!ENTITY c \"&abc;&abc;\">]><a>&c;</a>";
    let cases: &[(&str, &str)] = &[
        ("", "truncated"),
        ("<a><abc", "truncated"),
        ("<a><abc>1</abc>", "truncated"),
        ("<a></abc>", "not_xml"),
        ("<a>&abc;</a>", "not_xml"),
        ("<a abc='1' abc='2'/>", "duplicate_key"),
        ("<abc:a/>", "not_xml"),
        ("<a/><abc/>", "not_xml"),
        ("\n<?xml version='1.0'?><a/>", "not_xml"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "not_utf8"),
        (bomb, "document_type"),
        (&deep, "too_deep"),
        ("<a><b>abc</b><b>abc</b></a>", "repeated_element"),
        ("<a>abcabcabca</a>", "text_too_long"),
        ("<a x='abcabcabca'/>", "text_too_long"),
        ("<a><item/><item/><item/><item/></a>", "too_many_entries"),
        ("{\"abc\": 1}", "not_xml"),
    ];
    for (text, code) in cases {
        let limits = Limits { depth: 5, entries: 3, text_bytes: 9, ..Limits::default() };
        let reason = xml().decode(text.as_bytes(), &limits).err().unwrap();
        assert_eq!(reason.code, *code, "{:?}: {}", &text[..text.len().min(60)], reason.message);
        assert!(!reason.message.contains("abc"), "{}", reason.message);
    }
    assert_eq!(decode(b"<a>\xe9</a>").unwrap_err().code, "not_utf8");
    assert_eq!(
        decode("<a b='1' c='2' d='3' e='4' f='5' g='6' h='7' i='8' j='9' k='0' l='1' m='2'/>".as_bytes())
            .unwrap_err()
            .code,
        "too_many_values"
    );
}

#[test]
fn an_entry_alone_is_a_message_again() {
    let text = "<r><item n='&quot;&#10;'><mail>&lt;&amp;</mail><b>é</b></item></r>";
    let tree = decode(text.as_bytes()).unwrap();
    let entries = EntryPath::parse("r.item").unwrap();
    let Some(Value::Array(items)) = entries.get(&tree) else { panic!("a list") };
    let alone = xml().encode_entry(items[0].clone(), &entries);
    assert_eq!(decode(&alone).unwrap(), tree);
}
