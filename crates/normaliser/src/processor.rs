//! The service: what one inbound record becomes.

use std::sync::Arc;

use lead::code::{MessageKind, MessageStatus};
use lead::ident::hex;
use lead::record::{Lead, RawRef};
use lead::value::{Micros, NamedText, Personal};
use lead::{ContentHash, Document, LeadSubmission, SiteKeys};
use pipeline::{
    Batch, Counter, DeadLetter, Failure, Order, Output, Processor, Reason, Record, Timestamp, Undeliverable,
};
use sha2::{Digest, Sha256};
use vrl::compiler::runtime::Runtime;
use vrl::value::Value;

use crate::canonical;
use crate::digest;
use crate::formats::Decoded;
use crate::lead_record;
use crate::mapping::{Mapped, Mapping, Reading};
use crate::reason::ReasonCode;
use crate::redrive;
use crate::retention::Clocks;
use crate::source::{ReportNumber, Source};
use crate::validate;
use crate::warning::{WarningCode, Warnings};

/// What an entry became.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A lead.
    Lead(Box<Lead>),
    /// Valid and no lead; with a code that says what it is.
    NotALead(String),
    /// Nothing; with the reason.
    Rejected(Reason),
}

/// One entry of a message, in order.
pub(crate) enum Entry {
    /// What a mapping reads.
    Tree(Value),
    /// What needs none.
    Submission(Box<LeadSubmission>),
    /// What the format could not read.
    Unread(Reason),
}

/// The normaliser of one source. It serves that source's inbound topic.
pub struct Normaliser {
    source: Arc<Source>,
    keys: SiteKeys,
    runtime: Runtime,
    clocks: Option<Clocks>,
}

/// What every entry of a message shares.
struct Message<'a> {
    record: &'a Record,
    sha256: String,
    order: Order,
    now: Timestamp,
}

impl Normaliser {
    /// A normaliser of `source` at the site that holds `keys`.
    pub fn new(source: Arc<Source>, keys: SiteKeys) -> Self {
        Self { source, keys, runtime: Runtime::default(), clocks: None }
    }

    /// The same, at a site where leads have a time; without it they are kept until they are withdrawn.
    #[must_use]
    pub fn with_clocks(self, clocks: Clocks) -> Self {
        Self { clocks: Some(clocks), ..self }
    }

    /// The source.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// What a message becomes, entry by entry; `Err` when it does not even decode. Nothing is written.
    pub fn normalise(&mut self, record: &Record, now: Timestamp) -> Result<Vec<Outcome>, Reason> {
        let message = self.receive(record, now)?;
        let entries = decode(&self.source, record)?;
        Ok(entries
            .into_iter()
            .enumerate()
            .map(|(i, entry)| {
                self.entry(&message, entry, u32::try_from(i).unwrap_or(u32::MAX))
                    .unwrap_or_else(Outcome::Rejected)
            })
            .collect())
    }

