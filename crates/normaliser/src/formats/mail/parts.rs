//! The parts of a mail: which of them its writer says, which are files, which are mails of their own.

use std::borrow::Cow;

use mail_parser::ContentType;
use md5::Md5;
use pipeline::Reason;
use sha2::{Digest, Sha256};
use vrl::value::{ObjectMap, Value};

use super::fields::{self, Head, next_line};
use super::tree::Entry;
use super::{Budget, body, html};
use crate::reason::ReasonCode;

/// What a part says, as its writer wrote it and as it was reduced from HTML.
#[derive(Debug, Default)]
pub(super) struct Said {
    plain: String,
    html: String,
}

impl Said {
    /// What counts: the writer's own, if there is any.
    pub(super) fn best(self) -> String {
        if self.is_plain() { self.plain } else { self.html }
    }

    pub(super) fn is_plain(&self) -> bool {
        !self.plain.trim().is_empty()
    }

    fn is_html_alone(&self) -> bool {
        !self.is_plain() && !self.html.trim().is_empty()
    }
}

/// Where a part stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// How many parts are around it.
    pub(super) depth: usize,
    /// How many mails are around it.
    pub(super) level: usize,
    /// Whether a part without a type is a mail, as in `multipart/digest`.
    pub(super) in_digest: bool,
}

impl Place {
    pub(super) fn inside(self) -> Self {
        Self { depth: self.depth + 1, in_digest: false, ..self }
    }

    /// The field of a lead that warnings of a text name.
    fn text_path(self) -> &'static str {
        if self.level == 0 { "narrative" } else { "texts" }
    }
}

/// Reads a part. Recursion is bounded by the limit of depth, which is at most 100.
pub(super) fn part(
    entry: &mut Entry,
    budget: &mut Budget<'_>,
    head: &Head<'_>,
    body: &[u8],
    place: Place,
) -> Result<Said, Reason> {
    if place.depth >= budget.limits.depth {
        return Err(ReasonCode::TooDeep.with("parts are nested deeper than limits.depth"));
    }
    budget.part()?;
    let stated = head.parameters("Content-Type", budget)?;
    let kind = Kind::of(stated.as_ref(), place.in_digest);
    if kind.is("multipart", None)
        && let Some(boundary) = stated.as_ref().and_then(|stated| stated.attribute("boundary"))
    {
        return multipart(entry, budget, &kind, boundary.as_bytes(), body, place);
    }
    let encoding = head.text("Content-Transfer-Encoding", budget)?;
    let bytes = body::bytes(body, encoding.as_deref());
    if kind.is("message", Some("rfc822")) || kind.is("message", Some("global")) {
        if let Some(bytes) = bytes {
            entry.mail(budget, &bytes, Place { level: place.level + 1, ..place.inside() })?;
            return Ok(Said::default());
        }
        entry.warn("form_bent:texts");
        return Ok(Said::default());
    }
    let disposition = head.parameters("Content-Disposition", budget)?;
    let name = file_name(disposition.as_ref(), stated.as_ref());
    let is_file = name.is_some() || disposition.as_ref().is_some_and(ContentType::is_attachment);
    let is_html = kind.is("text", Some("html"));
    if !is_file && (is_html || kind.is("text", Some("plain"))) {
        let bytes = bytes.unwrap_or_else(|| {
            entry.warn(&format!("form_bent:{}", place.text_path()));
            Cow::Borrowed(body)
        });
        budget.text(bytes.len())?;
        let read = body::text(&bytes, stated.as_ref().and_then(|stated| stated.attribute("charset")));
        budget.text(read.text.len())?;
        if !read.is_sure {
            entry.warn(&format!("form_bent:{}", place.text_path()));
        }
        return Ok(if is_html {
            Said { html: html::text(&read.text), ..Said::default() }
        } else {
            Said { plain: read.text, ..Said::default() }
        });
    }
    let mut file = ObjectMap::new();
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            file.insert(field.into(), value);
        }
    };
    put("name", name.map(Value::from));
    put("media_type", Some(Value::from(kind.to_string())));
    put("disposition", disposition.map(|disposition| Value::from(disposition.c_type.to_ascii_lowercase())));
    put("description", head.text("Content-Description", budget)?.map(Value::from));
    put("content_id", head.ids("Content-ID", budget)?.into_iter().next());
    put("level", (place.level > 0).then(|| Value::from(i64::try_from(place.level).unwrap_or(i64::MAX))));
    match bytes {
        Some(bytes) => {
            put("size", i64::try_from(bytes.len()).ok().map(Value::Integer));
            put("sha256", Some(Value::from(lead::ident::hex(&Sha256::digest(&bytes)))));
            put("md5", Some(Value::from(lead::ident::hex(&Md5::digest(&bytes)))));
        }
        // Hashes of bytes that nobody sent would be hashes of nothing.
        None => entry.warn(&format!("form_bent:files[{}]", entry.files.len())),
    }
    budget.values(file.len())?;
    entry.files.push(Value::Object(file));
    Ok(Said::default())
}

