#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

fn check(
    text: &str,
    zone: Option<&str>,
    formats: &[&str],
) -> (Option<String>, Option<String>, Option<String>) {
    let mut moment = Moment { text: text.into(), zone: zone.map(Into::into), ..Moment::default() };
    let formats: Vec<String> = formats.iter().map(|f| (*f).to_owned()).collect();
    let warning = canonicalise(&mut moment, &formats).map(|w| w.code().to_owned());
    let again = moment.clone();
    let second = canonicalise(&mut moment, &formats).map(|w| w.code().to_owned());
    assert!(moment == again && second == warning, "canonicalising twice changes {text}");
    let instant = moment.instant.map(|i| Timestamp::from_microsecond(i.0).unwrap().to_string());
    (instant, moment.local, warning)
}

#[test]
fn reads_iso_8601_as_exactly_as_it_is_given() {
    let some = |s: &str| Some(s.to_owned());
    for (text, instant, local, warning) in [
        ("2024-01-15T14:30:00Z", some("2024-01-15T14:30:00Z"), None, None),
        ("2026-03-16T02:22:16.998Z", some("2026-03-16T02:22:16.998Z"), None, None),
        ("2024-01-15 14:30:00+02:00", some("2024-01-15T12:30:00Z"), None, None),
        ("2024-01-15T14:30:00-0600", some("2024-01-15T20:30:00Z"), None, None),
        ("2024-01-15T14:30:00", None, some("2024-01-15T14:30:00"), some("no_time_zone")),
        ("2024-01-15 14:30", None, some("2024-01-15T14:30"), some("no_time_zone")),
        ("2024-01-15", None, some("2024-01-15"), None),
        ("2024-01", None, some("2024-01"), None),
        ("2024", None, some("2024"), None),
        (" 2024-02-29 ", None, some("2024-02-29"), None),
        ("2023-02-29", None, None, some("date_not_valid")),
        ("2024-13", None, None, some("date_not_valid")),
        ("2024-01-15T25:00:00Z", None, None, some("date_not_valid")),
        ("2024-01-15T10:00:00+99:00", None, None, some("date_not_valid")),
        ("2024-01-15T10:00:00 somewhere", None, None, some("date_not_valid")),
        ("0099", None, None, some("date_not_understood")),
        ("yesterday", None, None, some("date_not_understood")),
        ("03/04/2024", None, None, some("date_not_understood")),
        ("20240115", None, None, some("date_not_understood")),
        ("é2024-01-15", None, None, some("date_not_understood")),
    ] {
        assert_eq!(check(text, None, &[]), (instant, local, warning), "{text}");
    }
}

#[test]
fn a_zone_given_with_it_makes_an_instant_unless_the_clock_was_changed() {
    let some = |s: &str| Some(s.to_owned());
    for (text, zone, instant, warning) in [
        ("2024-01-15T14:30:00", "America/New_York", some("2024-01-15T19:30:00Z"), None),
        ("2024-07-15T14:30:00", "America/New_York", some("2024-07-15T18:30:00Z"), None),
        ("2024-01-15T14:30:00", "-06:00", some("2024-01-15T20:30:00Z"), None),
        ("2024-01-15T14:30:00", "+0530", some("2024-01-15T09:00:00Z"), None),
        ("2024-01-15T14:30:00", "UTC", some("2024-01-15T14:30:00Z"), None),
        ("2024-03-10T02:30:00", "America/New_York", None, some("ambiguous_time")),
        ("2024-11-03T01:30:00", "America/New_York", None, some("ambiguous_time")),
        ("2024-01-15T14:30:00", "Atlantis/Capital", None, some("unknown_time_zone")),
        ("2024-01-15T14:30:00", "+9", None, some("unknown_time_zone")),
        ("2024-01-15T14:30:00", "", None, some("unknown_time_zone")),
    ] {
        let (got, local, warned) = check(text, Some(zone), &[]);
        assert_eq!((got, warned), (instant, warning), "{text} {zone}");
        assert!(local.is_some());
    }
}

#[test]
fn reads_the_forms_of_the_source() {
    let formats = &["%d/%m/%Y %H:%M", "%d/%m/%Y", "%m/%Y", "%d/%m/%Y %H:%M %z"];
    let some = |s: &str| Some(s.to_owned());
    for (text, instant, local, warning) in [
        ("15/01/2024 14:30", None, some("2024-01-15T14:30"), some("no_time_zone")),
        ("15/01/2024", None, some("2024-01-15"), None),
        ("01/2024", None, some("2024-01"), None),
        ("15/01/2024 14:30 -0600", some("2024-01-15T20:30:00Z"), None, None),
        ("31/02/2024", None, None, some("date_not_valid")),
        ("hace tres meses", None, None, some("date_not_understood")),
    ] {
        assert_eq!(check(text, None, formats), (instant, local, warning), "{text}");
    }
}

#[test]
fn a_format_is_known_by_reading_what_it_writes() {
    for format in ["%d/%m/%Y %H:%M", "%m/%Y", "%Y", "%d %b %Y", "%d/%m/%Y %H:%M:%S %z", "%m/%d/%y %I:%M %p"] {
        assert!(is_format(format), "{format}");
    }
    // A zone by name needs its offset beside it.
    for format in ["%F %T %Q", "", "dd/mm/yyyy", "%d/%m", "%H:%M", "%Y-%&", "%"] {
        assert!(!is_format(format), "{format}");
    }
}

#[test]
fn what_the_submission_knows_stays_where_the_text_says_nothing() {
    let mut moment =
        Moment { local: Some("2024-01".into()), text: "enero de 2024".into(), ..Moment::default() };
    assert_eq!(canonicalise(&mut moment, &[]), None);
    assert_eq!(moment.local.as_deref(), Some("2024-01"));
}

#[test]
fn a_birth_date_has_no_time() {
    for (text, local) in [
        ("1989-03-15T00:00:00Z", "1989-03-15"),
        ("1989-03-15T00:00:00+09:00", "1989-03-15"),
        ("1989-03-15 00:00:00", "1989-03-15"),
        ("1989-03", "1989-03"),
    ] {
        let mut moment = Moment { text: text.into(), ..Moment::default() };
        assert_eq!(canonicalise_date(&mut moment, &[]), None, "{text}");
        assert_eq!(moment.local.as_deref(), Some(local), "{text}");
        assert_eq!(moment.instant, None);
    }
}

#[test]
fn eight_digits_may_leave_day_and_month_open() {
    let some = |s: &str| Some(s.to_owned());
    for (text, formats, local, warning) in [
        ("19880517", &["%Y%m%d"][..], some("1988-05-17"), None),
        ("19880500", &["%Y%m%d"], some("1988-05"), None),
        ("19880000", &["%Y%m%d"], some("1988"), None),
        ("19881300", &["%Y%m%d"], None, some("date_not_valid")),
        ("19880017", &["%Y%m%d"], None, some("date_not_understood")),
        ("00000000", &["%Y%m%d"], None, some("date_not_understood")),
        ("19880500", &["%d%m%Y"], None, some("date_not_understood")),
        ("19880500", &[], None, some("date_not_understood")),
    ] {
        assert_eq!(check(text, None, formats), (None, local, warning), "{text}");
    }
}
