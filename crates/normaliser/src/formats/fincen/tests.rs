#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value as Json, json};

use super::*;

fn decode_with(text: &str, limits: &Limits) -> Result<Vec<Result<Json, Reason>>, Reason> {
    let Decoded::Entries(entries) = Fincen.decode(text.as_bytes(), limits)? else { panic!("entries") };
    let json = |tree: Value| serde_json::from_slice(&crate::digest::to_json(&tree)).unwrap();
    Ok(entries.into_iter().map(|entry| entry.map(json)).collect())
}

fn decode(text: &str) -> Result<Vec<Result<Json, Reason>>, Reason> {
    decode_with(text, &Limits::default())
}

/// The only entry of a batch with this activity.
#[track_caller]
fn entry(activity: &str) -> Json {
    let text = format!(
        "<EFilingBatchXML><FormTypeCode>SARX</FormTypeCode><Activity SeqNum='1'>{activity}</Activity></EFilingBatchXML>"
    );
    let mut entries = decode(&text).unwrap();
    assert_eq!(entries.len(), 1);
    entries.remove(0).unwrap()
}

const WHAT: &str = "<SuspiciousActivity SeqNum='9'><SuspiciousActivityFromDateText>20260101</SuspiciousActivityFromDateText></SuspiciousActivity>";

#[test]
fn an_entry_has_the_names_of_the_standard_whatever_the_prefix() {
    let expected = json!([{ "SuspiciousActivity": { "SuspiciousActivityFromDateText": "20260101" } }]);
    for (open, close) in [
        ("<EFilingBatchXML>", "</EFilingBatchXML>"),
        ("<EFilingBatchXML xmlns='www.fincen.gov/base'>", "</EFilingBatchXML>"),
    ] {
        let text =
            format!("{open}<Activity SeqNum='2'>{WHAT}</Activity><FormTypeCode> SARX </FormTypeCode>{close}");
        let found: Vec<Json> = decode(&text).unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!(json!(found), expected, "{open}");
    }
    let prefixed = "<f:EFilingBatchXML xmlns:f='www.fincen.gov/base'><f:Activity><f:SuspiciousActivity>\
        <f:SuspiciousActivityFromDateText>20260101</f:SuspiciousActivityFromDateText></f:SuspiciousActivity></f:Activity>\
        <f:FormTypeCode>SARX</f:FormTypeCode></f:EFilingBatchXML>";
    assert_eq!(json!(decode(prefixed).unwrap()[0].clone().unwrap()), expected[0]);
}

#[test]
fn other_documents_say_what_was_expected() {
    let one = format!("<Activity>{WHAT}</Activity>");
    for (text, code) in [
        ("<EFilingSubmissionXML/>".to_owned(), "other_document"),
        ("<EFilingBatchXML/>".to_owned(), "other_document"),
        (
            format!("<EFilingBatchXML>{one}<FormTypeCode>CTRX</FormTypeCode></EFilingBatchXML>"),
            "other_document",
        ),
        ("<EFilingBatchXML><Activity><Party/></Activity></EFilingBatchXML>".to_owned(), "other_document"),
        ("<EFilingBatchXML><FormTypeCode>SARX</FormTypeCode></EFilingBatchXML>".to_owned(), "no_lead_object"),
        (format!("<EFilingBatchXML>{one}"), "truncated"),
    ] {
        let reason = decode(&text).unwrap_err();
        assert_eq!(reason.code, code, "{text}");
        assert!(!reason.message.contains("CTRX") && !reason.message.contains("2026"), "{}", reason.message);
    }
}

#[test]
fn an_acknowledgement_is_said_to_be_one() {
    let text = "<EFilingBatchXML StatusCode='A'><EFilingSubmissionXML><EFilingActivityXML><BSAID>31</BSAID>\
        </EFilingActivityXML></EFilingSubmissionXML></EFilingBatchXML>";
    let entry = decode(text).unwrap().remove(0).unwrap();
    assert!(entry["acknowledgement"].is_object() && entry.as_object().unwrap().len() == 1, "{entry}");
}

