//! Mail and labelled text.

use super::*;

const MAIL: &str = "_template/mail";
const LABELLED: &str = "_template/cybertip-text";

/// As many levels of parts around each other, each with a boundary of its own.
fn nested(levels: usize) -> String {
    let mut mail = "From: SECRET@example.org\r\n".to_owned();
    for level in 0..levels {
        mail.push_str(&format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n"));
    }
    mail.push_str("\r\nx\r\n");
    (0..levels).rev().for_each(|level| mail.push_str(&format!("--b{level}--\r\n")));
    mail
}

#[test]
fn mail_that_is_made_to_hurt() {
    let head = "From: SECRET@example.org\r\n";
    let mixed = "From: SECRET@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    refuses(MAIL, "depth 100,000", nested(100_000).as_bytes(), "too_deep");
    let mails = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    refuses(MAIL, "mails in mails", format!("{head}{mails}").as_bytes(), "too_deep");
    refuses(MAIL, "many parts", &filled(mixed, "--b\r\n\r\nx\r\n", "--b--\r\n"), "too_many_entries");
    refuses(MAIL, "parts of nothing", &filled(mixed, "--b\r\n", "--b--\r\n"), "too_many_entries");
    // Each would look for a boundary that never comes.
    let open = "--b\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\nx\r\n";
    refuses(MAIL, "boundaries that never come", &filled(mixed, open, "--b--\r\n"), "too_many_entries");
    let one = format!("{mixed}--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    let (leads, codes) =
        within_memory(MAIL, "one boundary for all", &filled(&one, "--b\r\n\r\n", "--b--\r\n"));
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    refuses(MAIL, "many fields", &filled(head, "A: b\r\n", "\r\nx"), "too_many_values");
    refuses(
        MAIL,
        "one field that goes on",
        &filled(&format!("{head}Subject: "), "SECRET\r\n ", "\r\n\r\nx"),
        "text_too_long",
    );
    refuses(
        MAIL,
        "a field of nobody that goes on",
        &filled(&format!("{head}X: "), "SECRET\r\n ", "\r\n\r\nx"),
        "text_too_long",
    );
    refuses(MAIL, "one text", &filled(&format!("{head}\r\n"), "SECRET ", ""), "text_too_long");
    let html = format!("{head}Content-Type: text/html\r\n\r\n");
    refuses(MAIL, "one page", &filled(&html, "<p>SECRET", ""), "text_too_long");
    let base64 = format!("{head}Content-Transfer-Encoding: base64\r\n\r\n");
    refuses(MAIL, "one text in base64", &filled(&base64, "U0VDUkVU", ""), "text_too_long");
    let utf16 = format!("{head}Content-Type: text/plain; charset=utf-16\r\n\r\n");
    refuses(MAIL, "one text in another charset", &filled(&utf16, "\0S", ""), "text_too_long");

    // Below every bound, and still work.
    let inside = "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\nTo: b@example.org\r\n\r\nSECRET\r\n";
    let mails = format!("{mixed}{}--b--\r\n", inside.repeat(3_000));
    let (leads, codes) = within_memory(MAIL, "many mails in a mail", mails.as_bytes());
    assert!(leads <= 1 && codes.len() <= 1, "{codes:?}");
    let words = "=?ab?q?_=?".repeat(6_000);
    for field in ["Subject", "To", "From", "Cc", "Reply-To", "Content-Description"] {
        let mail = format!("From: a@example.org\r\n{field}: {words}\r\n\r\nx\r\n");
        let (leads, codes) = within_memory(MAIL, "words that do not end", mail.as_bytes());
        assert!(leads <= 1 && codes.len() <= 1, "{field}: {codes:?}");
    }
    let parameters: String = (0..400).map(|n| format!("; a{n}*0*=''x")).collect();
    let part = format!("--b\r\nContent-Type: text/plain{parameters}\r\n\r\nx\r\n");
    let (leads, codes) = within_memory(MAIL, "parameters", &filled(mixed, &part, "--b--\r\n"));
    assert!(leads <= 1 && codes.len() <= 1, "{codes:?}");
    let tags = format!("{head}Content-Type: text/html\r\n\r\n{}", "<a href='".repeat(100_000));
    let (leads, codes) = within_memory(MAIL, "tags that do not end", tags.as_bytes());
    assert!(leads <= 1 && codes.len() <= 1, "{codes:?}");
    let addresses = format!("{head}To: {}\r\n\r\nx\r\n", "a@b,".repeat(16_000));
    let (leads, codes) = within_memory(MAIL, "addresses", addresses.as_bytes());
    assert!(leads <= 1 && codes.len() <= 1, "{codes:?}");
    let comments = format!("{head}To: {}\r\nDate: {}\r\n\r\nx\r\n", "(".repeat(60_000), "(".repeat(60_000));
    let (leads, codes) = within_memory(MAIL, "comments in comments", comments.as_bytes());
    assert!(leads <= 1 && codes.len() <= 1, "{codes:?}");
    let file = filled(&format!("{mixed}--b\r\nContent-Type: a/b; name=f\r\n\r\n"), "SECRET", "\r\n--b--\r\n");
    assert_eq!(within_memory(MAIL, "one file", &file), (1, vec![]));
    refuses(MAIL, "another encoding", &[0xfe, 0xff, 0, b'F'], "not_utf8");
    refuses(MAIL, "zeros", &filled("", "\0", ""), "not_mail");
    refuses(MAIL, "one byte too many", &vec![b' '; LIMIT + 1], "too_large");
}

#[test]
fn labelled_text_that_is_made_to_hurt() {
    let head = "A Report\nReport Number: 1\n";
    refuses(LABELLED, "one line", &filled("Text: ", "SECRET ", "\n"), "text_too_long");
    refuses(
        LABELLED,
        "one value over lines",
        &filled("Text: of lines\n", "SECRET x\n", ""),
        "too_many_values",
    );
    let (leads, codes) = within_memory(LABELLED, "empty lines", &filled(head, "\n", ""));
    assert_eq!((leads, codes), (1, vec![]));
    refuses(LABELLED, "many fields", &filled(head, "Aa: b\n", ""), "too_many_values");
    let items = format!("{head}List:\n{}", "- SECRET\n".repeat(5_000));
    refuses(LABELLED, "items", items.as_bytes(), "too_many_entries");
    let lines = format!("{head}{}", "\nSECRET\n".repeat(5_000));
    refuses(LABELLED, "lines of nobody", lines.as_bytes(), "too_many_entries");
    let line = format!("{}\n", "SECRETS ".repeat(30));
    let value = format!("{head}Text: it goes on\n{}", line.repeat(9_000));
    refuses(LABELLED, "one value", value.as_bytes(), "text_too_long");
    let wide: String = (0..9_000).map(|n| format!("Field {n}: x\n")).collect();
    let (leads, codes) = within_memory(LABELLED, "labels", format!("{head}{wide}").as_bytes());
    assert!(leads <= 1 && codes.len() <= 1, "{codes:?}");
    let groups = format!("{head}{}", "File 1:\nName: x\n\n".repeat(3_000));
    refuses(LABELLED, "groups", groups.as_bytes(), "too_many_entries");
    let sections = format!("{head}{}", "Section A: x\nName: y\n".repeat(3_000));
    refuses(LABELLED, "sections", sections.as_bytes(), "too_many_entries");
    refuses(LABELLED, "reports", &filled("", "A Report\nNo: 1\n", ""), "too_many_values");
    refuses(LABELLED, "reports below the bound of lines", head.repeat(3_000).as_bytes(), "too_many_entries");
    let deep: String = (0..3_000).map(|n| format!("{}Group {n}:\n", " ".repeat(n))).collect();
    let (leads, codes) = within_memory(LABELLED, "groups in groups", format!("{head}{deep}").as_bytes());
    assert!(leads <= 1 && codes.len() <= 1, "{codes:?}");
    let long = format!("{head}{}", ":".repeat(1_000_000));
    let (leads, codes) = within_memory(LABELLED, "colons", long.as_bytes());
    assert!(leads <= 1 && codes.len() <= 1, "{codes:?}");
    refuses(LABELLED, "zeros", &filled("", "\0", ""), "text_too_long");
    refuses(LABELLED, "one byte too many", &vec![b' '; LIMIT + 1], "too_large");
}
