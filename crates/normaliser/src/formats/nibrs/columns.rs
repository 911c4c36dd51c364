//! Where the fields of a segment stand, as the Technical Specification counts them: from 1. What stands behind the end
//! of an older, shorter segment is blank.

use vrl::value::{ObjectMap, Value};

use super::{age, is_person, put, put_list, put_object};

/// A field, or a list of fields that stand one right behind the other.
struct Column {
    name: &'static str,
    from: usize,
    length: usize,
    times: usize,
    is_list: bool,
}

const fn one(name: &'static str, from: usize, length: usize) -> Column {
    Column { name, from, length, times: 1, is_list: false }
}

const fn many(name: &'static str, from: usize, length: usize, times: usize) -> Column {
    Column { name, from, length, times, is_list: true }
}

/// In every segment.
pub(super) const ORI: (usize, usize) = (17, 9);
/// In every segment: the incident, or of group B the arrest.
pub(super) const NUMBER: (usize, usize) = (26, 12);

const HEADER: &[Column] = &[one("city_indicator", 13, 4), one("ori", 17, 9)];

const ADMINISTRATIVE: &[Column] = &[
    one("incident_date", 38, 8),
    one("report_date_indicator", 46, 1),
    one("incident_hour", 47, 2),
    one("cargo_theft", 88, 1),
    one("judicial_district", 89, 3),
];

const CLEARANCE: &[Column] = &[one("code", 49, 1), one("date", 50, 8), many("offense_codes", 58, 3, 10)];

const OFFENSE: &[Column] = &[
    one("code", 38, 3),
    one("attempted", 41, 1),
    many("suspected_using", 42, 1, 3),
    one("location_type", 45, 2),
    one("premises_entered", 47, 2),
    one("method_of_entry", 49, 1),
    many("criminal_activity", 50, 1, 3),
    many("weapons", 53, 3, 3),
    many("bias", 62, 2, 5),
];

const PROPERTY: &[Column] = &[
    one("status", 38, 1),
    one("stolen_vehicles", 229, 2),
    one("recovered_vehicles", 231, 2),
    many("offense_codes", 278, 3, 10),
];

/// Each of the ten items of a property segment.
const ITEM: &[Column] = &[one("description", 39, 2), one("value", 41, 9), one("date_recovered", 50, 8)];
const ITEM_LENGTH: usize = 19;
const ITEMS: usize = 10;

/// Each of its three drugs. The quantity is written without its point.
const DRUG: &[Column] = &[one("type", 233, 1), one("unit", 246, 2)];
const DRUG_WHOLE: (usize, usize) = (234, 9);
const DRUG_THOUSANDTHS: (usize, usize) = (243, 3);
const DRUG_LENGTH: usize = 15;
const DRUGS: usize = 3;

const VICTIM: &[Column] = &[
    one("number", 38, 3),
    many("offense_codes", 41, 3, 10),
    one("victim_type", 71, 1),
    one("sex", 76, 1),
    one("race", 77, 1),
    one("ethnicity", 78, 1),
    one("resident", 79, 1),
    many("circumstances", 80, 2, 2),
    one("justifiable_homicide", 84, 1),
    many("injuries", 85, 1, 5),
];
const VICTIM_AGE: usize = 72;

const OFFICER: &[Column] = &[one("activity", 130, 2), one("assignment", 132, 1), one("ori", 133, 9)];

const RELATIONSHIP: &[Column] = &[one("offender", 90, 2), one("code", 92, 2)];
const RELATIONSHIP_LENGTH: usize = 4;
const RELATIONSHIPS: usize = 10;

const OFFENDER: &[Column] =
    &[one("number", 38, 2), one("sex", 44, 1), one("race", 45, 1), one("ethnicity", 46, 1)];
const OFFENDER_AGE: usize = 40;

const ARRESTEE: &[Column] = &[
    one("number", 38, 2),
    many("armed_with", 65, 3, 2),
    one("sex", 75, 1),
    one("race", 76, 1),
    one("ethnicity", 77, 1),
    one("resident", 78, 1),
    one("juvenile_disposition", 79, 1),
    one("clearance_indicator", 80, 1),
    many("clearance_offense_codes", 81, 3, 10),
];
const ARRESTEE_AGE: usize = 71;

const ARREST: &[Column] = &[
    one("number", 40, 12),
    one("date", 52, 8),
    one("type", 60, 1),
    one("multiple_arrestees", 61, 1),
    many("charges", 62, 3, 1),
];

const GROUP_B_ARRESTEE: &[Column] = &[
    one("number", 38, 2),
    many("armed_with", 52, 3, 2),
    one("sex", 62, 1),
    one("race", 63, 1),
    one("ethnicity", 64, 1),
    one("resident", 65, 1),
    one("juvenile_disposition", 66, 1),
];
const GROUP_B_AGE: usize = 58;

const GROUP_B_ARREST: &[Column] =
    &[one("number", 26, 12), one("date", 40, 8), one("type", 48, 1), many("charges", 49, 3, 1)];

const GROUP_B_DISTRICT: &[Column] = &[one("judicial_district", 67, 3)];

/// The part of a segment, without blanks behind it. A segment is ASCII, so a column is a byte.
pub(super) fn part(text: &str, (from, length): (usize, usize)) -> &str {
    let end = text.len().min(from - 1 + length);
    text.get(from - 1..end).unwrap_or_default().trim_end()
}

