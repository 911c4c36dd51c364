#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use pipeline::Reason;
use serde_json::{Value as Json, json};
use vrl::value::Value;

use super::*;

fn decode_with(text: &str, limits: &Limits) -> Result<Vec<Result<Json, Reason>>, Reason> {
    let Decoded::Entries(entries) = Htcds.decode(text.as_bytes(), limits)? else { panic!("entries") };
    let json = |tree: Value| serde_json::from_slice(&crate::digest::to_json(&tree)).unwrap();
    Ok(entries.into_iter().map(|entry| entry.map(json)).collect())
}

fn decode(text: &str) -> Result<Vec<Result<Json, Reason>>, Reason> {
    decode_with(text, &Limits::default())
}

#[track_caller]
fn one(text: &str) -> Json {
    let mut entries = decode(text).unwrap();
    assert_eq!(entries.len(), 1, "{text}");
    entries.remove(0).unwrap()
}

fn form(inside: &str) -> String {
    format!("<data id='f' version='1'>{inside}</data>")
}

#[test]
fn a_form_and_a_table_of_the_same_case_are_equal() {
    let form = one(&form(
        "<start>2026-01-01T10:00:00Z</start><con_Consent>TRUE</con_Consent><prs_First_Name>Ana</prs_First_Name>\
         <vic_Methods_of_Control>DebtBondage TakesEarnings</vic_Methods_of_Control><hte_Type>Transit</hte_Type>\
         <cas_Status>Active</cas_Status><remark>late</remark><__version__>v</__version__>\
         <formhub><uuid>f00</uuid></formhub><meta><instanceID>uuid:1</instanceID></meta>",
    ));
    let expected = json!({
        "instance_id": "uuid:1",
        "start": "2026-01-01T10:00:00Z",
        "persons": [{ "ref": "p1", "prs": { "FirstName": "Ana" }, "vic": { "MethodsOfControl": ["DebtBondage", "TakesEarnings"] } }],
        "events": [{ "Type": "Transit" }],
        "case": { "Status": "Active" },
        "consent": { "Consent": "TRUE" },
        "other": [{ "name": "remark", "text": "late" }],
    });
    assert_eq!(form, expected);
    for table in [
        "start,con_Consent,prs_FirstName,vic_MethodsOfControl,hte_Type,cas_Status,remark,__version__,_uuid\n\
         2026-01-01T10:00:00Z,TRUE,Ana,DebtBondage;TakesEarnings,Transit,Active,late,v,1\n",
        "meta/instanceID;remark;CAS_status;g/hte_type;victim/PRS_FIRSTNAME;con_consent;vic_methods_of_control;start\r\n\
         uuid:1;late;Active;Transit;Ana;true;Debt Bondage|Takes Earnings;2026-01-01T10:00:00Z\r\n",
        "meta-instanceID\tstart\tprs_First_Name\tvic_MethodsOfControl/DebtBondage\tvic_MethodsOfControl/TakesEarnings\t\
         vic_MethodsOfControl/Other\thte_Type\tcas_Status\tcon_Consent\tremark\n\
         uuid:1\t2026-01-01T10:00:00Z\tAna\t1\tTRUE\t0\tTransit\tActive\tTRUE\tlate\n",
        "KEY,start,prs_FirstName,vic_MethodsOfControl,hte_Type,cas_Status,con_Consent,remark\n\
         uuid:1,2026-01-01T10:00:00Z,Ana,DebtBondage TakesEarnings,Transit,Active,TRUE,late\n",
    ] {
        assert_eq!(one(table), expected, "{table}");
    }
}

#[test]
fn names_with_and_without_underscores_and_capitals_are_one() {
    for name in ["prs_FirstName", "prs_First_Name", "PRS_first_name", "prs_firstname"] {
        assert_eq!(
            one(&form(&format!("<{name}>Ana</{name}>")))["persons"][0]["prs"]["FirstName"],
            json!("Ana")
        );
    }
    for (name, known) in [("prs_Last_Name", "SecondName"), ("prs_Date_of_Birth", "Birthdate")] {
        assert_eq!(
            one(&form(&format!("<{name}>x</{name}>")))["persons"][0]["prs"][known],
            json!("x"),
            "{name}"
        );
    }
    // What the standard does not name keeps its name, in its table.
    assert_eq!(
        one(&form("<prs_Eye_Colour>brown</prs_Eye_Colour>"))["persons"][0]["prs"]["Eye_Colour"],
        json!("brown")
    );
}

