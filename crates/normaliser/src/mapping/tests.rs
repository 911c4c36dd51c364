#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use serde_json::json;

use super::*;

fn run(program: &str, entry: serde_json::Value) -> Result<Mapped, Reason> {
    let mapping = Mapping::compile(program).unwrap_or_else(|p| panic!("{p:?}"));
    mapping.run(&mut Runtime::default(), Value::from(entry), 10_000)
}

fn reason(program: &str, entry: serde_json::Value) -> Reason {
    match run(program, entry) {
        Err(reason) => reason,
        Ok(_) => panic!("a result"),
    }
}

#[test]
fn every_allowed_function_exists() {
    assert_eq!(functions::allowed().len(), FUNCTIONS.len() + shaping::all().len());
}

#[test]
fn ours_shape_one_or_many_and_nothing_alike() {
    let program = r#"
        . = {
          "list": [list(.none), list(.one), list(.many)],
          "first": [first(.none), first(.one), first(.many)],
          "text": [text(.none), text(.one), text(.many), text(.element), text(.number)],
          "named": named({ "a": .none, "b": .one, "c": .many, "d": .element, "e": { "f": .number } }),
          "numbered": [numbered(.none), numbered(.one), numbered(.many)],
          "lookup": [lookup({ "x": 1 }, .one), lookup({ "x": 1 }, .many), lookup({ "y": 1 }, .one), lookup(.none, .one)],
        }
    "#;
    let entry =
        json!({ "one": "x", "many": ["x", "z"], "element": { "#text": "t", "@at": "u" }, "number": 7 });
    let mapping = Mapping::compile(program).unwrap_or_else(|p| panic!("{p:?}"));
    let made = mapping.run_bare(&mut Runtime::default(), Value::from(entry), 10_000).unwrap();
    let pair = |name: &str, text: &str| json!({ "name": name, "text": text });
    let expected = json!({
        "list": [[], ["x"], ["x", "z"]],
        "first": [null, "x", "x"],
        "text": ["", "x", "x", "t", "7"],
        "named": [pair("b", "x"), pair("c", "x"), pair("c", "z"), pair("d", "t"), pair("d.@at", "u"), pair("e.f", "7")],
        "numbered": [
            [],
            [{ "number": 1, "item": "x" }],
            [{ "number": 1, "item": "x" }, { "number": 2, "item": "z" }],
        ],
        "lookup": [1, 1, null, null],
    });
    assert_eq!(made, Value::from(expected));
}

#[test]
fn what_reaches_outside_does_not_compile() {
    for call in [
        "now()",
        "random_int!(1, 2)",
        "uuid_v4()",
        "get_env_var!(\"HOME\")",
        "dns_lookup!(\"example.org\")",
        "http_request!(\"http://example.org\")",
        "log(\"x\")",
        "parse_timestamp!(\"x\", \"%Y\")",
        "parse_json!(\"[]\")",
        "parse_xml!(\"<a/>\")",
        "encrypt!(\"a\", \"b\", \"c\", \"d\")",
    ] {
        let problems = Mapping::compile(&format!(".a = {call}")).map(|_| ()).unwrap_err();
        assert!(problems[0].message.contains("undefined function"), "{call}: {problems:?}");
    }
}

#[test]
fn warnings_and_unhandled_errors_do_not_compile() {
    let problems = Mapping::compile("x = 1\n\"unused\"\n. = {}").map(|_| ()).unwrap_err();
    assert_eq!(problems[0].line, 1, "{problems:?}");
    let problems = Mapping::compile(".a = upcase(.x)").map(|_| ()).unwrap_err();
    assert!(problems[0].message.contains("unhandled fallible"), "{problems:?}");
    assert!(Mapping::compile("%a = 1\n.x = %a").is_err());
}

#[test]
fn makes_a_submission_or_says_that_there_is_none() {
    let mapped = run(
        ". = {\"report_number\": .n, \"content\": {\"narrative\": .text, \"persons\": null}}",
        json!({"n": 17, "text": "told"}),
    );
    let Ok(Mapped::Submission(submission)) = mapped else { panic!("a submission") };
    assert_eq!(submission.report_number.as_deref(), Some("17"));
    let mapped = run("if .kind == \"ack\" { . = {\"not_a_lead\": \"ack\"} }", json!({"kind": "ack"}));
    assert!(matches!(mapped, Ok(Mapped::NotALead(code)) if code == "ack"));
    assert_eq!(reason(". = {\"not_a_lead\": .x}", json!({"x": "Jane Doe"})).code, "mapping_output");
    assert_eq!(reason(".not_a_lead = \"ack\"", json!({"x": 1})).code, "mapping_output");
}

#[test]
fn errors_show_places_and_never_input() {
    for (program, entry, code, message) in [
        (". = {}\n.a = int!(.secret)", json!({}), "mapping_failed", "mapping.vrl:2:6"),
        (
            "s = .secret\n. = {}\n.a = to_int!(s)",
            json!({"secret": "hidden"}),
            "mapping_failed",
            "mapping.vrl:3:6",
        ),
        ("abort string!(.secret)", json!({"secret": "hidden"}), "mapping_refused", "mapping.vrl:1:1"),
        (". = {\"contents\": .secret}", json!({"secret": "hidden"}), "mapping_output", "`contents`"),
        (
            "s = string!(.secret)\n. = map_keys({\"x\": 1}) -> |_k| { s }",
            json!({"secret": "hidden"}),
            "mapping_output",
            "computed name",
        ),
        (
            ". = {\"content\": {\"persons\": [{\"age\": .secret}]}}",
            json!({"secret": "hidden"}),
            "mapping_output",
            "content.persons[0].age",
        ),
        (
            ". = {\"content\": {\"categories\": [.secret]}}",
            json!({"secret": "hidden"}),
            "mapping_output",
            "expected one of",
        ),
    ] {
        let reason = reason(program, entry);
        assert_eq!(reason.code, code, "{program}: {}", reason.message);
        assert!(reason.message.contains(message), "{program}: {}", reason.message);
        assert!(!reason.message.contains("hidden"), "{program}: {}", reason.message);
    }
}

#[test]
fn a_run_is_bounded() {
    let program = "n = 0\nfor_each(array!(.a)) -> |_, _x| { for_each(array!(.a)) -> |_, _y| { n = n + 1 } }\n. = {\"occurrences\": n}";
    let list: Vec<i32> = (0..300).collect();
    assert_eq!(reason(program, json!({"a": list})).code, "mapping_too_long");
}
