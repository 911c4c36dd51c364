//! A source: one agency, as the folder `config/sources/<agency>` describes it.

use std::sync::Arc;

use lead::code::{MessageStatus, SourceKind};
use lead::ident::hex;
use lead::value::Country;
use pipeline::Topic;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::canonical::moment;
use crate::canonical::placeholders::Placeholders;
use crate::formats::{CsvToml, Format, FormatKind, XmlToml};
use crate::mapping::{Mapping, Problem};
use crate::path::{EntryPath, PathSet};

mod limits;

pub use limits::Limits;

/// The files of a source's folder, read by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFiles {
    /// The name of the folder: the agency.
    pub name: String,
    /// The text of source.toml.
    pub source_toml: String,
    /// The text of mapping.vrl, if there is one.
    pub mapping_vrl: Option<String>,
    /// The text of placeholders.toml beside the folders, if there is one.
    pub placeholders_toml: Option<String>,
}

/// What is wrong with a source's folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// source.toml does not parse.
    #[error("{name}/source.toml:{line}:{column}: {message}")]
    Toml {
        /// The agency.
        name: String,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// A value that cannot be.
    #[error("{name}/source.toml: `{field}` {message}")]
    Invalid {
        /// The agency.
        name: String,
        /// The field.
        field: &'static str,
        /// What was expected.
        message: String,
    },
    /// The folder's name is no agency name.
    #[error(
        "`{name}` is no agency name: expected lower-case letters, digits and hyphens, at most 60; rename the folder"
    )]
    Name {
        /// The folder.
        name: String,
    },
    /// placeholders.toml cannot be.
    #[error("placeholders.toml: {message}")]
    Placeholders {
        /// What was expected.
        message: String,
    },
    /// A format that needs a mapping has none, or the other way round.
    #[error("{name}: format `{format}` {expected}")]
    MappingFile {
        /// The agency.
        name: String,
        /// The format.
        format: &'static str,
        /// What to do.
        expected: &'static str,
    },
    /// mapping.vrl does not compile. Warnings count.
    #[error("{name}/mapping.vrl does not compile:{}", list(problems))]
    Mapping {
        /// The agency.
        name: String,
        /// Every problem with its place.
        problems: Vec<Problem>,
    },
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("\n  {}:{}: {}", p.line, p.column, p.message)).collect()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceToml {
    /// What kind of source: TIP_LINE, HOTLINE, PLATFORM_REPORT, AGENCY_REFERRAL, FINANCIAL_INSTITUTION,
    /// PARTNER_COUNTRY, FIELD_INTERVIEW, PUBLIC.
    kind: SourceKind,
    /// The organisation behind it, as partners may read it.
    organisation: String,
    /// police, prosecutor, ngo, platform, ...
    organisation_type: Option<String>,
    /// ISO 3166-1 alpha-2 code of the agency's country.
    country: Option<Country>,
    /// BCP 47 language of its reports.
    language: Option<String>,
    /// json, xml, csv or avro.
    format: FormatKind,
    csv: Option<CsvToml>,
    xml: Option<XmlToml>,
    #[serde(default)]
    inbound: InboundToml,
    #[serde(default)]
    report_number: ReportNumberToml,
    #[serde(default)]
    message: MessageToml,
    #[serde(default)]
    defaults: Defaults,
    #[serde(default)]
    originator: OriginatorToml,
    #[serde(default)]
    dates: DatesToml,
    #[serde(default)]
    placeholders: PlaceholdersToml,
    #[serde(default)]
    limits: Limits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct InboundToml {
    /// The topic; by default leads.inbound.<agency>.v1.
    topic: Option<String>,
    /// Partitions; more than 1 only when the Kafka key is the report number, for a lead's versions
    /// must stay in order.
    partitions: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReportNumberFrom {
    /// A path in the entry.
    Entry,
    /// The Kafka key.
    Key,
    /// A header.
    Header,
    /// What the mapping or the Avro record says.
    #[default]
    Submission,
    /// The agency numbers nothing: a lead is its content.
    None,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReportNumberToml {
    from: ReportNumberFrom,
    /// For `entry`: where in the entry.
    path: Option<String>,
    /// For `header`: its name.
    name: Option<String>,
    /// For `header`: without it, what the mapping says counts.
    or_mapping: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MessageToml {
    /// Where the list of entries stands when one message holds many; `.` when the message is the list.
    entries: Option<String>,
    /// Whether a message without that list is one entry: for sources that send single reports and batches. Every
    /// entry is read under its own name then, as if it had come alone.
    or_single: bool,
    /// Paths that may change without making a new version, such as an export time. `items[].seen`
    /// means that field of every item.
    volatile: Vec<String>,
    /// Whether what the mapping never reads is kept in `other`, under its path: for standards, whose documents hold
    /// more than anybody foresaw.
    keep_unread: bool,
}

/// What counts when an entry does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// Whether messages are meant: EXERCISE for a source that only takes part in exercises.
    pub message_status: Option<MessageStatus>,
    /// The channel.
    pub channel: Option<String>,
    /// Who reports.
    pub reporter_type: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OriginatorToml {
    /// The agency that holds the lead first, when it is not this one.
    agency_id: Option<String>,
    /// Its country, when it is not that of the source.
    country: Option<Country>,
    /// Its office: an ORI or office code.
    office_code: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DatesToml {
    /// Forms of dates and times besides ISO 8601, in strptime's notation; the first that fits counts.
    formats: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PlaceholdersToml {
    /// Names that stand for no name, besides the built-in ones.
    names: Vec<String>,
}

/// Where the report number stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportNumber {
    /// At a path in the entry.
    Entry(EntryPath),
    /// It is the Kafka key.
    Key,
    /// In a header.
    Header {
        /// Its name.
        name: String,
        /// Without it, what the mapping says counts.
        or_mapping: bool,
    },
    /// The mapping or the Avro record says it.
    Submission,
    /// There is none: a lead is its content.
    None,
}

/// A source, checked and compiled. One is shared by all its normalisers.
pub struct Source {
    name: String,
    version: String,
    inbound: Topic,
    partitions: u32,
    pub(crate) kind: SourceKind,
    pub(crate) organisation: String,
    pub(crate) organisation_type: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) originator_agency: String,
    pub(crate) originator_country: Option<Country>,
    pub(crate) originator_office: Option<String>,
    pub(crate) format: Box<dyn Format>,
    pub(crate) report_number: ReportNumber,
    pub(crate) entries: Option<EntryPath>,
    pub(crate) or_single: bool,
    pub(crate) volatile: PathSet,
    pub(crate) volatile_paths: Vec<String>,
    pub(crate) keep_unread: bool,
    pub(crate) defaults: Defaults,
    pub(crate) date_formats: Vec<String>,
    pub(crate) placeholders: Placeholders,
    pub(crate) limits: Limits,
    pub(crate) mapping: Option<Arc<Mapping>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({})", self.version)
    }
}

impl Source {
    /// Checks and compiles the files of a folder.
    pub fn compile(files: SourceFiles) -> Result<Self, SourceError> {
        let SourceFiles { name, source_toml, mapping_vrl, placeholders_toml } = files;
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 60 || !name.chars().all(allowed) {
            return Err(SourceError::Name { name });
        }
        let toml: SourceToml =
            toml::from_str(&source_toml).map_err(|e| toml_error(&name, &source_toml, &e))?;
        let invalid = |field, message: &str| SourceError::Invalid {
            name: name.clone(),
            field,
            message: message.into(),
        };

        let format =
            toml.format.build(toml.csv, toml.xml).map_err(|(field, message)| invalid(field, message))?;
        let mapping = match (format.needs_mapping(), &mapping_vrl) {
            (true, Some(text)) => Some(Arc::new(
                Mapping::compile(text)
                    .map_err(|problems| SourceError::Mapping { name: name.clone(), problems })?,
            )),
            (true, None) => {
                let expected = "needs a mapping: add mapping.vrl beside source.toml";
                return Err(SourceError::MappingFile { name, format: format.name(), expected });
            }
            (false, Some(_)) => {
                let expected = "is a submission already: remove mapping.vrl";
                return Err(SourceError::MappingFile { name, format: format.name(), expected });
            }
            (false, None) => None,
        };

        let report_number = match (toml.report_number.from, toml.report_number.path, toml.report_number.name)
        {
            (ReportNumberFrom::Entry, Some(path), None) if mapping.is_some() => {
                let expected = "is no path: expected names divided by dots";
                ReportNumber::Entry(
                    EntryPath::parse(&path)
                        .filter(|p| !p.names().is_empty())
                        .ok_or_else(|| invalid("report_number.path", expected))?,
                )
            }
            (ReportNumberFrom::Entry, None, None) => {
                return Err(invalid(
                    "report_number.path",
                    "is missing: expected where in the entry it stands",
                ));
            }
            (ReportNumberFrom::Header, None, Some(name)) => {
                ReportNumber::Header { name, or_mapping: toml.report_number.or_mapping }
            }
            (ReportNumberFrom::Header, None, None) => {
                return Err(invalid("report_number.name", "is missing: expected the name of the header"));
            }
            (ReportNumberFrom::Key, None, None) => ReportNumber::Key,
            (ReportNumberFrom::Submission, None, None) => ReportNumber::Submission,
            (ReportNumberFrom::None, None, None) => ReportNumber::None,
            _ => {
                let expected = "takes `path` with from = \"entry\" of a mapped format, and `name` with from = \"header\"";
                return Err(invalid("report_number", expected));
            }
        };

        let partitions = toml.inbound.partitions.unwrap_or(1);
        if partitions == 0 || (partitions > 1 && report_number != ReportNumber::Key) {
            let expected =
                "must be 1 unless report_number.from = \"key\": versions of one report must stay in order";
            return Err(invalid("inbound.partitions", expected));
        }
        let entries =
            match &toml.message.entries {
                Some(_) if format.entries().is_some() => {
                    return Err(invalid("message.entries", "is not for this format: every row is an entry"));
                }
                None if format.entries().is_some() => format.entries(),
                Some(_) if mapping.is_none() => {
                    return Err(invalid(
                        "message.entries",
                        "is for mapped formats: one Avro message is one lead",
                    ));
                }
                Some(path) => Some(EntryPath::parse(path).ok_or_else(|| {
                    invalid("message.entries", "is no path: expected names divided by dots")
                })?),
                None => None,
            };
        if toml.message.or_single && toml.message.entries.is_none() {
            return Err(invalid("message.or_single", "is for messages with `message.entries`"));
        }
        if entries.is_some() && matches!(report_number, ReportNumber::Key | ReportNumber::Header { .. }) {
            let expected = "cannot be `key` or `header` when one message holds many entries";
            return Err(invalid("report_number.from", expected));
        }
        let mut volatile = PathSet::default();
        if !toml.message.volatile.iter().all(|path| volatile.insert(path)) {
            return Err(invalid("message.volatile", "holds an empty name: expected names divided by dots"));
        }
        if !toml.dates.formats.iter().all(|format| moment::is_format(format)) {
            let expected = "holds one that reads no date: expected strftime directives with a year, such as `%d/%m/%Y %H:%M`";
            return Err(invalid("dates.formats", expected));
        }
        if !(1..=100).contains(&toml.limits.depth) {
            return Err(invalid("limits.depth", "must be between 1 and 100"));
        }

        let placeholders = placeholders_toml.unwrap_or_default();
        let listed = Placeholders::parse(&placeholders)
            .map_err(|error| SourceError::Placeholders { message: error.message().to_owned() })?;

        let sha256 = hex(&Sha256::new()
            .chain_update(source_toml.as_bytes())
            .chain_update([0])
            .chain_update(mapping_vrl.unwrap_or_default())
            .chain_update([0])
            .chain_update(placeholders)
            .finalize());
        Ok(Self {
            version: format!("{name}@{sha256}"),
            inbound: Topic::from(toml.inbound.topic.unwrap_or_else(|| lead::topic::inbound(&name))),
            partitions,
            kind: toml.kind,
            organisation: toml.organisation,
            organisation_type: toml.organisation_type,
            language: toml.language,
            originator_agency: toml.originator.agency_id.unwrap_or_else(|| name.clone()),
            originator_country: toml.originator.country.or(toml.country),
            originator_office: toml.originator.office_code,
            format,
            report_number,
            entries,
            or_single: toml.message.or_single,
            volatile,
            volatile_paths: toml.message.volatile,
            keep_unread: toml.message.keep_unread,
            defaults: toml.defaults,
            date_formats: toml.dates.formats,
            placeholders: listed.and_names(&toml.placeholders.names),
            limits: toml.limits,
            mapping,
            name,
        })
    }

    /// The agency.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The agency and the hash of its files: what a lead names as its mapping.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The topic it sends to.
    pub fn inbound_topic(&self) -> &Topic {
        &self.inbound
    }

    /// How many partitions that topic has.
    pub fn partitions(&self) -> u32 {
        self.partitions
    }

    /// The name of its format.
    pub fn format_name(&self) -> &'static str {
        self.format.name()
    }

    /// Where in an entry the report number stands, if it stands there.
    pub(crate) fn report_number_path(&self) -> Option<String> {
        match &self.report_number {
            ReportNumber::Entry(path) => Some(path.names().join(".")),
            _ => None,
        }
    }

    /// Whether a path, written without indices, is one that may change without a new version.
    pub fn is_volatile(&self, path: &str) -> bool {
        self.volatile_paths.iter().any(|volatile| volatile.replace("[]", "") == path)
    }

    /// Bounds of its messages.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

fn toml_error(name: &str, text: &str, error: &toml::de::Error) -> SourceError {
    let start = error.span().map_or(0, |span| span.start);
    let (line, column) = line_and_column(text, start);
    SourceError::Toml { name: name.to_owned(), line, column, message: error.message().to_owned() }
}

/// Line and column of a byte offset, counted from 1.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
#[path = "source/tests.rs"]
mod tests;