#[test]
fn an_activity_that_says_nothing_stops_no_other() {
    let text = format!(
        "<EFilingBatchXML><Activity><FilingDateText>20260101</FilingDateText><Party SeqNum='4'> </Party></Activity>\
         <Activity>{WHAT}</Activity><FormTypeCode>SARX</FormTypeCode></EFilingBatchXML>"
    );
    let entries = decode(&text).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].as_ref().unwrap_err().code, "empty_submission");
    assert!(entries[1].is_ok());
    let alone = Fincen.alone(text.as_bytes(), &Limits::default(), &[0, 1, 7]);
    for (index, bytes) in alone.iter().take(2).enumerate() {
        let again = decode(std::str::from_utf8(bytes.as_ref().unwrap()).unwrap()).unwrap();
        assert_eq!(again, std::slice::from_ref(&entries[index]));
    }
    assert_eq!(alone[2], None);
}

#[test]
fn counts_that_do_not_agree_are_doubts_of_every_entry_alone_too() {
    let party = "<Party><ActivityPartyTypeCode>33</ActivityPartyTypeCode></Party>";
    for (counts, doubts) in [
        ("", json!(null)),
        ("ActivityCount='2' PartyCount='3'", json!(null)),
        ("ActivityCount='2' PartyCount='1'", json!(["statements_contradict:persons"])),
        ("ActivityCount='3' PartyCount='3'", json!(["statements_contradict:occurrences"])),
        ("ActivityCount='two'", json!(["statements_contradict:occurrences"])),
    ] {
        let text = format!(
            "<EFilingBatchXML {counts}><Activity>{party}{party}</Activity><Activity>{party}</Activity>\
             <FormTypeCode>SARX</FormTypeCode></EFilingBatchXML>"
        );
        let entries = decode(&text).unwrap();
        for entry in &entries {
            assert_eq!(entry.as_ref().unwrap()["warnings"], doubts, "{counts}");
        }
        for (entry, alone) in entries.iter().zip(Fincen.alone(text.as_bytes(), &Limits::default(), &[0, 1])) {
            let again = decode(std::str::from_utf8(&alone.unwrap()).unwrap()).unwrap();
            assert_eq!(again, std::slice::from_ref(entry), "{counts}");
        }
    }
}

#[test]
fn a_batch_that_does_not_name_its_form_is_known_by_its_content() {
    let text = format!("<EFilingBatchXML><Activity>{WHAT}</Activity></EFilingBatchXML>");
    assert_eq!(decode(&text).unwrap()[0].as_ref().unwrap()["warnings"], json!(["form_bent:content"]));
}

#[test]
fn the_story_is_put_together_by_its_numbers() {
    let block = |number: &str, text: &str| {
        format!(
            "<ActivityNarrativeInformation><ActivityNarrativeSequenceNumber>{number}</ActivityNarrativeSequenceNumber>\
             <ActivityNarrativeText>{text}</ActivityNarrativeText></ActivityNarrativeInformation>"
        )
    };
    let full = "é".repeat(4_000);
    for (blocks, story, warned) in [
        (block("1", "a"), "a".to_owned(), false),
        (block("2", "b") + &block("1", "a"), "a\nb".to_owned(), false),
        (block("1", &full) + &block("2", "b"), full.clone() + "b", false),
        (block("1", "a") + &block("3", "c"), "a\nc".to_owned(), true),
        (block("1", "a") + &block("1", "b"), "a\nb".to_owned(), true),
        (block("x", "b") + &block("1", "a"), "a\nb".to_owned(), true),
    ] {
        let entry = entry(&blocks);
        assert_eq!(entry["Narrative"], json!(story));
        let warnings = if warned { json!(["form_bent:narrative"]) } else { json!(null) };
        assert_eq!(entry["warnings"], warnings, "{blocks:.300}");
    }
}