    /// Checks what can be checked before decoding, and finds the order.
    fn receive<'a>(&self, record: &'a Record, now: Timestamp) -> Result<Message<'a>, Reason> {
        let limits = self.source.limits();
        let value = record.value.as_deref().unwrap_or_default();
        if value.is_empty() {
            return Err(ReasonCode::EmptyValue.with("expected a value"));
        }
        if record.size() > limits.bytes {
            return Err(ReasonCode::TooLarge.with(format!(
                "{} bytes with key and headers exceed limits.bytes, which is {}",
                record.size(),
                limits.bytes
            )));
        }
        if record.headers.size() > limits.header_bytes {
            return Err(ReasonCode::HeadersTooLarge.with("the headers exceed limits.header_bytes"));
        }
        let sha256 = hex(&Sha256::digest(value));
        let order = self.order(record, &sha256).ok_or_else(|| {
            ReasonCode::RedriveNotAuthentic.with(
                "the redrive header was not written by this site for these bytes; use `dead-letters redrive`",
            )
        })?;
        Ok(Message { record, sha256, order, now })
    }

    /// The order of a record: that of its first arrival. `None` when it claims one without proof.
    fn order(&self, record: &Record, sha256: &str) -> Option<Order> {
        match record.headers.get(redrive::HEADER) {
            Some(header) => redrive::verify(&self.keys, header, sha256),
            None => Some(Order::of(record, 0)),
        }
    }

    fn entry(&mut self, message: &Message<'_>, entry: Entry, index: u32) -> Result<Outcome, Reason> {
        let source = Arc::clone(&self.source);
        let found = report_number(&source, &entry, message.record)?;
        let (mut submission, hash) = match entry {
            Entry::Tree(tree) => {
                let hash = digest::of_entry(&tree, &source.volatile);
                let Some(mapping) = &source.mapping else {
                    return Err(ReasonCode::MappingFailed.with("the source has no mapping"));
                };
                let unread = if source.keep_unread { unread(&source, mapping, &tree) } else { Vec::new() };
                match mapping.run(&mut self.runtime, tree, source.limits().mapping_steps)? {
                    Mapped::Submission(mut submission) => {
                        submission.content.other.extend(unread);
                        (submission, hash)
                    }
                    Mapped::NotALead(code) => return Ok(Outcome::NotALead(code)),
                }
            }
            Entry::Submission(submission) => {
                let tree = Value::from(submission.to_json());
                (submission, digest::of_submission(&tree, &source.volatile))
            }
            Entry::Unread(reason) => return Err(reason),
        };
        if let Some(default) = source.defaults.message_status
            && submission.message_status == MessageStatus::Actual
        {
            submission.message_status = default;
        }
        if let Some(code) = not_a_lead(&submission) {
            return Ok(Outcome::NotALead(code.to_owned()));
        }
        let lead = self.lead(message, *submission, found, hash, index)?;
        validate::validate(&lead, source.limits())?;
        Ok(Outcome::Lead(Box::new(lead)))
    }

    fn lead(
        &self,
        message: &Message<'_>,
        submission: LeadSubmission,
        found: Option<String>,
        content_hash: ContentHash,
        index: u32,
    ) -> Result<Lead, Reason> {
        let source = &self.source;
        let mut content = submission.content;
        let mut warnings = Warnings::of_submission(std::mem::take(&mut content.quality.warnings));
        let stated = checked_number(submission.report_number.as_deref())?;
        let report_number = match &source.report_number {
            ReportNumber::Submission => stated,
            ReportNumber::None => None,
            ReportNumber::Header { or_mapping: true, .. } if found.is_none() => stated,
            ReportNumber::Entry(_) | ReportNumber::Key | ReportNumber::Header { .. } => {
                if found.is_none() {
                    warnings.add(WarningCode::ReportNumberMissing, "report_number");
                }
                if stated.is_some() && stated != found {
                    warnings.add(WarningCode::ReportNumberDiffers, "report_number");
                }
                found
            }
        };
        let occurrences = submission.occurrences.unwrap_or(1);
        if occurrences < 1 {
            warnings.add(WarningCode::OccurrencesNotPositive, "occurrences");
        }
        let route = canonical::canonicalise(&mut content, source, message.order.timestamp.0, warnings);
        let record = message.record;
        Ok(Lead {
            lead_id: self.keys.lead_id(source.name(), report_number.as_deref(), &content_hash),
            agency: source.name().to_owned(),
            report_number,
            content_hash,
            order: message.order_of(index).to_string(),
            message_kind: submission.message_kind,
            message_status: submission.message_status,
            amendment_key: submission.amendment_key.filter(|key| !key.trim().is_empty()),
            occurrences: occurrences.max(1),
            cancel_reason: submission.cancel_reason,
            raw: RawRef {
                sha256: message.sha256.clone(),
                topic: record.source.topic.as_str().to_owned(),
                partition: i32::try_from(record.source.partition.0).unwrap_or(i32::MAX),
                offset: i64::try_from(record.offset.0).unwrap_or(i64::MAX),
                index: i32::try_from(index).unwrap_or(i32::MAX),
                appended_at: micros(record.timestamp),
                bytes: record.value.as_ref().and_then(|v| i64::try_from(v.len()).ok()).unwrap_or(0),
                format: source.format_name().to_owned(),
            },
            mapping: source.version().to_owned(),
            normalised_at: micros(message.now),
            routing_country: route.country,
            routing_basis: route.basis.map(str::to_owned),
            retention: self.clocks.map(|clocks| {
                clocks.retention(submission.message_status, &content, micros(message.order.timestamp))
            }),
            content,
        })
    }
}

