//! The XML form.

use super::*;

const HEADER: &str = "<ReportHeader><NIBRSReportCategoryCode>GROUP A INCIDENT REPORT</NIBRSReportCategoryCode>\
    <ReportActionCategoryCode>I</ReportActionCategoryCode></ReportHeader>";

/// A submission of reports, each with what follows its header.
fn submission(reports: &[&str]) -> String {
    let reports: String =
        reports.iter().map(|report| format!("<Report>{HEADER}{report}</Report>\n")).collect();
    format!(
        "<Submission xmlns='http://fbi.gov/cjis/nibrs/9.9' xmlns:s='urn:structures'>{reports}</Submission>"
    )
}

fn report(parts: &str) -> Json {
    entry(&submission(&[parts]))
}

const VICTIM: &str = "<Person s:id='p1'><PersonSexCode>F</PersonSexCode></Person>\
    <Victim s:id='v1'><RoleOfPerson s:ref='p1'/><VictimSequenceNumberText>1</VictimSequenceNumberText>\
    <VictimCategoryCode>I</VictimCategoryCode></Victim>";
const OFFENDER: &str = "<Person s:id='p2'><PersonSexCode>M</PersonSexCode></Person>\
    <Subject s:id='s1'><RoleOfPerson s:ref='p2'/><SubjectSequenceNumberText>2</SubjectSequenceNumberText></Subject>";
const OFFENSE: &str = "<Offense s:id='o1'><OffenseUCRCode>64A</OffenseUCRCode></Offense>\
    <Location s:id='l1'><LocationCategoryCode>14</LocationCategoryCode></Location>";

#[test]
fn references_to_roles_and_to_persons_both_resolve() {
    for (victim, subject) in
        [("s:ref='v1'", "s:ref='s1'"), ("s:ref='p1'", "s:ref='p2'"), ("s:uri='#v1'", "s:uri='#p2'")]
    {
        let associations = format!(
            "<OffenseVictimAssociation><Offense s:ref='o1'/><Victim {victim}/></OffenseVictimAssociation>\
             <OffenseLocationAssociation><Offense s:ref='o1'/><Location s:ref='l1'/></OffenseLocationAssociation>\
             <SubjectVictimAssociation><Subject {subject}/><Victim {victim}/>\
             <VictimToSubjectRelationshipCode>Stranger</VictimToSubjectRelationshipCode></SubjectVictimAssociation>"
        );
        let entry = report(&[VICTIM, OFFENDER, OFFENSE, &associations].concat());
        let victim = &entry["persons"][0];
        assert_eq!(victim["offense_codes"], serde_json::json!(["64A"]));
        assert_eq!(victim["relationships"], serde_json::json!([{"offender": "2", "code": "Stranger"}]));
        assert_eq!(victim["sex"], "F");
        assert_eq!(entry["offenses"][0]["location_type"], serde_json::json!(["14"]));
        assert_eq!(entry["warnings"], Json::Null);
        assert_eq!(entry["details"], Json::Null);
    }
}

#[test]
fn a_reference_to_nothing_is_a_warning_and_its_code_is_kept() {
    let association = "<SubjectVictimAssociation><Subject s:ref='nobody'/><Victim s:ref='v1'/>\
        <VictimToSubjectRelationshipCode>Stranger</VictimToSubjectRelationshipCode></SubjectVictimAssociation>\
        <OffenseLocationAssociation><Offense s:ref='o1'/><Location s:ref='nowhere'/></OffenseLocationAssociation>";
    let entry = report(&[VICTIM, OFFENSE, association].concat());
    let warnings = ["reference_unresolved:other", "reference_unresolved:persons"];
    assert_eq!(entry["warnings"], serde_json::json!(warnings));
    assert_eq!(entry["details"][1]["text"], "Stranger");
    assert_eq!(entry["details"][0]["name"], "Location.LocationCategoryCode");
    let roleless = report("<Victim><RoleOfPerson s:ref='gone'/></Victim>");
    assert_eq!(roleless["warnings"], serde_json::json!(["reference_unresolved:persons"]));
}

#[test]
fn identifiers_are_those_of_the_report() {
    let with = |sex: &str| VICTIM.replace("<PersonSexCode>F", &format!("<PersonSexCode>{sex}"));
    let all = entries(&submission(&[&with("F"), &with("M")]));
    let sex = |i: usize| all[i].as_ref().unwrap()["persons"][0]["sex"].clone();
    assert_eq!((sex(0), sex(1)), ("F".into(), "M".into()));
    let twice = report(&[VICTIM, "<Person s:id='p1'/>"].concat());
    assert_eq!(twice["warnings"], serde_json::json!(["statements_contradict:persons"]));
}