#[test]
fn institutions_are_named_where_their_numbers_stand() {
    let id = |number: &str, code: &str| {
        format!(
            "<PartyIdentification><PartyIdentificationNumberText>{number}</PartyIdentificationNumberText>\
             <PartyIdentificationTypeCode>{code}</PartyIdentificationTypeCode></PartyIdentification>"
        )
    };
    let bank = format!(
        "<Party><ActivityPartyTypeCode>34</ActivityPartyTypeCode><PartyName><PartyNameTypeCode>L</PartyNameTypeCode>\
         <RawPartyFullName>Example Bank</RawPartyFullName></PartyName>{}{}</Party>",
        id("11", "2"),
        id("77", "10"),
    );
    let subject = |tie: &str, held: &str| {
        format!(
            "<Party><ActivityPartyTypeCode>33</ActivityPartyTypeCode><PartyAssociation>\
             <SubjectRelationshipFinancialInstitutionTINText>{tie}</SubjectRelationshipFinancialInstitutionTINText>\
             </PartyAssociation><PartyAccountAssociation><Party><ActivityPartyTypeCode>41</ActivityPartyTypeCode>{}\
             <Account><AccountNumberText>5</AccountNumberText></Account></Party></PartyAccountAssociation></Party>",
            id(held, "4"),
        )
    };
    for (tie, held, named) in [("11", "11", true), ("99", "99", false), ("77", "77", false)] {
        let entry = entry(&(bank.clone() + &subject(tie, held)));
        let subject = &entry["Party"][1];
        assert_eq!(subject["Ref"], json!("p2"));
        let name = if named { json!("Example Bank") } else { json!(null) };
        assert_eq!(subject["PartyAssociation"]["InstitutionName"], name, "{tie}");
        assert_eq!(subject["PartyAccountAssociation"]["Party"]["InstitutionName"], name, "{held}");
        let warnings = if named { json!(null) } else { json!(["reference_unresolved:persons"]) };
        assert_eq!(entry["warnings"], warnings, "{tie}");
    }
}

#[test]
fn what_is_unknown_is_listed_and_what_is_given_all_the_same() {
    let entry = entry(
        "<Party><ActivityPartyTypeCode>33</ActivityPartyTypeCode><BirthDateUnknownIndicator>Y</BirthDateUnknownIndicator>\
         <Address SeqNum='3'><CityUnknownIndicator>Y</CityUnknownIndicator><RawStreetAddress1Text>1 Road</RawStreetAddress1Text>\
         <StreetAddressUnknownIndicator>Y</StreetAddressUnknownIndicator><ZIPCodeUnknownIndicator/></Address></Party>",
    );
    let address = json!({
        "RawStreetAddress1Text": "1 Road", "Unknown": ["City", "StreetAddress"], "Contradicted": ["StreetAddress"]
    });
    assert_eq!(entry["Party"]["Address"], address);
    assert_eq!(entry["Party"]["Unknown"], json!(["BirthDate"]));
    assert_eq!(entry["Party"]["Contradicted"], json!(null));
}

#[test]
fn limits_hold() {
    let batch = |inside: &str| {
        format!("<EFilingBatchXML><FormTypeCode>SARX</FormTypeCode>{inside}</EFilingBatchXML>")
    };
    let one = format!("<Activity>{WHAT}</Activity>");
    let limits = Limits { depth: 6, entries: 2, values: 20, text_bytes: 30, ..Limits::default() };
    assert!(decode_with(&batch(&one.repeat(2)), &limits).is_ok());
    for (inside, code) in [
        (one.repeat(3), "too_many_entries"),
        (format!("<Activity>{}</Activity>", "<Party/>".repeat(3)), "too_many_entries"),
        (format!("<Activity>{}{}</Activity>", "<a>".repeat(5), "</a>".repeat(5)), "too_deep"),
        (format!("<Activity><a>{}</a></Activity>", "x".repeat(31)), "text_too_long"),
        (
            format!("<Activity>{}</Activity>", (0..30).map(|n| format!("<a{n}/>")).collect::<String>()),
            "too_many_values",
        ),
    ] {
        assert_eq!(decode_with(&batch(&inside), &limits).unwrap_err().code, code, "{inside:.60}");
    }
}
