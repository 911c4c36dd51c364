//! Batches of suspicious-activity reports in FinCEN's XML (schema 2.0, form SARX): each `Activity` is an entry.
//!
//! An entry has the elements of the standard under their own names, without sequence numbers and blanks; what
//! belongs together stands together (see [`activity`]). An acknowledgement of a batch is an entry with the one field
//! `acknowledgement`, for the mapping to say what it is. Every other form of the same envelope is another document.

use pipeline::Reason;
use roxmltree::Node;
use vrl::value::{ObjectMap, Value};

use crate::formats::xml::{self, Reader, Xml};
use crate::formats::{Decoded, Format};
use crate::reason::ReasonCode;
use crate::source::Limits;
use crate::warning::WarningCode;

mod activity;

pub(crate) struct Fincen;

/// The code of the form that is read.
const FORM: &str = "SARX";
const ROOT: &str = "EFilingBatchXML";

impl Format for Fincen {
    fn name(&self) -> &'static str {
        "fincen"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        Ok(Decoded::Entries(match read(value, limits)? {
            Message::Acknowledgement(tree) => {
                vec![Ok(Value::Object([("acknowledgement".into(), tree)].into()))]
            }
            Message::Batch(batch) => {
                let doubts = batch.doubts();
                batch.activities.into_iter().map(|tree| activity::entry(tree, &doubts)).collect()
            }
        }))
    }

    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        let Ok(Message::Batch(batch)) = read(value, limits) else { return vec![None; entries.len()] };
        entries.iter().map(|index| batch.activities.get(*index).map(|tree| batch.alone(tree))).collect()
    }
}

enum Message {
    Batch(Batch),
    Acknowledgement(Value),
}

/// What stands around the activities, and they.
struct Batch {
    activities: Vec<Value>,
    form_named: bool,
    /// Whether the counts of the batch say how many there are; nothing when they are not given.
    activities_counted: Option<bool>,
    parties_counted: Option<bool>,
}

fn read(value: &[u8], limits: &Limits) -> Result<Message, Reason> {
    let document = xml::parse(value, limits)?;
    let root = document.root_element();
    if root.tag_name().name() != ROOT {
        return Err(xml::at(root, ReasonCode::OtherDocument, "expected a batch of FinCEN (EFilingBatchXML)"));
    }
    let standard = Xml::STANDARD;
    let mut reader = Reader::new(&standard, limits);
    if children(root, "EFilingSubmissionXML").next().is_some() {
        return Ok(Message::Acknowledgement(reader.element(root, 1)?));
    }
    let form = children(root, "FormTypeCode").next();
    let code = form.and_then(|form| form.text()).map(str::trim).filter(|code| !code.is_empty());
    let suspicious = |activity| children(activity, "SuspiciousActivity").next().is_some();
    let fits = match code {
        Some(code) => code == FORM,
        // The form says itself which it is: no other has this part.
        None => children(root, "Activity").any(suspicious),
    };
    if !fits {
        let expected = "expected a batch of suspicious-activity reports (form SARX)";
        return Err(xml::at(form.unwrap_or(root), ReasonCode::OtherDocument, expected));
    }
    let mut activities = Vec::new();
    let mut parties = 0;
    for node in children(root, "Activity") {
        if activities.len() >= limits.entries {
            let expected = "there are more activities than limits.entries";
            return Err(xml::at(node, ReasonCode::TooManyEntries, expected));
        }
        parties += children(node, "Party").count();
        activities.push(reader.element(node, 2)?);
    }
    if activities.is_empty() {
        return Err(xml::at(root, ReasonCode::NoLeadObject, "expected an activity in the batch"));
    }
    let counted = |name: &str, count: usize| {
        let stated = root.attribute(name).map(str::trim).filter(|stated| !stated.is_empty());
        stated.map(|stated| stated.parse() == Ok(count))
    };
    Ok(Message::Batch(Batch {
        form_named: code.is_some(),
        activities_counted: counted("ActivityCount", activities.len()),
        parties_counted: counted("PartyCount", parties),
        activities,
    }))
}

fn children<'a, 'v>(node: Node<'a, 'v>, name: &'static str) -> impl Iterator<Item = Node<'a, 'v>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

impl Batch {
    /// Warnings that are true of every entry.
    fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let mut doubt = |is: bool, code: WarningCode, path: &str| {
            if is {
                doubts.push(format!("{}:{path}", code.code()));
            }
        };
        doubt(self.activities_counted == Some(false), WarningCode::StatementsContradict, "occurrences");
        doubt(self.parties_counted == Some(false), WarningCode::StatementsContradict, "persons");
        doubt(!self.form_named, WarningCode::FormBent, "content");
        doubts
    }

    /// A batch with one activity, of which the same is doubtful as of the whole.
    fn alone(&self, activity: &Value) -> Vec<u8> {
        let parties = activity.as_object().and_then(|fields| fields.get("Party"));
        let parties = parties.map_or(0, |parties| activity::items(parties).len());
        let mut fields = ObjectMap::new();
        for (name, counted, count) in
            [("@ActivityCount", self.activities_counted, 1), ("@PartyCount", self.parties_counted, parties)]
        {
            if let Some(right) = counted {
                let stated = if right { count.to_string() } else { format!("{count}+") };
                fields.insert(name.into(), Value::from(stated));
            }
        }
        fields.insert("Activity".into(), activity.clone());
        if self.form_named {
            fields.insert("FormTypeCode".into(), Value::from(FORM));
        }
        xml::document(&Value::Object([(ROOT.into(), Value::Object(fields))].into()))
    }
}

#[cfg(test)]
mod tests;
