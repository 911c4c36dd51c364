//! Header fields: cut from the message here, unfolded, and read one by one.

use std::borrow::Cow;

use mail_parser::parsers::MessageStream;
use mail_parser::{Addr, Address, ContentType, HeaderValue};
use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use super::{Budget, FIELD_BYTES_MAX, FIELDS_MAX, PARAMETERS_BYTES_MAX};
use crate::reason::ReasonCode;

/// The header of a mail or of a part.
#[derive(Debug, Default)]
pub(super) struct Head<'m> {
    fields: Vec<(&'m str, Cow<'m, [u8]>)>,
    /// Lines that are no fields, and were passed over.
    pub(super) bent: bool,
}

/// A header, and what follows its empty line; `None` where the message ends before it.
pub(super) type Split<'m> = (Head<'m>, Option<&'m [u8]>);

/// Cuts the header off. The mail itself must have fields alone in it; a part may have worse.
pub(super) fn split<'m>(mail: &'m [u8], strict: bool, budget: &mut Budget<'_>) -> Result<Split<'m>, Reason> {
    let mut head = Head::default();
    let mut rest = mail;
    let mut row = 0_usize;
    while !rest.is_empty() {
        row += 1;
        let (line, after) = next_line(rest);
        rest = after;
        if line.is_empty() {
            return Ok((head, Some(rest)));
        }
        if let [b' ' | b'\t', ..] = line
            && let Some((_, value)) = head.fields.last_mut()
        {
            let value = value.to_mut();
            value.push(b' ');
            value.extend_from_slice(line.trim_ascii());
            continue;
        }
        match field(line) {
            Some(field) => {
                budget.values(1)?;
                if head.fields.len() >= FIELDS_MAX {
                    let expected = format!("a header has more than {FIELDS_MAX} fields");
                    return Err(ReasonCode::TooManyValues.with(expected));
                }
                head.fields.push(field);
            }
            // Mailboxes of many mails divide them by such a line.
            None if row == 1 && line.starts_with(b"From ") => head.bent = true,
            None if strict => {
                let expected = "expected header fields as `name: value`, then an empty line";
                return Err(ReasonCode::NotMail.with(format!("{expected}, at line {row}")));
            }
            None => head.bent = true,
        }
    }
    Ok((head, None))
}

