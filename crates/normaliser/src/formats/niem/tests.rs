#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::*;

fn tree(text: &str) -> Result<serde_json::Value, Reason> {
    match Niem.decode(text.as_bytes(), &Limits::default())? {
        Decoded::Entries(mut entries) => Ok(serde_json::to_value(entries.remove(0)?).unwrap()),
        _ => panic!("niem gives entries"),
    }
}

fn xml(inside: &str) -> String {
    format!(
        "<e:Doc xmlns:e='http://example.org/e' xmlns:n='http://release.niem.gov/niem/niem-core/4.0/' \
         xmlns:j='http://release.niem.gov/niem/domains/jxdm/6.0/' \
         xmlns:s='http://release.niem.gov/niem/structures/4.0/' \
         xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>{inside}</e:Doc>"
    )
}

const PERSON: &str =
    "<n:Person s:id='P'><n:PersonName><n:PersonSurName>A</n:PersonSurName></n:PersonName></n:Person>";

#[test]
fn a_role_is_the_person_who_has_it_in_every_version() {
    for role in [
        "<j:Victim><n:RoleOfPersonReference s:ref='P'/></j:Victim>",
        "<j:Victim><n:RoleOfPerson s:ref='P' i:nil='true'/></j:Victim>",
        "<j:Victim s:uri='#P'/>",
        "<j:VictimAssociation><n:Person s:ref='P'/></j:VictimAssociation>",
    ] {
        let tree = tree(&xml(&format!("{role}{PERSON}"))).unwrap();
        assert_eq!(tree["persons"].as_array().unwrap().len(), 1, "{role}");
        let roles = tree["persons"][0]["roles"].to_string();
        assert!(roles.contains("Victim"), "{role}: {roles}");
        assert_eq!(tree["persons"][0]["PersonName"]["PersonSurName"], "A");
        assert!(tree.get("warnings").is_none(), "{role}: {tree}");
    }
}

#[test]
fn contacts_and_places_belong_to_whom_the_association_names() {
    let inside = format!(
        "{PERSON}<n:Person s:id='Q'><n:PersonSexText>m</n:PersonSexText></n:Person>\
         <n:PersonContactInformationAssociation><n:Person s:ref='Q'/><n:ContactInformation>\
         <n:ContactEmailID>q@example.org</n:ContactEmailID><n:ContactTelephoneNumber><n:FullTelephoneNumber>\
         <n:TelephoneNumberFullID>1</n:TelephoneNumberFullID></n:FullTelephoneNumber></n:ContactTelephoneNumber>\
         </n:ContactInformation></n:PersonContactInformationAssociation>\
         <n:PersonResidenceAssociation><n:Person s:ref='P'/><n:Location s:ref='L'/></n:PersonResidenceAssociation>\
         <n:Location s:id='L'><n:LocationName>home</n:LocationName></n:Location>"
    );
    let tree = tree(&xml(&inside)).unwrap();
    let persons = tree["persons"].as_array().unwrap();
    let q = persons.iter().find(|p| p["PersonSexText"] == "m").unwrap();
    let p = persons.iter().find(|p| p["PersonSexText"].is_null()).unwrap();
    assert_eq!(q["emails"][0]["address"], "q@example.org");
    assert_eq!(q["phones"].as_array().unwrap().len(), 1);
    assert!(p.get("emails").is_none() && p.get("phones").is_none());
    assert_eq!(tree["locations"][0]["owner"], p["ref"]);
}

#[test]
fn references_to_nobody_are_warned_of_and_mean_only_the_only_person() {
    let driver = "<j:CrashDriver><n:RoleOfPerson s:ref='X'/><j:DriverLicense><j:DriverLicenseCardIdentification>\
                  <n:IdentificationID>9</n:IdentificationID></j:DriverLicenseCardIdentification></j:DriverLicense>\
                  </j:CrashDriver>";
    let one = tree(&xml(&format!("{PERSON}{driver}"))).unwrap();
    assert_eq!(one["warnings"][0], "reference_unresolved:persons[0]");
    assert_eq!(
        one["persons"][0]["DriverLicense"]["DriverLicenseCardIdentification"]["IdentificationID"],
        "9"
    );
    let two =
        tree(&xml(&format!("{PERSON}{driver}<n:Person><n:PersonSexText>m</n:PersonSexText></n:Person>")))
            .unwrap();
    assert_eq!(two["warnings"][0], "reference_unresolved:persons");
    assert!(two["persons"].as_array().unwrap().iter().all(|person| person.get("DriverLicense").is_none()));
    assert!(two["rest"].to_string().contains("DriverLicenseCardIdentification"), "{two}");
    assert_eq!(tree(&xml(driver)).unwrap().get("persons"), None);
}

