//! The tree of a mail. Its fields, each there only if the mail says it:
//!
//! ```text
//! message_id, subject, date          texts; the date without its comments
//! received                           when the last server took it, of the first field `Received`
//! from, sender, reply_to, to, cc, bcc    lists of { name, address, group }
//! in_reply_to, references            lists of message identifiers
//! text, text_form                    what it says; "plain", or "html" where it was reduced from that
//! content_type, report_type          of the whole, and of a multipart/report
//! auto_submitted, precedence, list_id, null_sender
//! headers                            every other field: { name, text }
//! files                              of it and of mails inside it: { name, media_type, disposition, description,
//!                                    content_id, size, sha256, md5, level }
//! mails                              those inside it, in one list, with the fields above, `number` and `level`, from 1
//! warnings
//! ```

use std::collections::BTreeSet;

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use super::Budget;
use super::fields::{self, Head};
use super::parts::{self, Kind, Place};
use crate::reason::ReasonCode;
use crate::source::Limits;

/// Fields that have a place of their own in the tree, or say how the bytes are written.
const KNOWN: [&str; 22] = [
    "message-id",
    "subject",
    "date",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "in-reply-to",
    "references",
    "auto-submitted",
    "precedence",
    "list-id",
    "return-path",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-language",
    "content-id",
    "content-description",
];

/// What is gathered over all parts.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) files: Vec<Value>,
    mails: Vec<Value>,
    warnings: BTreeSet<String>,
}

impl Entry {
    pub(super) fn warn(&mut self, warning: &str) {
        self.warnings.insert(warning.to_owned());
    }

    /// A mail inside the mail. One that is none is a text that somebody called one.
    pub(super) fn mail(&mut self, budget: &mut Budget<'_>, bytes: &[u8], place: Place) -> Result<(), Reason> {
        let (head, body) = fields::split(bytes, false, budget)?;
        // Reserved, so that a mail stands before those inside it.
        let index = self.mails.len();
        self.mails.push(Value::Null);
        if head.bent {
            self.warn("form_bent:texts");
        }
        let mut tree = fields_of(self, budget, &head, body.unwrap_or_default(), place)?;
        for (field, number) in [("number", index + 1), ("level", place.level)] {
            tree.insert(field.into(), Value::Integer(i64::try_from(number).unwrap_or(i64::MAX)));
        }
        if let Some(reserved) = self.mails.get_mut(index) {
            *reserved = Value::Object(tree);
        }
        Ok(())
    }
}

/// The tree of a message.
pub(super) fn entry(value: &[u8], limits: &Limits) -> Result<Value, Reason> {
    let mut budget = Budget::new(limits);
    let mut entry = Entry::default();
    let (head, body) = fields::split(value, true, &mut budget)?;
    let Some(body) = body else {
        return Err(match head.has("From") {
            true => ReasonCode::Truncated.with("the mail ends in its header"),
            false => ReasonCode::NotMail.with("expected header fields, then an empty line"),
        });
    };
    if !head.has("From") {
        return Err(ReasonCode::NotMail.with("expected a field `From`, which every mail has"));
    }
    if head.bent {
        entry.warn("form_bent:other");
    }
    let place = Place { depth: 1, level: 0, in_digest: false };
    let mut tree = fields_of(&mut entry, &mut budget, &head, body, place)?;
    let says = ["subject", "text"].iter().any(|field| tree.contains_key(*field));
    if !says && entry.files.is_empty() && entry.mails.is_empty() {
        return Err(ReasonCode::EmptySubmission.with("expected a subject, a text or a file"));
    }
    let warnings = entry.warnings.into_iter().map(Value::from).collect();
    for (field, list) in [("files", entry.files), ("mails", entry.mails), ("warnings", warnings)] {
        if !list.is_empty() {
            tree.insert(field.into(), Value::Array(list));
        }
    }
    Ok(Value::Object(tree))
}

fn fields_of(
    entry: &mut Entry,
    budget: &mut Budget<'_>,
    head: &Head<'_>,
    body: &[u8],
    place: Place,
) -> Result<ObjectMap, Reason> {
    let mut tree = ObjectMap::new();
    if !head.is_utf8() {
        entry.warn("form_bent:other");
    }
    // Each may be there once; of two the first is read, which not every program does.
    if ["From", "Subject", "Date", "Message-ID", "Content-Type"].iter().any(|name| head.repeats(name)) {
        entry.warn("statements_contradict:other");
    }
    let mut put = |field: &str, text: Option<String>| {
        if let Some(text) = text {
            tree.insert(field.into(), Value::from(text));
        }
    };
    put("subject", head.text("Subject", budget)?);
    put("date", head.date("Date", budget)?);
    put("received", head.date("Received", budget)?);
    for (field, name) in
        [("auto_submitted", "Auto-Submitted"), ("precedence", "Precedence"), ("language", "Content-Language")]
    {
        put(field, head.without_comments(name, budget)?.map(|text| text.to_ascii_lowercase()));
    }
    put("list_id", head.text("List-Id", budget)?);
    if head.without_comments("Return-Path", budget)?.as_deref() == Some("<>") {
        tree.insert("null_sender".into(), Value::Boolean(true));
    }
    if let Some(id) = head.ids("Message-ID", budget)?.into_iter().next() {
        tree.insert("message_id".into(), id);
    }
    for (field, name) in [("in_reply_to", "In-Reply-To"), ("references", "References")] {
        put_list(&mut tree, field, head.ids(name, budget)?);
    }
    for (field, name) in [
        ("from", "From"),
        ("sender", "Sender"),
        ("reply_to", "Reply-To"),
        ("to", "To"),
        ("cc", "Cc"),
        ("bcc", "Bcc"),
    ] {
        put_list(&mut tree, field, head.mailboxes(name, budget)?);
    }
    put_list(&mut tree, "headers", head.others(&KNOWN, budget)?);
    if let Some(stated) = head.parameters("Content-Type", budget)? {
        let kind = Kind::of(Some(&stated), false);
        if kind.is("multipart", Some("report"))
            && let Some(report) = stated.attribute("report-type")
        {
            tree.insert("report_type".into(), Value::from(report.to_ascii_lowercase()));
        }
        tree.insert("content_type".into(), Value::from(kind.to_string()));
    }
    let said = parts::part(entry, budget, head, body, place)?;
    let form = if said.is_plain() { "plain" } else { "html" };
    let text = said.best();
    if !text.trim().is_empty() {
        tree.insert("text".into(), Value::from(text.trim_end()));
        tree.insert("text_form".into(), Value::from(form));
    }
    Ok(tree)
}

fn put_list(tree: &mut ObjectMap, field: &str, list: Vec<Value>) {
    if !list.is_empty() {
        tree.insert(field.into(), Value::Array(list));
    }
}
