//! Lines put together: what goes on, what begins a group, what stands where.

use std::collections::BTreeMap;

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use super::lines::{Kind, Line};
use crate::reason::ReasonCode;
use crate::source::Limits;

/// The tree of one report.
pub(super) fn report(lines: &[Line<'_>], limits: &Limits, values: &mut usize) -> Result<Value, Reason> {
    let title = lines.first().filter(|line| line.kind == Kind::Text).map(|line| line.text);
    let mut builder = Builder { limits, values, open: vec![Block::default()], last: None };
    let body = lines.get(usize::from(title.is_some())..).unwrap_or_default();
    for (at, line) in body.iter().enumerate() {
        builder.line(line, body.get(at + 1))?;
    }
    builder.close_section()?;
    let Some(head) = builder.open.pop().filter(|head| !head.says_nothing()) else {
        return Err(ReasonCode::EmptySubmission.with("expected a label with a value in each report"));
    };
    let mut tree = head.tree();
    if let Some(title) = title {
        tree.insert("title".into(), Value::from(title));
    }
    Ok(Value::Object(tree))
}

/// A value of so many bytes is a text.
const LONG_BYTES: usize = 60;

/// Fields and lines that stand together: the head of a report, a section, or a group such as `Uploaded File 1:`.
#[derive(Debug, Default)]
struct Block {
    kind: BlockKind,
    heading: String,
    mark: Option<String>,
    title: String,
    indent: usize,
    /// Whether what belongs to it stands further to the right.
    is_indented: bool,
    fields: BTreeMap<String, Vec<String>>,
    lines: Vec<String>,
    /// Inside a report its sections, inside a section its groups; a report may have both.
    sections: Vec<Value>,
    groups: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum BlockKind {
    #[default]
    Head,
    Section,
    Group,
}

impl Block {
    fn is_bare(&self) -> bool {
        self.fields.is_empty() && self.lines.is_empty()
    }

    fn says_nothing(&self) -> bool {
        let said = self.fields.values().flatten().any(|value| !value.is_empty());
        !said && self.sections.is_empty() && self.groups.is_empty()
    }

    fn tree(self) -> ObjectMap {
        let mut tree = ObjectMap::new();
        let mut put = |field: &str, text: String| {
            if !text.is_empty() {
                tree.insert(field.into(), Value::from(text));
            }
        };
        match self.kind {
            BlockKind::Head => {}
            BlockKind::Section => {
                put("heading", self.heading);
                put("mark", self.mark.unwrap_or_default());
                put("name", name(&self.title));
                put("title", self.title);
            }
            BlockKind::Group => {
                let (label, number) = numbered(&self.heading);
                put("name", name(label));
                put("number", number.to_owned());
                put("heading", self.heading);
            }
        }
        let fields: ObjectMap =
            self.fields.into_iter().map(|(name, values)| (name.into(), one_or_many(values))).collect();
        if !fields.is_empty() {
            tree.insert("fields".into(), Value::Object(fields));
        }
        let lines: Vec<Value> = self.lines.into_iter().map(Value::from).collect();
        for (field, list) in [("lines", lines), ("groups", self.groups), ("sections", self.sections)] {
            if !list.is_empty() {
                tree.insert(field.into(), Value::Array(list));
            }
        }
        tree
    }
}

fn one_or_many(mut values: Vec<String>) -> Value {
    if values.len() > 1 {
        values.retain(|value| !value.is_empty());
    }
    match values.len() {
        0 | 1 => Value::from(values.pop().unwrap_or_default()),
        _ => Value::Array(values.into_iter().map(Value::from).collect()),
    }
}

/// A label as the name of a field: letters and digits in lower case, an underscore between words.
fn name(label: &str) -> String {
    let mut name = String::with_capacity(label.len());
    for c in label.chars() {
        if c.is_alphanumeric() {
            name.extend(c.to_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') && c != '\'' && c != '.' {
            name.push('_');
        }
    }
    name.truncate(name.trim_end_matches('_').len());
    name
}

/// `Uploaded File 1` and `Victim #2` in two; what ends in no number has none.
fn numbered(heading: &str) -> (&str, &str) {
    let label = heading.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = heading.get(label.len()..).unwrap_or_default();
    let apart = label.ends_with([' ', '#', '.', '-', '_']);
    if number.is_empty() || !apart {
        (heading, "")
    } else {
        (label.trim_end_matches([' ', '#', '.', '-', '_']), number)
    }
}

/// Whether a label without a value has labelled lines under it, and is no field that was left empty.
fn begins_group(line: &Line<'_>, label: &str, next: Option<&Line<'_>>) -> bool {
    let Some(next) = next.filter(|next| matches!(next.kind, Kind::Label { .. })) else { return false };
    let last = label.rsplit(' ').next().unwrap_or_default();
    let says_so =
        ["information", "info", "details", "data"].iter().any(|word| word.eq_ignore_ascii_case(last));
    let has_number = !numbered(label).1.is_empty();
    next.indent > line.indent || (next.blanks == 0 && says_so) || has_number
}

/// A line in capitals, and short.
fn is_statement(text: &str) -> bool {
    text.split_whitespace().count() <= 6
        && text.chars().any(char::is_uppercase)
        && !text.chars().any(char::is_lowercase)
}

/// The field that a line may go on with.
#[derive(Debug)]
struct Last {
    name: String,
    /// Whether it has gone on over lines: then a paragraph is no reason to stop.
    is_long: bool,
    is_empty: bool,
    /// Whether it is one word, such as a number or an address: nothing goes on with that.
    is_word: bool,
    /// Whether it is a list of items.
    is_list: bool,
}

struct Builder<'a> {
    limits: &'a Limits,
    values: &'a mut usize,
    /// The head, in it a section, in that a group: at most three.
    open: Vec<Block>,
    last: Option<Last>,
}

impl Builder<'_> {
    fn line(&mut self, line: &Line<'_>, next: Option<&Line<'_>>) -> Result<(), Reason> {
        // Inside a text only what is plainly a label is one: people write colons.
        let is_label = matches!(line.kind, Kind::Label { strict, .. } if strict || !self.in_text(line));
        let leaves = |block: &Block| {
            let apart = line.blanks > 0 || block.is_indented;
            block.kind == BlockKind::Group && !block.is_bare() && apart && line.indent <= block.indent
        };
        if self.open.last().is_some_and(leaves) && (is_label || !self.goes_on(line)) {
            self.close_group()?;
        }
        match line.kind {
            Kind::Section { mark, title } => self.begin_section(line.text, Some(mark), title),
            Kind::Heading(title) => self.begin_section(line.text, None, title),
            Kind::Label { label, value, strict } if strict || !self.in_text(line) => {
                if value.is_empty() && begins_group(line, label, next) {
                    return self.begin_group(line, label, next);
                }
                self.field(label, value)
            }
            Kind::Item(item) if self.last.as_ref().is_some_and(|last| last.is_empty || last.is_list) => {
                self.item(item)
            }
            _ => self.text(line),
        }
    }

    fn block(&mut self) -> Result<&mut Block, Reason> {
        // There is always a head.
        self.open.last_mut().ok_or_else(too_many)
    }

    fn count(&mut self, values: usize) -> Result<(), Reason> {
        *self.values = self.values.saturating_add(values);
        if *self.values > self.limits.values {
            return Err(ReasonCode::TooManyValues.with("there are more values than limits.values"));
        }
        Ok(())
    }

    fn begin_section(&mut self, heading: &str, mark: Option<&str>, title: &str) -> Result<(), Reason> {
        self.close_section()?;
        self.count(5)?;
        self.open.push(Block {
            kind: BlockKind::Section,
            heading: heading.to_owned(),
            mark: mark.map(str::to_owned),
            title: title.to_owned(),
            ..Block::default()
        });
        Ok(())
    }

    fn begin_group(&mut self, line: &Line<'_>, label: &str, next: Option<&Line<'_>>) -> Result<(), Reason> {
        self.close_group()?;
        self.count(4)?;
        self.open.push(Block {
            kind: BlockKind::Group,
            heading: label.to_owned(),
            indent: line.indent,
            is_indented: next.is_some_and(|next| next.indent > line.indent),
            ..Block::default()
        });
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), Reason> {
        self.close(BlockKind::Group)
    }

    fn close_section(&mut self) -> Result<(), Reason> {
        self.close(BlockKind::Group)?;
        self.close(BlockKind::Section)
    }

    fn close(&mut self, kind: BlockKind) -> Result<(), Reason> {
        self.last = None;
        let Some(block) = self.open.pop_if(|block| block.kind == kind) else { return Ok(()) };
        let limit = self.limits.entries;
        let around = self.block()?;
        let list = if kind == BlockKind::Section { &mut around.sections } else { &mut around.groups };
        if list.len() >= limit {
            return Err(too_many());
        }
        list.push(Value::Object(block.tree()));
        Ok(())
    }

    fn field(&mut self, label: &str, value: &str) -> Result<(), Reason> {
        self.count(1)?;
        let limit = self.limits.entries;
        let name = name(label);
        let values = self.block()?.fields.entry(name.clone()).or_default();
        if values.len() >= limit {
            return Err(too_many());
        }
        values.push(value.to_owned());
        // A line as long as that was wrapped, or the beginning of a story.
        let is_word = !value.is_empty() && !value.contains(char::is_whitespace);
        let is_long = !is_word && value.len() >= LONG_BYTES;
        self.last = Some(Last { name, is_long, is_empty: value.is_empty(), is_word, is_list: false });
        Ok(())
    }

    /// Whether a line stands in a text that has gone on already.
    fn in_text(&self, line: &Line<'_>) -> bool {
        line.blanks == 0 && self.last.as_ref().is_some_and(|last| last.is_long)
    }

    /// Whether a line without a label goes on with what stands before it.
    fn goes_on(&self, line: &Line<'_>) -> bool {
        // A statement such as `NOT URGENT` in the head is no part of what stands above it.
        let in_head = self.open.len() == 1;
        self.last.as_ref().is_some_and(|last| {
            let stands_alone = in_head && !last.is_empty && !last.is_long && is_statement(line.text);
            let is_text = !matches!(line.kind, Kind::Section { .. } | Kind::Heading(_));
            let is_item = matches!(line.kind, Kind::Item(_));
            is_text
                && !stands_alone
                && (is_item || !last.is_word)
                && (line.blanks == 0 || last.is_long || last.is_empty)
        })
    }

    fn item(&mut self, item: &str) -> Result<(), Reason> {
        self.count(1)?;
        let limit = self.limits.entries;
        let Some(last) = &mut self.last else { return Ok(()) };
        (last.is_empty, last.is_list, last.is_word) = (false, true, true);
        let name = last.name.clone();
        let values = self.block()?.fields.entry(name).or_default();
        if values.len() >= limit {
            return Err(too_many());
        }
        values.push(item.to_owned());
        Ok(())
    }

    fn text(&mut self, line: &Line<'_>) -> Result<(), Reason> {
        if !self.goes_on(line) {
            self.count(1)?;
            self.last = None;
            let limit = self.limits.entries;
            let lines = &mut self.block()?.lines;
            if lines.len() >= limit {
                return Err(too_many());
            }
            lines.push(line.text.to_owned());
            return Ok(());
        }
        let limit = self.limits.text_bytes;
        let Some(last) = &mut self.last else { return Ok(()) };
        (last.is_long, last.is_empty) = (true, false);
        let name = last.name.clone();
        let values = self.block()?.fields.entry(name).or_default();
        if let Some(text) = values.last_mut() {
            if text.len() + line.text.len() + 2 > limit {
                return Err(ReasonCode::TextTooLong.with("a value is longer than limits.text_bytes"));
            }
            if !text.is_empty() {
                text.push_str(if line.blanks > 0 { "\n\n" } else { "\n" });
            }
            text.push_str(line.text);
        }
        Ok(())
    }
}

fn too_many() -> Reason {
    ReasonCode::TooManyEntries.with("there are more items in a place than limits.entries")
}