fn multipart(
    entry: &mut Entry,
    budget: &mut Budget<'_>,
    kind: &Kind,
    boundary: &[u8],
    body: &[u8],
    place: Place,
) -> Result<Said, Reason> {
    let (parts, is_closed) = divide(body, boundary, budget)?;
    if !is_closed {
        // A mail in a mail may be cut, as bounces do; of the mail itself something is missing.
        if place.level == 0 && place.depth == 1 {
            return Err(ReasonCode::Truncated.with("the mail ends before the end of its parts"));
        }
        entry.warn(&format!("form_bent:{}", place.text_path()));
    }
    let inner = Place { in_digest: kind.is("multipart", Some("digest")), ..place.inside() };
    let mut said = Vec::new();
    for bytes in parts {
        let (head, body) = fields::split(bytes, false, budget)?;
        if head.bent {
            entry.warn(&format!("form_bent:{}", place.text_path()));
        }
        said.push(part(entry, budget, &head, body.unwrap_or_default(), inner)?);
    }
    join(said, kind.is("multipart", Some("alternative")), budget)
}

/// Alternatives say the same, and of each form the first that says anything is taken. Other parts follow each other.
fn join(said: Vec<Said>, alternatives: bool, budget: &Budget<'_>) -> Result<Said, Reason> {
    let mut joined = Said::default();
    let html_alone = !said.iter().any(Said::is_plain);
    for said in said {
        if alternatives {
            for (to, from) in [(&mut joined.plain, said.plain), (&mut joined.html, said.html)] {
                if to.trim().is_empty() {
                    *to = from;
                }
            }
            continue;
        }
        let to = if html_alone && said.is_html_alone() { &mut joined.html } else { &mut joined.plain };
        let text = said.best();
        if text.trim().is_empty() {
            continue;
        }
        budget.text(to.len() + text.len() + 2)?;
        if !to.is_empty() {
            to.push_str(if to.ends_with('\n') { "\n" } else { "\n\n" });
        }
        to.push_str(&text);
    }
    Ok(joined)
}

/// The parts between the lines of a boundary, and whether the last such line was there.
fn divide<'m>(body: &'m [u8], boundary: &[u8], budget: &Budget<'_>) -> Result<(Vec<&'m [u8]>, bool), Reason> {
    let mut parts = Vec::new();
    let (mut rest, mut start) = (body, None);
    while !rest.is_empty() {
        let at = body.len() - rest.len();
        let (line, after) = next_line(rest);
        rest = after;
        let Some(tail) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)) else {
            continue;
        };
        let ends = tail.starts_with(b"--");
        if !tail.strip_prefix(b"--").unwrap_or(tail).trim_ascii().is_empty() {
            continue;
        }
        if let Some(start) = start {
            // The end of the line before belongs to the boundary.
            let part: &[u8] = body.get(start..at).unwrap_or_default();
            let part = part.strip_suffix(b"\n").unwrap_or(part);
            parts.push(part.strip_suffix(b"\r").unwrap_or(part));
            if parts.len() > budget.limits.entries {
                return Err(ReasonCode::TooManyEntries.with("a mail has more parts than limits.entries"));
            }
        }
        if ends {
            return Ok((parts, true));
        }
        start = Some(body.len() - rest.len());
    }
    if let Some(part) = start.and_then(|start| body.get(start..)) {
        parts.push(part);
    }
    Ok((parts, false))
}

fn file_name(disposition: Option<&ContentType<'_>>, stated: Option<&ContentType<'_>>) -> Option<String> {
    let named = disposition.and_then(|disposition| disposition.attribute("filename"));
    let named = named.or_else(|| stated.and_then(|stated| stated.attribute("name")));
    named.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// A media type in lower case.
pub(super) struct Kind {
    kind: String,
    subtype: String,
}

impl Kind {
    pub(super) fn of(stated: Option<&ContentType<'_>>, in_digest: bool) -> Self {
        let (kind, subtype) = match stated {
            Some(stated) => (stated.ctype(), stated.subtype().unwrap_or_default()),
            None if in_digest => ("message", "rfc822"),
            None => ("text", "plain"),
        };
        Self { kind: kind.to_ascii_lowercase(), subtype: subtype.to_ascii_lowercase() }
    }

    pub(super) fn is(&self, kind: &str, subtype: Option<&str>) -> bool {
        self.kind == kind && subtype.is_none_or(|subtype| self.subtype == subtype)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.subtype.as_str() {
            "" => f.write_str(&self.kind),
            subtype => write!(f, "{}/{subtype}", self.kind),
        }
    }
}
