//! NIBRS, as XML and as a flat file.

use super::{LIMIT, filled, read, refuses, sample, within_memory};

const NIBRS: &str = "_template/nibrs";
const OPEN: &str = "<Submission xmlns='urn:nibrs' xmlns:s='urn:s'><Report><ReportHeader>\
    <NIBRSReportCategoryCode>GROUP A</NIBRSReportCategoryCode><ReportActionCategoryCode>I</ReportActionCategoryCode>\
    </ReportHeader>";
const CLOSE: &str = "</Report></Submission>";

#[test]
fn a_flat_file_that_is_cut_is_shorter_or_says_so() {
    let raw = sample(NIBRS, "02");
    let whole = read(NIBRS, &raw);
    assert_eq!(whole.1, [""; 0]);
    for end in 1..raw.len() {
        let (leads, codes) = read(NIBRS, &raw[..end]);
        let at_an_end =
            raw[end..].starts_with(b"\r") || raw[..end].ends_with(b"\r") || raw[..end].ends_with(b"\n");
        assert!(
            leads <= whole.0 && codes.len() == usize::from(!at_an_end),
            "at {end}: {leads} leads, {codes:?}"
        );
    }
}

#[test]
fn nibrs_that_is_made_to_hurt() {
    let nested = |n: usize| format!("{OPEN}{}{}{CLOSE}", "<a>".repeat(n), "</a>".repeat(n));
    refuses(NIBRS, "depth 100,000", nested(100_000).as_bytes(), "too_deep");
    refuses(
        NIBRS,
        "one text",
        &filled(&format!("{OPEN}<a>"), "SECRET", &format!("</a>{CLOSE}")),
        "text_too_long",
    );
    refuses(
        NIBRS,
        "a declared type",
        b"<!DOCTYPE r [<!ENTITY a 'SECRET'>]><Submission>&a;</Submission>",
        "document_type",
    );
    refuses(
        NIBRS,
        "an attribute twice",
        format!("{OPEN}<a b='1' b='2'/>{CLOSE}").as_bytes(),
        "duplicate_key",
    );
    refuses(NIBRS, "one byte too many", &vec![b'0'; LIMIT + 1], "too_large");
    for part in [
        "<Report/>",
        "<Person s:id='p'/>",
        "<Victim><RoleOfPerson s:ref='p'/></Victim>",
        "<Subject><SubjectSequenceNumberText>1</SubjectSequenceNumberText></Subject>",
        "<Arrestee><ArrestSequenceID>1</ArrestSequenceID></Arrestee>",
        "<Arrest s:id='a'/>",
        "<Offense s:id='o'/>",
        "<Item><ItemQuantity>1</ItemQuantity></Item>",
        "<OffenseVictimAssociation><Offense s:ref='o'/><Victim s:ref='v'/></OffenseVictimAssociation>",
        "<Note>x</Note>",
    ] {
        let (leads, codes) = within_memory(NIBRS, part, &filled(OPEN, part, CLOSE));
        let too_many = matches!(codes.as_slice(), ["too_many_values" | "too_many_entries"]);
        assert!(leads == 0 && too_many, "{part}: {leads} leads, {codes:?}");
    }
}