impl Message<'_> {
    /// The order of an entry. A redriven entry is a message of its own, whose order already counts the
    /// entries before it.
    fn order_of(&self, index: u32) -> Order {
        Order { index: self.order.index.saturating_add(index), ..self.order }
    }
}

fn micros(timestamp: Timestamp) -> Micros {
    Micros::of_millis(timestamp.0)
}

/// The entries of a message.
pub(crate) fn decode(source: &Source, record: &Record) -> Result<Vec<Entry>, Reason> {
    let value = record.value.as_deref().unwrap_or_default();
    let mut tree = match source.format.decode(value, source.limits())? {
        Decoded::Submission(submission) => return Ok(vec![Entry::Submission(submission)]),
        Decoded::Entries(entries) => {
            return Ok(entries
                .into_iter()
                .map(|entry| entry.map_or_else(Entry::Unread, Entry::Tree))
                .collect());
        }
        Decoded::Tree(tree) => tree,
    };
    let Some(path) = &source.entries else {
        return match tree {
            Value::Object(_) => Ok(vec![Entry::Tree(tree)]),
            _ => Err(ReasonCode::NotAnObject.with("expected an object as the message")),
        };
    };
    // Under its own name an entry of a batch looks as it would alone.
    let alone = |entry: Value| match path.names().last().filter(|_| source.or_single) {
        Some(name) => Entry::Tree(Value::Object([(name.as_str().into(), entry)].into())),
        None => Entry::Tree(entry),
    };
    match path.take(&mut tree) {
        Some(Value::Array(entries)) => Ok(entries.into_iter().map(alone).collect()),
        None if source.or_single && matches!(tree, Value::Object(_)) => Ok(vec![Entry::Tree(tree)]),
        Some(entry) if source.or_single && !path.names().is_empty() => Ok(vec![alone(entry)]),
        Some(entry @ Value::Object(_)) if source.or_single => Ok(vec![Entry::Tree(entry)]),
        _ => Err(ReasonCode::EntriesMissing.with("expected a list where message.entries says it stands")),
    }
}

/// What a mapping never reads, under its path.
fn unread(source: &Source, mapping: &Mapping, tree: &Value) -> Vec<NamedText> {
    let mut found = Vec::new();
    mapping.reads().leaves(tree, &mut |path, value, reading| {
        let name = || path.join(".");
        if reading == Reading::Unread
            && let Some(text) = text_of(value)
            && source.report_number_path() != Some(name())
            && !source.is_volatile(&name())
        {
            found.push(NamedText { name: name(), text: Personal::from(text) });
        }
    });
    found
}

/// What a value says as a text; `None` if nothing.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(_) => value.to_str_lossy()?.into_owned(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => value.to_string(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// Kinds and statuses that are between systems.
fn not_a_lead(submission: &LeadSubmission) -> Option<&'static str> {
    match (submission.message_status, submission.message_kind) {
        (MessageStatus::System, _) => Some("system"),
        (_, MessageKind::Ack) => Some("ack"),
        (_, MessageKind::Error) => Some("error"),
        (_, MessageKind::Request) => Some("request"),
        (_, MessageKind::Response) => Some("response"),
        (_, MessageKind::Report | MessageKind::Update | MessageKind::Cancel) => None,
    }
}