/// The fields of columns that all stand `shift` further on.
fn read(text: &str, columns: &[Column], shift: usize, fields: &mut ObjectMap) {
    for column in columns {
        let at = |i: usize| part(text, (column.from + shift + i * column.length, column.length));
        if !column.is_list {
            put(fields, column.name, at(0));
        } else {
            let texts = (0..column.times).map(at).map(str::trim).filter(|text| !text.is_empty());
            put_list(fields, column.name, texts.map(Value::from).collect());
        }
    }
}

fn fields(text: &str, columns: &[Column], shift: usize) -> ObjectMap {
    let mut fields = ObjectMap::new();
    read(text, columns, shift, &mut fields);
    fields
}

/// The groups of columns that are repeated; those that are blank are none.
fn groups(text: &str, columns: &[Column], length: usize, times: usize) -> Vec<Value> {
    let groups = (0..times).map(|i| fields(text, columns, i * length));
    groups.filter(|group| !group.is_empty()).map(Value::Object).collect()
}

/// What every segment says: agency and month.
pub(super) fn header(text: &str, entry: &mut ObjectMap) {
    read(text, HEADER, 0, entry);
    let (month, year) = (part(text, (7, 2)), part(text, (9, 4)));
    put(entry, "report_month", &[year, month].join("-"));
}

/// Level 1.
pub(super) fn administrative(text: &str, entry: &mut ObjectMap) {
    read(text, ADMINISTRATIVE, 0, entry);
    put_object(entry, "clearance", fields(text, CLEARANCE, 0));
}

/// Level 2.
pub(super) fn offense(text: &str) -> ObjectMap {
    fields(text, OFFENSE, 0)
}

/// Level 3.
pub(super) fn property(text: &str) -> ObjectMap {
    let mut property = fields(text, PROPERTY, 0);
    put_list(&mut property, "items", groups(text, ITEM, ITEM_LENGTH, ITEMS));
    let drugs = (0..DRUGS).map(|i| {
        let mut drug = fields(text, DRUG, i * DRUG_LENGTH);
        let part = |(from, length): (usize, usize)| part(text, (from + i * DRUG_LENGTH, length));
        let (whole, thousandths) = (part(DRUG_WHOLE), part(DRUG_THOUSANDTHS));
        let point = if thousandths.is_empty() { "" } else { "." };
        put(&mut drug, "quantity", &[whole, point, thousandths].concat());
        drug
    });
    put_list(&mut property, "drugs", drugs.filter(|drug| !drug.is_empty()).map(Value::Object).collect());
    property
}

/// Level 4.
pub(super) fn victim(text: &str) -> ObjectMap {
    let mut victim = person(text, "victim", VICTIM, VICTIM_AGE);
    put_object(&mut victim, "officer", fields(text, OFFICER, 0));
    put_list(&mut victim, "relationships", groups(text, RELATIONSHIP, RELATIONSHIP_LENGTH, RELATIONSHIPS));
    if !is_person(&victim) {
        victim.remove("part");
    }
    victim
}

/// Level 5. Number 00 says that nothing is known of any offender.
pub(super) fn offender(text: &str) -> ObjectMap {
    let mut offender = person(text, "offender", OFFENDER, OFFENDER_AGE);
    if part(text, (38, 2)).bytes().all(|b| b == b'0') {
        offender.remove("part");
    }
    offender
}

/// Level 6.
pub(super) fn arrestee(text: &str) -> ObjectMap {
    let mut arrestee = person(text, "arrestee", ARRESTEE, ARRESTEE_AGE);
    put_list(&mut arrestee, "arrests", groups(text, ARREST, 0, 1));
    arrestee
}

/// Level 7.
pub(super) fn group_b_arrestee(text: &str, entry: &mut ObjectMap) -> ObjectMap {
    read(text, GROUP_B_DISTRICT, 0, entry);
    put(entry, "arrest_number", part(text, NUMBER));
    put(entry, "arrest_date", part(text, (40, 8)));
    let mut arrestee = person(text, "arrestee", GROUP_B_ARRESTEE, GROUP_B_AGE);
    put_list(&mut arrestee, "arrests", groups(text, GROUP_B_ARREST, 0, 1));
    arrestee
}

/// A person with a `part` in the incident.
fn person(text: &str, in_incident: &str, columns: &[Column], age_from: usize) -> ObjectMap {
    let mut person = fields(text, columns, 0);
    put(&mut person, "part", in_incident);
    put_object(&mut person, "age", age::of(part(text, (age_from, 4))));
    person
}

/// How long a segment of a level is at least, and how far its columns reach. `None` for a level that the standard does
/// not have.
pub(super) fn lengths(level: u8) -> Option<(usize, usize)> {
    match level {
        b'0' => Some((43, 43)),
        b'1' => Some((87, 91)),
        b'2' => Some((63, 71)),
        b'3' => Some((307, 307)),
        b'4' => Some((129, 141)),
        b'5' => Some((45, 46)),
        b'6' => Some((110, 110)),
        b'7' => Some((66, 69)),
        // States add segments of their own.
        b'8' | b'9' => Some((NUMBER.0 - 1 + NUMBER.1, NUMBER.0 - 1 + NUMBER.1)),
        _ => None,
    }
}
