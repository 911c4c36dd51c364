#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value as Json, json};

use super::*;
use crate::digest;

fn decode(mail: &[u8], limits: &Limits) -> Result<Json, Reason> {
    match Mail.decode(mail, limits)? {
        Decoded::Tree(tree) => Ok(serde_json::from_slice(&digest::to_json(&tree)).unwrap()),
        _ => panic!("mail gives trees"),
    }
}

/// Lines end as they do in transit.
fn read(mail: &str) -> Result<Json, Reason> {
    decode(mail.replace('\n', "\r\n").as_bytes(), &Limits::default())
}

fn tree(mail: &str) -> Json {
    read(mail).unwrap_or_else(|reason| panic!("{reason:?}\n{mail}"))
}

fn code(mail: &str) -> String {
    read(mail).unwrap_err().code.to_string()
}

/// A mail of one part with these fields.
fn with(fields: &str) -> Json {
    tree(&format!("From: ann@example.org\n{fields}\n\ntext\n"))
}

#[test]
fn header_fields_are_unfolded_and_decoded() {
    for (fields, field, wanted) in [
        ("Subject: =?UTF-8?Q?Zo=C3=AB?= =?utf-8?b?IEU=?=", "subject", json!("Zoë E")),
        ("Subject: two\n lines", "subject", json!("two lines")),
        ("SUBJECT: x", "subject", json!("x")),
        ("Message-ID: <1@example.org>", "message_id", json!("1@example.org")),
        ("References: <1@x>\n <2@x>", "references", json!(["1@x", "2@x"])),
        ("In-Reply-To: <1@x>", "in_reply_to", json!(["1@x"])),
        ("Date: Tue, 3 Feb 2026 14:05:06 +0000 (UTC)", "date", json!("Tue, 3 Feb 2026 14:05:06 +0000")),
        ("Date: 3 Feb 2026 14:05 EST", "date", json!("3 Feb 2026 14:05 -0500")),
        ("Date: 3 Feb 2026 14:05", "date", json!("3 Feb 2026 14:05")),
        (
            "Received: from a by b (c; d); 3 Feb 2026 14:05 GMT\nReceived: x; y",
            "received",
            json!("3 Feb 2026 14:05 +0000"),
        ),
        ("Auto-Submitted: Auto-Replied (vacation)", "auto_submitted", json!("auto-replied")),
        ("Return-Path: <>", "null_sender", json!(true)),
        ("Return-Path: <ann@example.org>", "null_sender", Json::Null),
        ("X-Own: =?x", "headers", json!([{ "name": "X-Own", "text": "=?x" }])),
        (
            "To: Ann <a@x>, \"B, C\" <b@x>",
            "to",
            json!([{ "name": "Ann", "address": "a@x" }, { "name": "B, C", "address": "b@x" }]),
        ),
        (
            "Cc: Team: a@x, b@x;",
            "cc",
            json!([{ "group": "Team", "address": "a@x" }, { "group": "Team", "address": "b@x" }]),
        ),
        ("Bcc: undisclosed:;", "bcc", json!([{ "group": "undisclosed" }])),
        ("Sender: s@x\nReply-To: r@x", "reply_to", json!([{ "address": "r@x" }])),
        ("Content-Type: text/plain; charset=utf-8", "content_type", json!("text/plain")),
    ] {
        assert_eq!(with(fields)[field], wanted, "{fields}");
    }
}

#[test]
fn doubts_about_the_header_are_said() {
    for (fields, warnings) in [
        ("Subject: x", Json::Null),
        ("Subject: x\nSubject: y", json!(["statements_contradict:other"])),
        ("Content-Type: text/plain; charset=x-unheard", json!(["form_bent:narrative"])),
        ("Content-Transfer-Encoding: base64", json!(["form_bent:narrative"])),
    ] {
        let mail = format!("From: ann@example.org\n{fields}\n\nno *base64*\n");
        assert_eq!(tree(&mail)["warnings"], warnings, "{fields}");
    }
    let latin = b"From: ann@example.org\nSubject: caf\xe9\n\nx\n";
    let read = decode(latin, &Limits::default()).unwrap();
    assert_eq!((&read["subject"], &read["warnings"]), (&json!("caf\u{fffd}"), &json!(["form_bent:other"])));
    let mailbox = tree("From ann Tue Feb  3\nFrom: ann@example.org\n\nx\n");
    assert_eq!((&mailbox["text"], &mailbox["warnings"]), (&json!("x"), &json!(["form_bent:other"])));
}