#[test]
fn a_value_outside_its_list_stays_with_a_warning() {
    let entry = one(&form("<vic_TypeOfExploitation>ForcedLabour Piracy Other</vic_TypeOfExploitation>"));
    assert_eq!(entry["persons"][0]["vic"]["TypeOfExploitation"], json!(["ForcedLabour", "Piracy", "Other"]));
    assert_eq!(entry["warnings"], json!(["value_not_in_list:exploitation.types"]));
    let entry = one(&form("<prs_Citizenship>UA PL</prs_Citizenship><hte_Type>Return</hte_Type>"));
    assert_eq!(entry["persons"][0]["prs"]["Citizenship"], json!(["UA", "PL"]));
    assert_eq!(entry["warnings"], json!(["value_not_in_list:events"]));
    // So many words are a text and no choice.
    let many = "word ".repeat(101);
    let entry = one(&form(&format!("<vic_MethodsOfControl>{many}</vic_MethodsOfControl>")));
    assert_eq!(entry["persons"][0]["vic"]["MethodsOfControl"], json!([many.trim()]));
}

#[test]
fn groups_that_repeat_are_records_and_others_are_parts() {
    for (inside, expected) in [
        // Parts of one person.
        (
            "<who><prs_FirstName>Ana</prs_FirstName></who><what><vic_AgeWhenTrafficked>9</vic_AgeWhenTrafficked></what>",
            json!([{ "prs": { "FirstName": "Ana" }, "vic": { "AgeWhenTrafficked": "9" } }]),
        ),
        // Two groups that say who somebody is.
        (
            "<one><prs_FirstName>Ana</prs_FirstName></one><two><prs_FirstName>Bo</prs_FirstName></two>",
            json!([{ "prs": { "FirstName": "Ana" } }, { "prs": { "FirstName": "Bo" } }]),
        ),
        // A victim at the root, and a perpetrator in a group.
        (
            "<prs_FirstName>Ana</prs_FirstName><vic_AgeWhenTrafficked>9</vic_AgeWhenTrafficked>\
             <other><prs_SecondName>Big</prs_SecondName><per_RoleInProcess>Exploiter</per_RoleInProcess></other>",
            json!([
                { "prs": { "FirstName": "Ana" }, "vic": { "AgeWhenTrafficked": "9" } },
                { "prs": { "SecondName": "Big" }, "per": { "RoleInProcess": ["Exploiter"] } },
            ]),
        ),
        // A group that repeats, with nothing in it the second time.
        (
            "<p><prs_FirstName>Ana</prs_FirstName></p><p><prs_FirstName/></p><p><prs_Email>b@example.org</prs_Email></p>",
            json!([{ "prs": { "FirstName": "Ana" } }, { "prs": { "Email": "b@example.org" } }]),
        ),
        // How to reach the one person of the form stands outside its group.
        (
            "<a><prs_Email>a@example.org</prs_Email></a>\
             <b><prs_FirstName>Ana</prs_FirstName><vic_AgeWhenTrafficked>9</vic_AgeWhenTrafficked></b>",
            json!([{ "prs": { "Email": "a@example.org", "FirstName": "Ana" }, "vic": { "AgeWhenTrafficked": "9" } }]),
        ),
    ] {
        let mut persons = one(&form(inside))["persons"].clone();
        for (number, person) in (1..).zip(persons.as_array_mut().unwrap()) {
            assert_eq!(person.as_object_mut().unwrap().remove("ref"), Some(json!(format!("p{number}"))));
        }
        assert_eq!(persons, expected, "{inside}");
    }
    let entry = one(&form(
        "<h><hte_Type>Recruitment</hte_Type></h><h><hte_Type>Transit</hte_Type><hte_City>Lviv</hte_City></h>\
         <o><org_Name>A</org_Name></o><o><org_Name>B</org_Name></o>",
    ));
    assert_eq!(entry["events"], json!([{ "Type": "Recruitment" }, { "Type": "Transit", "City": "Lviv" }]));
    assert_eq!(entry["organisations"], json!([{ "Name": "A" }, { "Name": "B" }]));
}

#[test]
fn a_field_that_is_said_twice_is_kept_twice_and_doubted() {
    let entry = one(&form("<prs_Email>a@example.org</prs_Email><prs_Email>b@example.org</prs_Email>"));
    assert_eq!(entry["persons"][0]["prs"]["Email"], json!("a@example.org"));
    assert_eq!(entry["other"], json!([{ "name": "prs_Email", "text": "b@example.org" }]));
    assert_eq!(entry["warnings"], json!(["statements_contradict:other"]));
    let entry = one(&form("<prs_Email>a@example.org</prs_Email><prs_email>a@example.org</prs_email>"));
    assert_eq!(entry["warnings"], json!(null));
}