#[test]
fn ages_are_read_in_every_form() {
    let age = |inside: &str| {
        report(&format!("<Person s:id='p'>{inside}</Person><Victim><RoleOfPerson s:ref='p'/></Victim>"))["persons"][0]["age"].clone()
    };
    let range = "<PersonAgeMeasure><MeasureIntegerRange><RangeMaximumIntegerValue>30</RangeMaximumIntegerValue>\
        <RangeMinimumIntegerValue>25</RangeMinimumIntegerValue></MeasureIntegerRange></PersonAgeMeasure>";
    assert_eq!(age(range), serde_json::json!({"text": "25-30", "min": 25, "max": 30}));
    let years = |unit: &str| {
        age(&format!(
            "<PersonAgeMeasure><MeasureIntegerValue>8</MeasureIntegerValue>{unit}</PersonAgeMeasure>"
        ))
    };
    assert_eq!(years("")["text"], "8");
    assert_eq!(years("<TimeUnitCode>ANN</TimeUnitCode>")["text"], "8");
    assert_eq!(years("<TimeUnitCode>MON</TimeUnitCode>")["text"], "8 MON");
    assert_eq!(
        age("<PersonAgeMeasure><MeasureValueText>BABY</MeasureValueText></PersonAgeMeasure>")["max"],
        0
    );
    assert_eq!(age("<PersonAugmentation><PersonAgeCode>NB</PersonAgeCode></PersonAugmentation>")["max"], 0);
    assert_eq!(
        age("<PersonAugmentation><PersonAgeCode>00</PersonAgeCode></PersonAugmentation>")["text"],
        Json::Null
    );
}

#[test]
fn a_person_may_stand_in_its_role() {
    let entry = report(
        "<Subject><RoleOfPerson><PersonSexCode>M</PersonSexCode></RoleOfPerson>\
        <SubjectSequenceNumberText>1</SubjectSequenceNumberText></Subject>",
    );
    assert_eq!(entry["persons"][0]["sex"], "M");
}

#[test]
fn arrests_stand_with_those_arrested() {
    let people = "<Arrestee s:id='a1'><RoleOfPerson s:ref='pa'/><ArrestSequenceID>1</ArrestSequenceID></Arrestee>\
        <Arrest s:id='x'><ActivityIdentification><IdentificationID>A-1</IdentificationID></ActivityIdentification></Arrest>";
    let alone = report(&["<Person s:id='pa'/>", people].concat());
    assert_eq!(alone["persons"][0]["arrests"][0]["number"], "A-1");
    assert_eq!(alone["arrests"], Json::Null);
    let second = "<Arrest s:id='y'><ActivityIdentification><IdentificationID>A-2</IdentificationID></ActivityIdentification></Arrest>\
        <ArrestSubjectAssociation><Activity s:ref='y'/><Subject s:ref='pa'/></ArrestSubjectAssociation>";
    let two = report(&["<Person s:id='pa'/>", people, second].concat());
    assert_eq!(two["persons"][0]["arrests"][0]["number"], "A-2");
    assert_eq!(two["arrests"][0]["number"], "A-1");
}

#[test]
fn officers_are_found_among_the_victims() {
    let official = |reference: &str| {
        format!(
            "<EnforcementOfficial><RoleOfPerson s:ref='{reference}'/>\
            <EnforcementOfficialAssignmentCategoryCode>G</EnforcementOfficialAssignmentCategoryCode></EnforcementOfficial>"
        )
    };
    let entry = report(&[VICTIM, &official("p1")].concat());
    assert_eq!(entry["persons"][0]["officer"]["assignment"], "G");
    let unknown = report(&[VICTIM, &official("p9")].concat());
    assert_eq!(unknown["warnings"], serde_json::json!(["reference_unresolved:persons"]));
    assert_eq!(unknown["details"][0]["text"], "G");
}

#[test]
fn the_more_exact_date_counts() {
    let incident =
        |dates: &str| report(&format!("<Incident><ActivityDate>{dates}</ActivityDate></Incident>"));
    let three = incident(
        "<YearMonthDate>1999-01</YearMonthDate><DateTime>2024-06-03T22:00:00</DateTime><Date>2024-06-03</Date>",
    );
    assert_eq!(three["incident_date"], "2024-06-03T22:00:00");
    assert_eq!(three["other_incident_dates"], serde_json::json!(["1999-01"]));
    assert_eq!(three["warnings"], serde_json::json!(["statements_contradict:source.incident_at"]));
    assert_eq!(incident("<Date>2024-06-03</Date>")["incident_date"], "2024-06-03");
}