/// A multipart with a boundary `b` of these parts, each from its header on.
fn parts(kind: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\n{part}\n")).collect();
    format!(
        "From: ann@example.org\nContent-Type: multipart/{kind}; boundary=b\n\npreamble\n{parts}--b--\nepilogue\n"
    )
}

#[test]
fn the_text_is_what_its_writer_wrote() {
    let (plain, html) =
        ("Content-Type: text/plain\n\nplain", "Content-Type: text/html\n\n<p>ht<b>ml</b></p>");
    let (blank, file) = ("\n ", "Content-Type: text/plain; name=a.txt\n\nfile");
    for (mail, text, form) in [
        ("From: a@x\n\nas it is\n\n".to_owned(), "as it is", "plain"),
        ("From: a@x\nContent-Type: text/html\n\n<p>one</p>".to_owned(), "one", "html"),
        (parts("alternative", &[plain, html]), "plain", "plain"),
        (parts("alternative", &[html, plain]), "plain", "plain"),
        (parts("alternative", &[html]), "html", "html"),
        (parts("alternative", &[blank, html]), "html", "html"),
        (parts("mixed", &[plain, file, "\nfooter"]), "plain\n\nfooter", "plain"),
        // A footer of a list is no reason to lose the mail.
        (parts("mixed", &[html, "\nfooter"]), "html\n\nfooter", "plain"),
        (parts("mixed", &[html, html]), "html\n\nhtml", "html"),
        (parts("related", &[html, "Content-Type: image/png\nContent-ID: <i>\n\nx"]), "html", "html"),
        (parts("unheard-of", &["\nno type"]), "no type", "plain"),
    ] {
        let tree = tree(&mail);
        assert_eq!((&tree["text"], &tree["text_form"]), (&json!(text), &json!(form)), "{mail}");
    }
}

