//! Flat files.

use super::*;

/// A segment of a length with these fields from column 38.
fn segment(length: usize, level: char, action: char, number: &str, fields: &str) -> String {
    let head = format!("{length:04}{level}{action}062024    EX0010000{number:<12}{fields}");
    format!("{head:<length$}\n")
}

fn incident(action: char, number: &str) -> String {
    segment(87, '1', action, number, "20240603 22N")
}

fn offense(action: char, number: &str, code: &str) -> String {
    segment(63, '2', action, number, &format!("{code}C"))
}

fn victim(number: &str, fields: &str) -> String {
    segment(129, '4', 'I', number, fields)
}

#[test]
fn an_incident_holds_the_segments_of_its_number() {
    let text = [incident('I', "007"), "\r\n".into(), offense('I', "007", "64A"), offense('I', "007", "64B")]
        .concat();
    let entry = entry(&text.replace('\n', "\r\n"));
    assert_eq!(entry["incident_number"], "007");
    assert_eq!(entry["ori"], "EX0010000");
    assert_eq!(entry["report_month"], "2024-06");
    assert_eq!(entry["incident_hour"], "22");
    assert_eq!(entry["clearance"]["code"], "N");
    assert_eq!(entry["offenses"][1]["code"], "64B");
    assert_eq!(entry["segments"], Json::Null);
    assert_eq!(entry["warnings"], Json::Null);
}

#[test]
fn segments_find_their_incident_wherever_they_stand() {
    let text =
        [incident('I', "1"), incident('I', "2"), offense('I', "1", "64A"), offense('I', "2", "64B")].concat();
    let all = entries(&text);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].as_ref().unwrap()["offenses"][0]["code"], "64A");
    assert_eq!(all[1].as_ref().unwrap()["offenses"][0]["code"], "64B");
    each_stands_alone(&text);
}

#[test]
fn what_is_deleted_and_sent_anew_stays_in_order() {
    let text = [
        incident('I', "1"),
        offense('I', "1", "13A"),
        incident('D', "1"),
        incident('I', "1"),
        offense('I', "1", "64A"),
    ]
    .concat();
    let actions: Vec<_> = entries(&text)
        .into_iter()
        .map(|entry| entry.unwrap()["action"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(actions, ["I", "D", "I"]);
    assert_eq!(entries(&text)[2].as_ref().unwrap()["offenses"][0]["code"], "64A");
    each_stands_alone(&text);
}

#[test]
fn segments_without_an_incident_add_to_one_sent_before() {
    let entry = entry(&segment(110, '6', 'A', "1", "01A-1         20240604T"));
    assert_eq!(entry["segments"], "6-01");
    assert_eq!(entry["persons"][0]["arrests"][0]["number"], "A-1");
    let modified = [incident('M', "1"), offense('M', "1", "64A")].concat();
    assert_eq!(entries(&modified)[0].as_ref().unwrap()["segments"], "1 2-64A");
}

#[test]
fn arrests_of_group_b_are_told_apart_by_number_and_day() {
    let arrest =
        |action, day, sequence| segment(66, '7', action, "A-1", &format!("{sequence}202406{day}T90Z"));
    let text =
        [arrest('A', "12", "01"), arrest('A', "12", "02"), arrest('A', "13", "01"), arrest('D', "13", "01")]
            .concat();
    let all: Vec<Json> = entries(&text).into_iter().map(Result::unwrap).collect();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0]["persons"].as_array().unwrap().len(), 2);
    assert_eq!(all[0]["arrest_date"], "20240612");
    assert_eq!(all[0]["incident_number"], Json::Null);
    assert_eq!(all[1]["arrest_date"], "20240613");
    assert_eq!((&all[2]["action"], &all[2]["group"]), (&Json::from("D"), &Json::from("B")));
    each_stands_alone(&text);
}

#[test]
fn a_zero_report_says_that_nothing_happened() {
    assert_eq!(entry(&segment(43, '0', 'A', "000000000000", "062024"))["group"], "ZERO");
}

#[test]
fn newer_and_state_columns_are_read_and_older_segments_lack_them() {
    let text = [
        segment(91, '1', 'I', "1", &format!("{:<50}Y034", "20240603 22N")),
        segment(71, '2', 'I', "1", &format!("{:<24}8812", "64AC")),
        segment(80, '2', 'I', "1", &format!("{:<34}STATE", "64BC")),
        segment(40, '8', 'I', "1", "XY"),
        victim("1", &format!("{:<33}L", "00164A")),
        segment(141, '4', 'I', "1", &format!("{:<33}L{:<58}09GEX0020000", "00264A", "34")),
    ]
    .concat();
    let entry = entry(&text);
    assert_eq!((&entry["cargo_theft"], &entry["judicial_district"]), (&Json::from("Y"), &Json::from("034")));
    assert_eq!(entry["offenses"][0]["bias"], serde_json::json!(["88", "12"]));
    assert_eq!(entry["details"][0]["text"], "STATE");
    assert_eq!(entry["details"][1]["text"], "XY");
    assert_eq!(entry["persons"][0]["officer"], Json::Null);
    assert_eq!(entry["persons"][1]["officer"]["ori"], "EX0020000");
}

