//! The XML form: a `Submission` of reports. Names count without prefixes, and namespaces only as far as they name
//! NIBRS, for each version of the standard has its own.

use std::ops::Range;

use pipeline::Reason;
use roxmltree::{Document, Node};
use vrl::value::{ObjectMap, Value};

use super::nodes::Nodes;
use super::{put_list, report};
use crate::formats::xml;
use crate::reason::ReasonCode;
use crate::source::Limits;

/// Every report of a submission.
pub(super) fn entries(value: &[u8], limits: &Limits) -> Result<Vec<Result<Value, Reason>>, Reason> {
    let document = xml::parse(value, limits)?;
    let mut nodes = Nodes::new(limits);
    nodes.check(&document)?;
    let (submission, reports) = reports(&document)?;
    if reports.len() > limits.entries {
        return Err(ReasonCode::TooManyEntries.with("there are more reports than limits.entries"));
    }
    let message = Value::Object(message(submission, &mut nodes)?);
    let mut entries = Vec::new();
    for node in reports {
        let entry = report::entry(node, &mut nodes)?;
        if entry.is_ok() {
            nodes.write_all(&message)?;
        }
        entries.push(entry.map(|mut entry| {
            entry.insert("message".into(), message.clone());
            Value::Object(entry)
        }));
    }
    Ok(entries)
}

/// The message without the other reports.
pub(super) fn alone(
    value: &[u8],
    limits: &Limits,
    entries: &[usize],
) -> Result<Vec<Option<Vec<u8>>>, Reason> {
    let document = xml::parse(value, limits)?;
    let (_, reports) = reports(&document)?;
    let text = document.input_text();
    let (Some(first), Some(last)) = (reports.first(), reports.last()) else {
        return Ok(vec![None; entries.len()]);
    };
    let (before, after) = (text.get(..first.range().start), text.get(last.range().end..));
    let cut = |Range { start, end }: Range<usize>| {
        Some([before?, text.get(start..end)?, after?].concat().into_bytes())
    };
    Ok(entries.iter().map(|index| cut(reports.get(*index)?.range())).collect())
}

/// The submission, which may be in an envelope, and its reports.
fn reports<'a, 'i>(document: &'a Document<'i>) -> Result<(Node<'a, 'i>, Vec<Node<'a, 'i>>), Reason> {
    let is_report = |node: &Node<'_, '_>| node.tag_name().name() == "Report";
    let is_nibrs = |node: &Node<'a, 'i>| {
        let names_it =
            node.tag_name().namespace().is_some_and(|name| name.to_ascii_lowercase().contains("nibrs"));
        let has_header = || {
            let mut headers = node.children().filter(is_report).flat_map(|report| report.children());
            headers.any(|child| child.tag_name().name() == "ReportHeader")
        };
        node.tag_name().name() == "Submission" && (names_it || has_header())
    };
    let submission = document.descendants().find(is_nibrs).ok_or_else(|| {
        ReasonCode::OtherDocument
            .with("expected a NIBRS `Submission` with a `Report` for each incident or arrest")
    })?;
    let reports: Vec<_> = submission.children().filter(is_report).collect();
    if reports.is_empty() {
        return Err(ReasonCode::EmptySubmission.with("expected at least one `Report` in the `Submission`"));
    }
    Ok((submission, reports))
}

/// What is said of the message as a whole.
fn message(submission: Node<'_, '_>, nodes: &mut Nodes<'_>) -> Result<ObjectMap, Reason> {
    let mut message = ObjectMap::new();
    let mut rest = Vec::new();
    for metadata in submission.children().filter(|child| child.is_element()) {
        if metadata.tag_name().name() == "Report" {
            continue;
        }
        nodes.put(
            &mut message,
            metadata,
            &[
                ("time", "MessageDateTime"),
                ("id", "MessageIdentification/IdentificationID"),
                ("version", "MessageImplementationVersion"),
                (
                    "submitting_ori",
                    "MessageSubmittingOrganization/OrganizationAugmentation/OrganizationORIIdentification/IdentificationID",
                ),
            ],
        )?;
        rest.append(&mut nodes.rest(metadata)?);
    }
    put_list(&mut message, "details", rest);
    Ok(message)
}