/// The report number where source.toml says it stands; `None` also where it is the submission's.
fn report_number(source: &Source, entry: &Entry, record: &Record) -> Result<Option<String>, Reason> {
    let text = |bytes: Option<&[u8]>| match bytes.map(std::str::from_utf8) {
        None => Ok(None),
        Some(Ok(text)) => checked_number(Some(text)),
        Some(Err(_)) => Err(unreadable_number()),
    };
    match (&source.report_number, entry) {
        (ReportNumber::Key, _) => text(record.key.as_deref()),
        (ReportNumber::Header { name, .. }, _) => text(record.headers.get(name)),
        (ReportNumber::Entry(path), Entry::Tree(tree)) => match (tree, path.get(tree)) {
            (Value::Object(_), None | Some(Value::Null)) => Ok(None),
            (Value::Object(_), Some(Value::Integer(number))) => Ok(Some(number.to_string())),
            (Value::Object(_), Some(Value::String(number))) => checked_number(Some(number)),
            (Value::Object(_), Some(_)) => Err(unreadable_number()),
            _ => Err(source.format.not_an_entry()),
        },
        (_, Entry::Tree(tree)) if !matches!(tree, Value::Object(_)) => Err(source.format.not_an_entry()),
        _ => Ok(None),
    }
}

fn checked_number(number: Option<&str>) -> Result<Option<String>, Reason> {
    let number = number.map(str::trim).filter(|n| !n.is_empty());
    match number {
        Some(number) if number.chars().count() > 256 || number.chars().any(char::is_control) => {
            Err(unreadable_number())
        }
        number => Ok(number.map(str::to_owned)),
    }
}

fn unreadable_number() -> Reason {
    ReasonCode::ReportNumberUnreadable.with("expected the report number as text of at most 256 characters")
}

/// What a message writes, before any of it is in the batch.
#[derive(Default)]
struct Written {
    leads: Vec<Output>,
    not_a_lead: u64,
    rejected: Vec<(u32, Reason)>,
}

impl Normaliser {
    fn write(&self, outcomes: Vec<Outcome>, message: &Message<'_>, batch: &Batch<'_>) -> Written {
        let mut written = Written::default();
        for (index, outcome) in (0_u32..).zip(outcomes) {
            match outcome {
                Outcome::Lead(lead) => {
                    let order = message.order_of(index);
                    match lead_record::output(&lead, order, &message.record.headers) {
                        Some(output)
                            if batch.accepts(&output.topic, output.size())
                                != Err(Undeliverable::RecordTooLarge) =>
                        {
                            written.leads.push(output);
                        }
                        _ => {
                            let expected = "the lead is larger than a record may be";
                            written.rejected.push((index, ReasonCode::LeadTooLarge.with(expected)));
                        }
                    }
                }
                Outcome::NotALead(_) => written.not_a_lead += 1,
                Outcome::Rejected(reason) => written.rejected.push((index, reason)),
            }
        }
        written
    }

    /// Dead letters of single entries repeat key and headers, and the message where an entry cannot stand alone: so
    /// many of them are worse than one whole message.
    fn stays_whole(&self, values: &[Option<Vec<u8>>], record: &Record) -> bool {
        let repeated = record.headers.size() + record.key.as_ref().map_or(0, Vec::len);
        let whole = values.iter().filter(|value| value.is_none()).count();
        let bytes = values.len().saturating_mul(repeated)
            + whole.saturating_sub(1).saturating_mul(record.value.as_ref().map_or(0, Vec::len));
        bytes > self.source.limits().bytes
    }

