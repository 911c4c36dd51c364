//! Reports of platforms in XML: every part that may repeat, as often as a message can hold it and as often as a list may.

use super::*;

const CYBERTIP: &str = "_template/cybertip";
const DIALECT: &str = "_template/cybertip-dialect";

/// A message filled with a part is refused; below the bound of lists it is read, or refused for what it holds.
#[track_caller]
fn repeats(name: &str, head: &str, part: &str, tail: &str) {
    let (leads, codes) = within_memory(name, part, &filled(head, part, tail));
    assert!(
        leads == 0 && matches!(codes.as_slice(), ["too_many_entries" | "too_many_values"]),
        "{part}: {codes:?}"
    );
    let below = format!("{head}{}{tail}", part.repeat(9_999));
    let (leads, codes) = within_memory(name, part, below.as_bytes());
    let bounded = ["too_many_items", "mapping_too_long", "too_many_values"];
    let refused = matches!(codes.as_slice(), [code] if bounded.contains(code));
    assert!((leads, codes.as_slice()) == (1, &[]) || (leads == 0 && refused), "{part}: {leads} {codes:?}");
}

#[test]
fn reports_of_platforms_that_are_made_to_hurt() {
    for part in [
        "<victim><victimPerson><age>9</age><phone>1</phone></victimPerson></victim>",
        "<internetDetails><webPageIncident><url>u</url></webPageIncident></internetDetails>",
        "<internetDetails><x>SECRET</x></internetDetails>",
        "<additionalInfo>SECRET</additionalInfo>",
        "<unheard>SECRET</unheard>",
    ] {
        repeats(CYBERTIP, "<report>", part, "</report>");
    }
    let user = "<report><personOrUserReported>";
    for part in [
        "<ipCaptureEvent><ipAddress>192.0.2.1</ipAddress></ipCaptureEvent>",
        "<screenName>SECRET</screenName>",
        "<priorCTReports>1</priorCTReports>",
        "<unheard>SECRET</unheard>",
    ] {
        repeats(CYBERTIP, user, part, "</personOrUserReported></report>");
    }
    let file = "<fileDetails><reportId>1</reportId><fileId>2</fileId>";
    repeats(CYBERTIP, file, "<originalFileHash hashType='MD5'>SECRET</originalFileHash>", "</fileDetails>");
    repeats(
        CYBERTIP,
        file,
        "<details><nameValuePair><name>a</name></nameValuePair></details>",
        "</fileDetails>",
    );
    let wide =
        |prefix: &str| -> String { (0..100_000).map(|n| format!("<{prefix}{n}>x</{prefix}{n}>")).collect() };
    for (name, head, tail) in [(CYBERTIP, "<report>", "</report>"), (DIALECT, "<Report>", "</Report>")] {
        for prefix in ["a", "Subject"] {
            let report = format!("{head}{}{tail}", wide(prefix));
            let (leads, codes) = within_memory(name, prefix, report.as_bytes());
            assert!(leads <= 1 && codes.len() <= 1, "{name}: {codes:?}");
        }
    }
}

#[test]
fn batches_that_are_made_to_hurt() {
    for part in [
        "<Subject><Email>SECRET</Email></Subject>",
        "<FileDetails><MD5>SECRET</MD5></FileDetails>",
        "<RelatedReport>1</RelatedReport>",
        "<SubjectEmail>SECRET</SubjectEmail>",
        "<Unheard>SECRET</Unheard>",
    ] {
        repeats(DIALECT, "<Report>", part, "</Report>");
    }
    refuses(DIALECT, "a batch", &filled("<Reports>", "<Report/>", "</Reports>"), "too_many_entries");
    let batch = format!("<Reports>{}</Reports>", "<Report><IsUrgent>true</IsUrgent></Report>".repeat(5_000));
    assert_eq!(within_memory(DIALECT, "a batch below the bound", batch.as_bytes()).0, 5_000);
    let nested = format!("{}{}", "<Reports><Report>".repeat(20), "</Report></Reports>".repeat(20));
    refuses(DIALECT, "batches in batches", nested.as_bytes(), "empty_lead");
}