#[test]
fn xml_and_json_of_one_document_are_one_tree() {
    let xml = xml("<n:Incident s:id='I'><n:ActivityDate><n:Date>2026-01-01</n:Date></n:ActivityDate>\
         <j:IncidentAugmentation><j:IncidentSubject s:ref='S' i:nil='true'/></j:IncidentAugmentation></n:Incident>\
         <j:Subject s:id='S' s:metadata='M'><n:RoleOfPerson s:ref='P'/></j:Subject>\
         <n:Person s:id='P'><n:PersonName><n:PersonGivenName n:personNameInitialIndicator='true'>B</n:PersonGivenName>\
         <n:PersonMiddleName>C</n:PersonMiddleName><n:PersonMiddleName>D</n:PersonMiddleName></n:PersonName></n:Person>\
         <n:Metadata s:id='M'><n:ConfidencePercent>40</n:ConfidencePercent></n:Metadata>");
    let json = r##"{ "e:Doc": {
        "n:Metadata": { "@id": "#M", "n:ConfidencePercent": 40 },
        "j:Subject": { "@id": "#S", "n:RoleOfPerson": { "@id": "#P" }, "n:Metadata": { "@id": "#M" } },
        "n:Person": { "@id": "#P", "n:PersonName": {
            "n:PersonGivenName": { "rdf:value": "B", "n:personNameInitialIndicator": true },
            "n:PersonMiddleName": ["C", "D"] } },
        "n:Incident": { "@id": "#I", "n:ActivityDate": { "n:Date": "2026-01-01" },
            "j:IncidentAugmentation": { "j:IncidentSubject": { "@id": "#S" } } }
      }, "@context": { "n": "http://release.niem.gov/niem/niem-core/5.0/#", "j": "http://release.niem.gov/j/",
        "e": "http://example.org/e#", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#" } }"##;
    let (xml, json) = (tree(&xml).unwrap(), tree(json).unwrap());
    assert_eq!(xml, json);
    assert_eq!(xml["persons"][0]["roles"], serde_json::json!(["IncidentSubject", "Person", "Subject"]));
    assert_eq!(xml["persons"][0]["Metadata"]["ConfidencePercent"], "40");
}

#[test]
fn metadata_stand_under_their_own_element() {
    let inside = format!(
        "{}<j:PrivacyMetadata s:id='A'><j:PrivacyCode>PII</j:PrivacyCode></j:PrivacyMetadata>",
        PERSON.replace("s:id='P'", "s:id='P' s:metadata='A B'")
    );
    let tree = tree(&xml(&inside)).unwrap();
    assert_eq!(tree["persons"][0]["PrivacyMetadata"]["PrivacyCode"], "PII");
    assert_eq!(tree["persons"][0]["Metadata"], "B");
    assert_eq!(tree["warnings"][0], "reference_unresolved:other");
}

#[test]
fn other_documents_have_their_reasons() {
    for (text, code) in [
        ("<a><b/></a>", "other_document"),
        ("{\"a\": 1}", "other_document"),
        ("", "truncated"),
        ("{\"nc:a\": ", "truncated"),
        ("7", "other_document"),
        ("{\"nc:a\": 1, \"nc:a\": 2}", "duplicate_key"),
    ] {
        assert_eq!(tree(text).unwrap_err().code, code, "{text}");
    }
    let deep = format!("{}{}", "<n:a>".repeat(70), "</n:a>".repeat(70));
    assert_eq!(tree(&xml(&deep)).unwrap_err().code, "too_deep");
}

#[test]
fn what_is_described_twice_is_one_and_is_warned_of() {
    let twice = xml(
        "<j:Charge s:id='C'><j:ChargeText>x</j:ChargeText></j:Charge><n:Note s:id='C'><n:a>y</n:a></n:Note>",
    );
    let twice = tree(&twice).unwrap();
    assert_eq!(twice["warnings"][0], "reference_ambiguous:other");
    assert_eq!(twice["offenses"][0]["ChargeText"], "x");
    assert_eq!(twice["offenses"][0]["a"], "y");
}

#[test]
fn the_samples_in_xml_and_json_are_one_tree_and_so_one_content() {
    let xml = tree(include_str!("../../../../../config/sources/_template/niem/01.raw")).unwrap();
    let json = tree(include_str!("../../../../../config/sources/_template/niem/02.raw")).unwrap();
    assert_eq!(xml, json);
    assert_eq!(xml["persons"].as_array().unwrap().len(), 2);
}