#[test]
fn files_are_hashes_and_never_bytes() {
    let file = |fields: &str, body: &str| {
        tree(&parts("mixed", &["\ntext", &format!("{fields}\n\n{body}")]))["files"][0].clone()
    };
    let hello = json!({
        "size": 5,
        "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "md5": "5d41402abc4b2a76b9719d911017c592",
    });
    let with = |more: Json| {
        let mut all = hello.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    for (fields, body, wanted) in [
        (
            "Content-Type: image/PNG; name=a.png\nContent-Transfer-Encoding: base64\nContent-ID: <c>\nContent-Description: d",
            "aGVs\nbG8=",
            with(
                json!({ "name": "a.png", "media_type": "image/png", "content_id": "c", "description": "d" }),
            ),
        ),
        (
            "Content-Disposition: attachment; filename*0*=utf-8''%C3%A4; filename*1=b.txt",
            "hello",
            with(json!({ "name": "äb.txt", "media_type": "text/plain", "disposition": "attachment" })),
        ),
        (
            "Content-Type: application/pdf\nContent-Disposition: inline; filename=\"=?utf-8?q?=C3=A4?=\"\nContent-Transfer-Encoding: quoted-printable",
            "he=6Clo",
            with(json!({ "name": "ä", "media_type": "application/pdf", "disposition": "inline" })),
        ),
        // Hashes of what nobody sent would be hashes of nothing.
        (
            "Content-Type: application/pdf\nContent-Transfer-Encoding: base64",
            "*",
            json!({ "media_type": "application/pdf" }),
        ),
    ] {
        assert_eq!(file(fields, body), wanted, "{fields}");
    }
    let bad = tree(&parts("mixed", &["Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n*"]));
    assert_eq!(bad["warnings"], json!(["form_bent:files[0]"]));
    assert!(!tree(&parts("mixed", &["Content-Type: a/b\n\nSECRET"])).to_string().contains("SECRET"));
}

#[test]
fn mails_inside_are_one_flat_list() {
    let inner = "Content-Type: message/rfc822\n\nFrom: b@x\nSubject: one\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nsaid\n--c\nContent-Type: message/rfc822\n\nFrom: c@x\n\ndeep\n--c\nContent-Type: a/b; name=f\n\nx\n--c--";
    let read = tree(&parts("mixed", &["\nouter", inner]));
    assert_eq!(read["text"], json!("outer"));
    let mails: Vec<_> = read["mails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (&m["level"], &m["text"], &m["from"][0]["address"]))
        .collect();
    assert_eq!(
        mails,
        [(&json!(1), &json!("said"), &json!("b@x")), (&json!(2), &json!("deep"), &json!("c@x"))]
    );
    assert_eq!((&read["files"][0]["name"], &read["files"][0]["level"]), (&json!("f"), &json!(1)));
    let digest = tree(&parts("digest", &["\nFrom: b@x\n\nin a digest"]));
    assert_eq!(digest["mails"][0]["text"], json!("in a digest"));
    let encoded = tree(&parts(
        "mixed",
        &["Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nRnJvbTogYkB4CgpoaQo="],
    ));
    assert_eq!(encoded["mails"][0]["text"], json!("hi"));
    // Bounces cut what they return.
    let cut = tree(&parts(
        "mixed",
        &[
            "\nouter",
            "Content-Type: message/rfc822\n\nFrom: b@x\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nsa",
        ],
    ));
    assert_eq!((&cut["mails"][0]["text"], &cut["warnings"]), (&json!("sa"), &json!(["form_bent:texts"])));
}

#[test]
fn boundaries_are_whole_lines() {
    let read = tree(&parts(
        "mixed",
        &["\n--bb\n--b x\nin --b the line\n --b\n", "Content-Type: text/plain\n\nsecond"],
    ));
    assert_eq!(read["text"], json!("--bb\n--b x\nin --b the line\n --b\n\nsecond"));
    let spaced = parts("mixed", &["\none"]).replace("--b--\n", "--b-- \t\n");
    assert_eq!(tree(&spaced)["text"], json!("one"));
    assert_eq!(
        tree(&parts("report; report-type=Delivery-Status", &["\nx"]))["report_type"],
        json!("delivery-status")
    );
}

#[test]
fn what_is_no_mail_has_a_typed_reason() {
    for (mail, wanted) in [
        ("", "not_mail"),
        ("prose, and no field\n\ntext", "not_mail"),
        ("To: a@x\n\ntext", "not_mail"),
        ("From: a@x\nno field\n\ntext", "not_mail"),
        ("<mail>From: a@x</mail>", "not_mail"),
        ("{\"From\": 1}", "not_mail"),
        ("From: a@x\nSubject: the header does not end", "truncated"),
        ("From: a@x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n", "truncated"),
        ("From: a@x\nContent-Type: multipart/mixed; boundary=b\n\nno part", "truncated"),
        ("From: a@x\n\n", "empty_submission"),
        ("From: a@x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n--b--\n", "empty_submission"),
    ] {
        assert_eq!(code(mail), wanted, "{mail}");
    }
    let reason = decode(b"\xff\xfeF\0r\0", &Limits::default()).unwrap_err();
    assert_eq!(reason.code, "not_utf8");
    let marked = [&b"\xef\xbb\xbf"[..], b"From: a@x\n\nx"].concat();
    assert_eq!(decode(&marked, &Limits::default()).unwrap()["text"], json!("x"));
}

#[test]
fn every_limit_holds() {
    let limits = Limits { depth: 4, entries: 3, values: 40, text_bytes: 50, ..Limits::default() };
    let nested = |n: usize| {
        (0..n).rev().fold("\nx".to_owned(), |inner, level| {
            format!(
                "Content-Type: multipart/mixed; boundary=n{level}n\n\n--n{level}n\n{inner}\n--n{level}n--\n"
            )
        })
    };
    let mail = |rest: &str| format!("From: a@x\n{rest}");
    for (rest, wanted) in [
        (nested(2), None),
        (nested(4), Some("too_deep")),
        (parts("mixed", &["\na", "\nb"])[22..].to_owned(), None),
        (parts("mixed", &["\na", "\nb", "\nc"])[22..].to_owned(), Some("too_many_entries")),
        (parts("mixed", &["\na"; 5])[22..].to_owned(), Some("too_many_entries")),
        (format!("{}\n\nx", "A: b\n".repeat(50).trim_end()), Some("too_many_values")),
        (format!("To: {}\n\nx", "a@x,".repeat(20)), Some("too_many_values")),
        (format!("References: {}\n\nx", "<a@x>".repeat(50)), Some("too_many_values")),
        (format!("\n{}", "x".repeat(51)), Some("text_too_long")),
        (format!("X: {}\n\nx", "x".repeat(51)), Some("text_too_long")),
        (
            parts("mixed", &[&format!("\n{}", "a".repeat(30)), &format!("\n{}", "b".repeat(30))])[22..]
                .to_owned(),
            Some("text_too_long"),
        ),
        (format!("Content-Type: text/plain; x={}\n\nx", "x".repeat(5_000)), Some("text_too_long")),
        (format!("Subject: {}\n\nx", "x".repeat(70_000)), Some("text_too_long")),
    ] {
        let reason = decode(mail(&rest).as_bytes(), &limits).err().map(|reason| reason.code.to_string());
        assert_eq!(reason.as_deref(), wanted, "{rest:.100}");
    }
}