#[test]
fn what_the_standard_does_not_name_is_kept_with_whom_it_is_about() {
    let entry = report(
        "<Person s:id='p' m='x'><Height>170</Height></Person>\
        <Victim><RoleOfPerson s:ref='p'/><Shelter>Example house</Shelter></Victim>\
        <Offense><Motive>money</Motive></Offense><Item><Colour>red</Colour></Item><Extra><A>1</A><A>2</A></Extra>",
    );
    let details = |value: &Json| {
        value["details"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| format!("{}={}", d["name"].as_str().unwrap(), d["text"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(details(&entry["persons"][0]), ["Person@m=x", "Height=170", "Shelter=Example house"]);
    assert_eq!(details(&entry["offenses"][0]), ["Motive=money"]);
    assert_eq!(details(&entry["properties"][0]), ["Colour=red"]);
    assert_eq!(details(&entry), ["Extra.A=1", "Extra.A=2"]);
}

#[test]
fn an_envelope_and_other_prefixes_do_not_matter() {
    let text = submission(&[VICTIM])
        .replace("<Submission", "<e:Envelope xmlns:e='urn:soap'><e:Body><Submission")
        + "</e:Body></e:Envelope>";
    assert_eq!(entry(&text)["persons"][0]["sex"], "F");
    each_stands_alone(&text);
}

#[test]
fn each_report_stands_alone_and_a_bad_one_stops_no_other() {
    let metadata = "<MessageMetadata><MessageIdentification><IdentificationID>7</IdentificationID></MessageIdentification></MessageMetadata>";
    let text =
        submission(&[VICTIM, OFFENSE, OFFENDER]).replacen("<Report>", &format!("{metadata}<Report>"), 1);
    let text = text
        .replacen("<ReportActionCategoryCode>I", "<ReportActionCategoryCode>SECRET", 2)
        .replacen("SECRET", "I", 1);
    let all = entries(&text);
    assert_eq!(all[0].as_ref().unwrap()["message"]["id"], "7");
    let reason = all[1].as_ref().unwrap_err();
    assert_eq!(reason.code, "other_document");
    assert!(!reason.message.contains("SECRET"));
    assert_eq!(all[2].as_ref().unwrap()["message"]["id"], "7");
    each_stands_alone(&text);
}

#[test]
fn the_group_is_named_or_follows_from_the_parts() {
    let named = |category: &str, parts: &str| {
        entries(&submission(&[parts]).replace("GROUP A INCIDENT REPORT", category)).remove(0)
    };
    let arrest = "<Arrest><ActivityIdentification><IdentificationID>A-1</IdentificationID></ActivityIdentification>\
        <ActivityDate><Date>2024-06-12</Date></ActivityDate></Arrest>";
    assert_eq!(named("GROUP A INCIDENT REPORT_LEOKA", "").unwrap()["group"], "A");
    assert_eq!(named("", "<Incident/>").unwrap()["group"], "A");
    let by_parts = named("", arrest).unwrap();
    assert_eq!((&by_parts["group"], &by_parts["arrest_date"]), (&Json::from("B"), &Json::from("2024-06-12")));
    assert_eq!(named("GROUP B ARREST REPORT", arrest).unwrap()["arrest_number"], "A-1");
    assert_eq!(named("ZERO REPORT", "").unwrap()["group"], "ZERO");
    assert_eq!(named("SECRET", "").unwrap_err().code, "other_document");
}

#[test]
fn a_message_is_bounded() {
    let limits = |entries, values, depth, text_bytes| Limits {
        entries,
        values,
        depth,
        text_bytes,
        ..Limits::default()
    };
    let text = submission(&[VICTIM, OFFENDER]);
    assert_eq!(entries_within(&text, &limits(2, 60, 9, 99)).unwrap().len(), 2);
    assert_eq!(refused(&text, &limits(1, 60, 9, 99)), "too_many_entries");
    assert_eq!(refused(&text, &limits(2, 20, 9, 99)), "too_many_values");
    assert_eq!(refused(&text, &limits(2, 60, 4, 99)), "too_deep");
    assert_eq!(refused(&text, &limits(2, 60, 9, 10)), "text_too_long");
    // Few elements that refer to many: what they would repeat is counted.
    let roles = "<Victim><RoleOfPerson s:ref='p1'/></Victim>".repeat(20);
    let text =
        submission(&[
            &["<Person s:id='p1'><PersonSexCode>F</PersonSexCode></Person>", roles.as_str()].concat()
        ]);
    assert_eq!(entries_within(&text, &limits(20, 90, 9, 99)).unwrap().len(), 1);
    assert_eq!(refused(&text, &limits(19, 90, 9, 99)), "too_many_entries");
    let offenses = "<OffenseVictimAssociation>".to_owned()
        + &"<Offense s:ref='o1'/><Victim s:ref='v1'/>".repeat(12)
        + "</OffenseVictimAssociation>";
    let text = submission(&[&[OFFENSE, VICTIM, &offenses].concat()]);
    assert_eq!(refused(&text, &limits(20, 90, 9, 99)), "too_many_values");
    assert_eq!(refused("<Submission xmlns='urn:nibrs'/>", &Limits::default()), "empty_submission");
    assert_eq!(
        refused("<Submission xmlns='urn:x'><Report/></Submission>", &Limits::default()),
        "other_document"
    );
}
