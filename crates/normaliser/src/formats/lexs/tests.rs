#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::*;

const SPACES: &str = "xmlns='http://usdoj.gov/leisp/lexs/3.1' xmlns:d='http://usdoj.gov/leisp/lexs/digest/3.1' \
    xmlns:l='http://usdoj.gov/leisp/lexs/library/3.1' xmlns:n='http://niem.gov/niem/niem-core/2.0' \
    xmlns:s='http://niem.gov/niem/structures/2.0'";

fn entries(text: &str) -> Result<Vec<serde_json::Value>, Reason> {
    match Lexs.decode(text.as_bytes(), &Limits::default())? {
        Decoded::Entries(entries) => {
            Ok(entries.into_iter().map(|entry| serde_json::to_value(entry.unwrap()).unwrap()).collect())
        }
        _ => panic!("lexs gives entries"),
    }
}

fn package(id: &str) -> String {
    format!(
        "<DataItemPackage><PackageMetadata><DataItemID>{id}</DataItemID></PackageMetadata><Digest>\
         <d:EntityPerson><d:Person s:id='P'><n:PersonSexCode>F</n:PersonSexCode></d:Person></d:EntityPerson>\
         <d:EntityTelephoneNumber><d:TelephoneNumber s:id='T'><n:FullTelephoneNumber><n:TelephoneNumberFullID>5\
         </n:TelephoneNumberFullID></n:FullTelephoneNumber></d:TelephoneNumber></d:EntityTelephoneNumber>\
         <d:Associations><d:IncidentVictimPersonAssociation><n:PersonReference s:ref='P'/>\
         </d:IncidentVictimPersonAssociation><d:EntityTelephoneNumberAssociation><n:PersonReference s:ref='P'/>\
         <d:TelephoneNumberReference s:ref='T'/></d:EntityTelephoneNumberAssociation></d:Associations></Digest>\
         <StructuredPayload><x:Person xmlns:x='urn:x'><x:Mark>scar</x:Mark><x:PersonAugmentation>\
         <l:SameAsDigestReference l:ref='P'/></x:PersonAugmentation></x:Person></StructuredPayload></DataItemPackage>"
    )
}

#[test]
fn each_package_is_an_entry_in_which_identifiers_are_its_own() {
    let message = format!(
        "<PublishMessage {SPACES}><PDMessageMetadata><LEXSVersion>3.1.4</LEXSVersion></PDMessageMetadata>{}{}\
         </PublishMessage>",
        package("1"),
        package("2")
    );
    let entries = entries(&message).unwrap();
    assert_eq!(entries.len(), 2);
    for (entry, id) in entries.iter().zip(["1", "2"]) {
        assert_eq!(entry["metadata"]["DataItemID"], id);
        assert_eq!(entry["message"]["LEXSVersion"], "3.1.4");
        assert_eq!(entry["persons"].as_array().unwrap().len(), 1);
        let person = &entry["persons"][0];
        assert!(person["roles"].to_string().contains("IncidentVictimPersonAssociation"), "{person}");
        assert_eq!(person["phones"].as_array().unwrap().len(), 1);
        assert_eq!(person["Mark"], "scar");
        assert!(entry.get("warnings").is_none(), "{entry}");
    }
}

#[test]
fn a_package_alone_is_the_message_without_the_others() {
    let head = format!("<a:doPublish xmlns:a='http://lexs.gov/x'><PublishMessage {SPACES}>");
    let message =
        format!("{head}{} \n{} {}</PublishMessage></a:doPublish>", package("1"), package("2"), package("3"));
    let limits = Limits::default();
    let all = entries(&message).unwrap();
    for (entry, alone) in [2, 0, 1].into_iter().zip(Lexs.alone(message.as_bytes(), &limits, &[2, 0, 1])) {
        let alone = String::from_utf8(alone.unwrap()).unwrap();
        assert!(alone.len() < message.len() && alone.starts_with(&head));
        assert_eq!(entries(&alone).unwrap(), [all[entry].clone()]);
    }
    assert_eq!(Lexs.alone(message.as_bytes(), &limits, &[3]), [None]);
    assert_eq!(Lexs.alone(b"<a", &limits, &[0]), [None]);
}

#[test]
fn a_package_that_cannot_be_read_does_not_stop_the_others() {
    let deep = format!("{}{}", "<n:a>".repeat(70), "</n:a>".repeat(70));
    let bad = format!("<DataItemPackage><Digest>{deep}</Digest></DataItemPackage>");
    let message = format!("<PublishMessage {SPACES}>{}{bad}{}</PublishMessage>", package("1"), package("3"));
    let Ok(Decoded::Entries(entries)) = Lexs.decode(message.as_bytes(), &Limits::default()) else { panic!() };
    let codes: Vec<_> = entries.iter().map(|entry| entry.as_ref().err().map(|reason| reason.code)).collect();
    assert_eq!(codes, [None, Some("too_deep"), None]);
}

#[test]
fn other_documents_have_their_reasons() {
    for (text, code) in [
        (format!("<PublishMessage {SPACES}/>"), "empty_submission"),
        (format!("<SearchRequest {SPACES}/>"), "other_document"),
        ("<DataItemPackage/>".to_owned(), "other_document"),
        ("{}".to_owned(), "not_xml"),
        ("<a>".to_owned(), "truncated"),
    ] {
        let code_of = entries(&text).unwrap_err().code;
        assert_eq!(code_of, code, "{text}");
    }
}

#[test]
fn what_references_copy_counts_for_the_whole_message() {
    let chain: String = (0..9)
        .map(|n| format!("<n:A s:id='a{n}'><n:B s:ref='a{}'/><n:C s:ref='a{}'/></n:A>", n + 1, n + 1))
        .collect();
    let package = format!(
        "<DataItemPackage><Digest>{chain}<n:A s:id='a9'><n:D>x</n:D></n:A></Digest></DataItemPackage>"
    );
    let message = format!("<PublishMessage {SPACES}>{}</PublishMessage>", package.repeat(4));
    let limits = Limits { values: 6_000, ..Limits::default() };
    let one = format!("<PublishMessage {SPACES}>{package}</PublishMessage>");
    assert!(Lexs.decode(one.as_bytes(), &limits).is_ok());
    assert_eq!(Lexs.decode(message.as_bytes(), &limits).err().unwrap().code, "too_many_values");
}