#[test]
fn who_is_no_person_is_not_among_the_persons() {
    let text = [
        incident('I', "1"),
        victim("1", &format!("{:<33}S", "001")),
        victim("1", &format!("{:<33}B", "002")),
        // Of another victim a person's data are given.
        victim("1", &format!("{:<33}O17  F", "003")),
        segment(45, '5', 'I', "1", "00"),
    ]
    .concat();
    let entry = entry(&text);
    assert_eq!(entry["other_victims"].as_array().unwrap().len(), 2);
    assert_eq!(entry["persons"].as_array().unwrap().len(), 1);
    assert_eq!(entry["persons"][0]["age"]["text"], "17");
    assert_eq!(entry["unknown_offenders"], serde_json::json!(["00"]));
}

#[test]
fn property_and_drugs_keep_their_numbers_as_written() {
    let items = format!("{:<191}{:<4}E000000012500GM", "620000001450", "0102");
    let entry = entry(&segment(307, '3', 'I', "1", &items));
    let property = &entry["properties"][0];
    assert_eq!(
        (&property["status"], &property["items"][0]["value"]),
        (&Json::from("6"), &Json::from("000001450"))
    );
    assert_eq!(
        (&property["stolen_vehicles"], &property["recovered_vehicles"]),
        (&Json::from("01"), &Json::from("02"))
    );
    assert_eq!(property["drugs"][0]["quantity"], "000000012.500");
}

#[test]
fn doubts_name_the_person() {
    let text = [
        segment(87, '1', 'I', "1", "20240603 22A20240604"),
        offense('I', "1", "64A"),
        victim("1", &format!("{:<33}L05", "00164A")),
        victim("1", &format!("{:<33}I30{:<16}03BG", "00211A", "")),
        segment(45, '5', 'I', "1", "0130  MW"),
        segment(110, '6', 'I', "1", &format!("{:<33}30      H", "01")),
    ]
    .concat();
    let expected = [
        "reference_unresolved:persons[1].relationship",
        "reference_unresolved:persons[1].remarks",
        "statements_contradict:other",
        "statements_contradict:persons[0].age",
        "statements_contradict:persons[3].age",
    ];
    assert_eq!(entry(&text)["warnings"], serde_json::json!(expected));
}

#[test]
fn a_segment_that_is_not_valid_spoils_its_report_and_no_other() {
    let whole = incident('I', "1");
    let good = incident('I', "2");
    let spoilt = [
        ("cut", format!("{}\n", &offense('I', "1", "64A")[..50])),
        ("longer", offense('I', "1", "64A").replace('\n', "SECRET\n")),
        ("of no level", segment(63, 'X', 'I', "1", "64A")),
        ("too short for its level", segment(50, '2', 'I', "1", "64A")),
        ("of no action", segment(63, '2', 'Q', "1", "64A")),
        ("not in ASCII", offense('I', "1", "6\u{e4}A")),
        ("no segment", "SECRET\n".to_owned()),
        ("not even a number", "0063\n".to_owned()),
    ];
    for (what, line) in spoilt {
        let text = [whole.as_str(), &line, &good].concat();
        let all = entries(&text);
        let codes: Vec<_> =
            all.iter().map(|entry| entry.as_ref().map_or_else(|reason| reason.code, |_| "")).collect();
        // A line with another action cannot be one of the same report.
        let expected: &[&str] =
            if what == "of no action" { &["", "segment_not_valid", ""] } else { &["segment_not_valid", ""] };
        assert_eq!(codes, expected, "{what}");
        assert!(all.iter().flat_map(|e| e.as_ref().err()).all(|r| !r.message.contains("SECRET")), "{what}");
        each_stands_alone(&text);
    }
    let anonymous = segment(87, '1', 'I', "", "20240603");
    assert_eq!(entries(&anonymous)[0].as_ref().unwrap_err().code, "segment_not_valid");
    // An administrative segment that cannot be read takes those of its number with it.
    let text = [whole.replace('\n', "X\n"), offense('I', "1", "64A")].concat();
    assert_eq!(entries(&text).len(), 1);
}

#[test]
fn a_deletion_needs_no_more_than_its_number() {
    assert_eq!(entry(&segment(37, '1', 'D', "1", ""))["action"], "D");
}

#[test]
fn a_file_is_bounded() {
    let text = [incident('I', "1"), incident('I', "2"), incident('I', "3")].concat();
    let limits = |entries, values, text_bytes| Limits { entries, values, text_bytes, ..Limits::default() };
    assert_eq!(entries_within(&text, &limits(3, 100, 100)).unwrap().len(), 3);
    assert_eq!(refused(&text, &limits(2, 100, 100)), "too_many_entries");
    let segments = [incident('I', "1"), offense('I', "1", "64A"), offense('I', "1", "64B")].concat();
    assert_eq!(refused(&segments, &limits(2, 100, 100)), "too_many_entries");
    assert_eq!(refused(&text, &limits(3, 20, 100)), "too_many_values");
    assert_eq!(refused(&text, &limits(3, 2, 100)), "too_many_values");
    assert_eq!(refused(&text, &limits(3, 100, 50)), "text_too_long");
}