#[test]
fn other_documents_say_what_was_expected() {
    for (text, code) in [
        ("<h:html xmlns:h='http://www.w3.org/1999/xhtml'><h:head/></h:html>", "form_definition"),
        ("<data id='f'><name>SECRET</name></data>", "other_document"),
        ("<report/>", "other_document"),
        ("<data id='f'><prs_FirstName/></data>", "empty_submission"),
        (
            "<data id='f'><prs_FirstName> </prs_FirstName><start>2026</start><con_Consent>TRUE</con_Consent></data>",
            "empty_submission",
        ),
        ("<data id='f'><prs_FirstName>SECRET", "truncated"),
        ("name,SECRET\n1,2\n", "unknown_columns"),
        ("\n", "unknown_columns"),
        ("prs_FirstName,prs_First_Name\na,SECRET\n", "duplicate_key"),
        ("prs_FirstName\nSECRET", "truncated"),
        ("prs_FirstName\n\"SECRET\n", "truncated"),
        ("prs_FirstName\nSEC\0RET\n", "not_csv"),
    ] {
        let reason = decode(text).unwrap_err();
        assert_eq!(reason.code, code, "{text}");
        assert!(!reason.message.contains("SEC"), "{}", reason.message);
    }
    assert_eq!(Htcds.decode(b"\xff\xfe<\0", &Limits::default()).err().unwrap().code, "not_utf8");
}

#[test]
fn a_bad_row_stops_no_other_and_stands_alone() {
    let text = "prs_FirstName;note\r\nAna;\"a;b\"\r\n;\r\nBo;c;d\r\n";
    let entries = decode(text).unwrap();
    let codes: Vec<_> = entries.iter().map(|entry| entry.as_ref().err().map(|reason| reason.code)).collect();
    assert_eq!(codes, [None, Some("empty_submission"), Some("row_length")]);
    let alone = Htcds.alone(text.as_bytes(), &Limits::default(), &[0, 1, 2, 3]);
    for (entry, alone) in entries.iter().zip(&alone) {
        let again = decode(std::str::from_utf8(alone.as_ref().unwrap()).unwrap()).unwrap();
        assert_eq!(again, std::slice::from_ref(entry));
    }
    assert_eq!(alone[3], None);
}

#[test]
fn an_envelope_holds_submissions() {
    let text = "<submission xmlns='http://opendatakit.org/submissions' xmlns:orx='http://openrosa.org/xforms'><data>\
        <case id='f' version='1'><prs_FirstName>Ana</prs_FirstName><orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta></case>\
        <case id='f' version='1'><prs_FirstName/></case></data></submission>";
    let entries = decode(text).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].as_ref().unwrap()["instance_id"], json!("uuid:1"));
    assert_eq!(entries[1].as_ref().unwrap_err().code, "empty_submission");
    let alone = Htcds.alone(text.as_bytes(), &Limits::default(), &[0]);
    let again = decode(std::str::from_utf8(alone[0].as_ref().unwrap()).unwrap()).unwrap();
    assert_eq!(again, std::slice::from_ref(&entries[0]));
}

#[test]
fn limits_hold() {
    let limits = Limits { depth: 4, entries: 2, values: 9, text_bytes: 20, ..Limits::default() };
    assert!(decode_with(&form("<prs_FirstName>a</prs_FirstName>"), &limits).is_ok());
    for (text, code) in [
        (form(&"<prs_Email>a</prs_Email>".repeat(3)), "too_many_entries"),
        (form("<a><b><c><prs_Email>a</prs_Email></c></b></a>"), "too_deep"),
        (form("<prs_Email>aaaaaaaaaaaaaaaaaaaaaaa</prs_Email>"), "text_too_long"),
        (form("<a/><b/><c/><d/><e/><f/><g/><h/><prs_Email/>"), "too_many_values"),
        (
            "<s>".to_owned() + &"<data id='f'><prs_Email>a</prs_Email></data>".repeat(3) + "</s>",
            "too_many_entries",
        ),
        ("prs_FirstName\na\nb\nc\n".to_owned(), "too_many_entries"),
        ("prs_FirstName\naaaaaaaaaaaaaaaaaaaaaaa\n".to_owned(), "text_too_long"),
        ("prs_FirstName,a,b,c,d\n1,2,3,4,5\n1,2,3,4,5\n".to_owned(), "too_many_values"),
        ("prs_FirstName,".to_owned() + &"a,".repeat(20) + "\n", "too_many_values"),
    ] {
        assert_eq!(decode_with(&text, &limits).unwrap_err().code, code, "{text}");
    }
}