/// A line without its end, and what follows.
pub(super) fn next_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n');
    let (line, rest) = match end {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
        None => (text, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

fn field(line: &[u8]) -> Option<(&str, Cow<'_, [u8]>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(|byte| (33..=126).contains(byte));
    let name = std::str::from_utf8(name).ok().filter(|_| is_name)?;
    Some((name, Cow::Borrowed(line.get(colon + 1..)?.trim_ascii())))
}

impl Head<'_> {
    fn raw(&self, name: &str) -> Option<&[u8]> {
        let mut named = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_ref())
    }

    /// Names of fields that occur more than once, where one alone may.
    pub(super) fn repeats(&self, name: &str) -> bool {
        self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).nth(1).is_some()
    }

    /// Whether there is such a field.
    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Whether every field is UTF-8, as RFC 6532 asks for what is not ASCII.
    pub(super) fn is_utf8(&self) -> bool {
        self.fields.iter().all(|(_, value)| std::str::from_utf8(value).is_ok())
    }

    fn read<T>(
        &self,
        name: &str,
        budget: &mut Budget<'_>,
        most: usize,
        read: impl FnOnce(HeaderValue<'_>) -> Option<T>,
        how: for<'x> fn(&mut MessageStream<'x>) -> HeaderValue<'x>,
    ) -> Result<Option<T>, Reason> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        budget.field(raw, most)?;
        // The library reads a field up to the end of its line.
        let line = [raw, b"\n"].concat();
        Ok(read(how(&mut MessageStream::new(&line))))
    }

    /// A field of free text, its encoded words decoded.
    pub(super) fn text(&self, name: &str, budget: &mut Budget<'_>) -> Result<Option<String>, Reason> {
        let read = |value: HeaderValue<'_>| value.into_text().map(Cow::into_owned);
        let text = self.read(name, budget, FIELD_BYTES_MAX, read, |field| field.parse_unstructured())?;
        Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    /// Message identifiers, without their angle brackets.
    pub(super) fn ids(&self, name: &str, budget: &mut Budget<'_>) -> Result<Vec<Value>, Reason> {
        let read = |value: HeaderValue<'_>| {
            value.into_text_list().map(|ids| ids.into_iter().map(Value::from).collect::<Vec<_>>())
        };
        let ids = self.read(name, budget, FIELD_BYTES_MAX, read, |field| field.parse_id())?;
        let ids = ids.unwrap_or_default();
        budget.values(ids.len())?;
        Ok(ids)
    }

    /// Mailboxes as objects of `name`, `address` and, of a group, `group`.
    pub(super) fn mailboxes(&self, name: &str, budget: &mut Budget<'_>) -> Result<Vec<Value>, Reason> {
        let read = |value: HeaderValue<'_>| value.into_address().map(|found| mailboxes(&found));
        let found = self.read(name, budget, FIELD_BYTES_MAX, read, |field| field.parse_address())?;
        let found = found.unwrap_or_default();
        budget.values(found.len().saturating_mul(3))?;
        Ok(found)
    }

    /// A field of MIME with its parameters.
    pub(super) fn parameters(
        &self,
        name: &str,
        budget: &mut Budget<'_>,
    ) -> Result<Option<ContentType<'static>>, Reason> {
        let read = |value: HeaderValue<'_>| value.into_content_type().map(owned);
        self.read(name, budget, PARAMETERS_BYTES_MAX, read, |field| field.parse_content_type())
    }

    /// Fields that are none of these, as they stand.
    pub(super) fn others(&self, known: &[&str], budget: &mut Budget<'_>) -> Result<Vec<Value>, Reason> {
        let mut others = Vec::new();
        for (name, value) in &self.fields {
            if known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                continue;
            }
            budget.values(3)?;
            budget.text(value.len())?;
            let text = String::from_utf8_lossy(value);
            let mut field = ObjectMap::new();
            field.insert("name".into(), Value::from(*name));
            field.insert("text".into(), Value::from(text.trim()));
            others.push(Value::Object(field));
        }
        Ok(others)
    }

    /// A date and time as RFC 5322 writes it today: without comments, the obsolete names of zones as the offsets that
    /// the standard gives them.
    pub(super) fn date(&self, name: &str, budget: &mut Budget<'_>) -> Result<Option<String>, Reason> {
        let Some(text) = self.without_comments(name, budget)? else { return Ok(None) };
        // A field of trace ends in the date.
        let date = text.rsplit(';').next().unwrap_or_default().trim();
        let zone = date.rsplit(' ').next().unwrap_or_default();
        let offset =
            ZONES.iter().find(|(named, _)| named.eq_ignore_ascii_case(zone)).map(|(_, offset)| offset);
        Ok(Some(match (offset, date.strip_suffix(zone)) {
            (Some(offset), Some(before)) => format!("{before}{offset}"),
            _ => date.to_owned(),
        }))
    }

    /// The field as it stands, without comments in parentheses.
    pub(super) fn without_comments(
        &self,
        name: &str,
        budget: &mut Budget<'_>,
    ) -> Result<Option<String>, Reason> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        budget.field(raw, FIELD_BYTES_MAX)?;
        let (mut depth, mut text) = (0_usize, String::new());
        for c in String::from_utf8_lossy(raw).chars() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                c if depth == 0 => text.push(c),
                _ => {}
            }
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

/// Names of zones that RFC 5322, 4.3 still gives a meaning.
const ZONES: [(&str, &str); 11] = [
    ("UT", "+0000"),
    ("GMT", "+0000"),
    ("UTC", "+0000"),
    ("EDT", "-0400"),
    ("EST", "-0500"),
    ("CDT", "-0500"),
    ("CST", "-0600"),
    ("MDT", "-0600"),
    ("MST", "-0700"),
    ("PDT", "-0700"),
    ("PST", "-0800"),
];

/// An attribute of its own lifetime.
fn owned(value: ContentType<'_>) -> ContentType<'static> {
    let attribute = |attribute: mail_parser::Attribute<'_>| mail_parser::Attribute {
        name: attribute.name.into_owned().into(),
        value: attribute.value.into_owned().into(),
    };
    ContentType {
        c_type: value.c_type.into_owned().into(),
        c_subtype: value.c_subtype.map(|subtype| subtype.into_owned().into()),
        attributes: value.attributes.map(|list| list.into_iter().map(attribute).collect()),
    }
}

fn mailboxes(found: &Address<'_>) -> Vec<Value> {
    match found {
        Address::List(list) => list.iter().map(|mailbox| self::mailbox(mailbox, None)).collect(),
        Address::Group(groups) => groups
            .iter()
            .flat_map(|group| {
                let named = group.name.as_deref();
                // A group may be empty, as in `undisclosed-recipients:;`.
                let nobody =
                    group.addresses.is_empty().then(|| mailbox(&Addr { name: None, address: None }, named));
                group.addresses.iter().map(move |addr| mailbox(addr, named)).chain(nobody)
            })
            .collect(),
    }
}

fn mailbox(found: &Addr<'_>, group: Option<&str>) -> Value {
    let mut mailbox = ObjectMap::new();
    for (field, text) in [("name", found.name()), ("address", found.address()), ("group", group)] {
        if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
            mailbox.insert(field.into(), Value::from(text));
        }
    }
    Value::Object(mailbox)
}