#[test]
fn nibrs_references_that_multiply() {
    let text = "x".repeat(1 << 19);
    let bombs = [
        // Each of many roles repeats a person with a long text.
        [
            format!("<Person s:id='p'><PersonSexCode>{text}</PersonSexCode></Person>"),
            "<Victim><RoleOfPerson s:ref='p'/></Victim>".repeat(9_000),
        ]
        .concat(),
        // Each of many roles looks through a person with many parts.
        [
            format!("<Person s:id='p'>{}</Person>", "<a/>".repeat(100_000)),
            "<Victim><RoleOfPerson s:ref='p'/></Victim>".repeat(9_000),
        ]
        .concat(),
        // Everybody suffered everything.
        [
            "<Offense s:id='o'/><Victim s:id='v'/><Subject s:id='s'/><Arrestee s:id='a'/><Arrest s:id='r'/>"
                .to_owned(),
            format!(
                "<OffenseVictimAssociation>{}{}</OffenseVictimAssociation>",
                "<Offense s:ref='o'/>".repeat(9_000),
                "<Victim s:ref='v'/>".repeat(9_000)
            ),
        ]
        .concat(),
        [
            "<Subject s:id='s'/><Victim s:id='v'/>".to_owned(),
            format!(
                "<SubjectVictimAssociation>{}{}</SubjectVictimAssociation>",
                "<Subject s:ref='s'/>".repeat(9_000),
                "<Victim s:ref='v'/>".repeat(9_000)
            ),
        ]
        .concat(),
        [
            "<Arrestee s:id='a'/><Arrest s:id='r'/>".to_owned(),
            format!(
                "<ArrestSubjectAssociation>{}{}</ArrestSubjectAssociation>",
                "<Activity s:ref='r'/>".repeat(9_000),
                "<Subject s:ref='a'/>".repeat(9_000)
            ),
        ]
        .concat(),
        [
            "<Offense s:id='o'/><Location s:id='l'/>".to_owned(),
            format!(
                "<OffenseLocationAssociation>{}{}</OffenseLocationAssociation>",
                "<Offense s:ref='o'/>".repeat(9_000),
                "<Location s:ref='l'/>".repeat(9_000)
            ),
        ]
        .concat(),
    ];
    for (i, bomb) in bombs.into_iter().enumerate() {
        let (leads, codes) =
            within_memory(NIBRS, &format!("bomb {i}"), format!("{OPEN}{bomb}{CLOSE}").as_bytes());
        assert_eq!((leads, codes), (0, vec!["too_many_values"]), "bomb {i}");
    }
    // A reference to itself, and to what refers back.
    let circle = "<Person s:id='p' s:ref='p'/><Victim s:id='v' s:ref='v'><RoleOfPerson s:ref='v'/></Victim>";
    assert_eq!(read(NIBRS, format!("{OPEN}{circle}{CLOSE}").as_bytes()), (1, Vec::new()));
}

#[test]
fn nibrs_segments_without_end() {
    let segment = |length: usize, level: u8, number: &str| {
        let head = format!("{length:04}{level}I062024    EX0010000{number:<12}");
        format!("{head:<length$}\n")
    };
    let incident = segment(87, 1, "1");
    refuses(NIBRS, "incidents", &filled("", &incident, ""), "too_many_entries");
    for (level, length) in [(2, 63), (3, 307), (4, 129), (5, 45), (6, 110), (8, 40)] {
        refuses(NIBRS, "segments", &filled(&incident, &segment(length, level, "1"), ""), "too_many_entries");
    }
    refuses(NIBRS, "a line", &filled("00871I", "0", "\n"), "text_too_long");
    refuses(NIBRS, "lines that are no segments", &filled(&incident, "SECRET\n", ""), "too_many_entries");
    let (leads, codes) = within_memory(NIBRS, "empty lines", &filled(&incident, "\n", ""));
    assert_eq!((leads, codes.len()), (1, 0));
}

/// The most victims, offenders and arrestees that sequence numbers can tell apart, each tied to as many as fit.
#[test]
fn the_largest_incident_of_nibrs_is_a_lead() {
    let segment = |length: usize, level: u8, fields: &str| {
        let head = format!("{length:04}{level}I062024    EX0010000{:<12}{fields}", "1");
        format!("{head:<length$}\n")
    };
    let offenses = ["64A", "64B", "13A", "13B", "100", "40A", "40B", "40C", "11A", "36B"];
    let related: String = (1..=10).map(|n| format!("{n:02}ST")).collect();
    let victim = |n: i32| format!("{n:03}{}I15  FWHN    {:<6}{related}", offenses.concat(), "");
    let text: String = [segment(87, 1, "20240603 22N")]
        .into_iter()
        .chain(offenses.iter().map(|code| segment(63, 2, &format!("{code}C"))))
        .chain((1..=999).map(|n| segment(129, 4, &victim(n))))
        .chain((1..=99).map(|n| segment(46, 5, &format!("{n:02}30  MWN"))))
        .chain((1..=99).map(|n| segment(110, 6, &format!("{n:02}A{n:<11}20240604T"))))
        .collect();
    assert_eq!(within_memory(NIBRS, "the largest incident", text.as_bytes()), (1, Vec::new()));
}