    /// The bytes of rejected entries, each as a message of its own; `None` where that is the whole message.
    fn entry_values(&self, record: &Record, rejected: &[(u32, Reason)]) -> Vec<Option<Vec<u8>>> {
        if rejected.is_empty() {
            return Vec::new();
        }
        let at = |(index, _): &(u32, Reason)| usize::try_from(*index).unwrap_or(usize::MAX);
        let message = record.value.as_deref().unwrap_or_default();
        let alone = match &self.source.entries {
            None => {
                let indices: Vec<usize> = rejected.iter().map(at).collect();
                self.source.format.alone(message, self.source.limits(), &indices)
            }
            Some(path) => {
                let mut entries: Vec<Option<Entry>> =
                    decode(&self.source, record).unwrap_or_default().into_iter().map(Some).collect();
                // One entry is the message, which need not have the list.
                if self.source.or_single && entries.len() < 2 {
                    return vec![None; rejected.len()];
                }
                let inside = |tree: Value| match (path.names().last(), tree) {
                    (Some(name), Value::Object(mut fields)) if self.source.or_single => {
                        fields.remove(name.as_str()).unwrap_or(Value::Null)
                    }
                    (_, tree) => tree,
                };
                let mut take = |index: usize| match entries.get_mut(index)?.take()? {
                    Entry::Tree(tree) => Some(self.source.format.encode_entry(inside(tree), path)),
                    Entry::Submission(_) | Entry::Unread(_) => None,
                };
                rejected.iter().map(|rejected| take(at(rejected))).collect()
            }
        };
        // Written anew, numbers may be longer: no dead letter may outgrow its message.
        alone.into_iter().map(|value| value.filter(|value| value.len() <= message.len())).collect()
    }
}

impl Processor for Normaliser {
    /// Never fails: what has no lead is a dead letter of its own, whole or entry by entry.
    ///
    /// The dead letter of an entry holds a message with that entry alone, as the source would have sent it, so that a
    /// redrive needs to know nothing of it.
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let whole = |batch: &mut Batch<'_>, order: Order, reason: Reason| {
            let record = order.stamp(record);
            batch.count(Counter::Entries, 1);
            batch.dead_letter(DeadLetter { record: &record, entry: None, entry_value: None, reason });
        };
        let message = match self.receive(record, batch.now()) {
            Ok(message) => message,
            Err(reason) => {
                // A record whose header is not authentic keeps its own order, as any record does.
                whole(batch, Order::of(record, 0), reason);
                return Ok(());
            }
        };
        let outcomes = match decode(&self.source, record) {
            Ok(entries) => (0_u32..)
                .zip(entries)
                .map(|(i, entry)| self.entry(&message, entry, i).unwrap_or_else(Outcome::Rejected))
                .collect::<Vec<_>>(),
            Err(reason) => {
                whole(batch, message.order, reason);
                return Ok(());
            }
        };
        if outcomes.is_empty() {
            // A list without entries: nothing in it, and it is accounted for all the same.
            batch.count(Counter::Entries, 1);
            batch.count(Counter::NotALead, 1);
            batch.tally("not_a_lead", "");
            return Ok(());
        }
        let entries = u64::try_from(outcomes.len()).unwrap_or(u64::MAX);
        let written = self.write(outcomes, &message, batch);
        let values = self.entry_values(record, &written.rejected);
        if self.stays_whole(&values, record) {
            let expected = "too many entries are bad for a dead letter each: none of the message was taken";
            whole(batch, message.order, ReasonCode::TooManyBadEntries.with(expected));
            return Ok(());
        }
        batch.count(Counter::Entries, entries);
        batch.count(Counter::NotALead, written.not_a_lead);
        batch.count(Counter::Leads, u64::try_from(written.leads.len()).unwrap_or(u64::MAX));
        (0..written.not_a_lead).for_each(|_| batch.tally("not_a_lead", ""));
        for output in written.leads {
            batch.tally("lead", "");
            batch.send(output);
        }
        for ((index, reason), entry_value) in written.rejected.into_iter().zip(values) {
            let record = message.order_of(index).stamp(record);
            let entry = (self.source.entries.is_some() || entries > 1).then_some(index);
            batch.dead_letter(DeadLetter { record: &record, entry, entry_value, reason });
        }
        Ok(())
    }
}
