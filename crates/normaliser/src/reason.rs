//! Why an entry has no lead: one closed list, for metrics, documentation and operators.

use pipeline::Reason;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal at $stage:literal,)*) => {
        /// Why a message or an entry went to the dead letters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ReasonCode {
            $($(#[doc = $doc])+ $variant,)*
        }

        /// Every reason code with the stage where it arises and what it means.
        pub const REASONS: &[(&str, &str, &str)] =
            &[$(($code, $stage, concat!($($doc),+)),)*];

        impl ReasonCode {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its code: a metric label and a header.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The stage where it arises.
            pub fn stage(self) -> &'static str {
                match self { $(Self::$variant => $stage,)* }
            }
        }
    };
}

reasons! {
    /// The message has no value.
    EmptyValue = "empty_value" at "decode",
    /// The message is larger than the source's limit.
    TooLarge = "too_large" at "decode",
    /// The headers are larger than the source's limit.
    HeadersTooLarge = "headers_too_large" at "decode",
    /// A redrive header is present and was not written by this site for these bytes.
    RedriveNotAuthentic = "redrive_not_authentic" at "decode",
    /// The message begins with a byte order mark.
    ByteOrderMark = "byte_order_mark" at "decode",
    /// The message is not UTF-8.
    NotUtf8 = "not_utf8" at "decode",
    /// The message ends in the middle of a value.
    Truncated = "truncated" at "decode",
    /// The message is not JSON.
    NotJson = "not_json" at "decode",
    /// The message is not XML, or not with its namespaces.
    NotXml = "not_xml" at "decode",
    /// The message has a document type declaration, which may define entities without end.
    DocumentType = "document_type" at "decode",
    /// The document is of another kind than its format reads, such as a list of groups where events are expected.
    OtherDocument = "other_document" at "decode",
    /// The message defines a form and is no submission of it.
    FormDefinition = "form_definition" at "decode",
    /// A form that nobody filled in.
    EmptySubmission = "empty_submission" at "decode",
    /// Nothing in the document is a lead, such as a bundle without report, grouping or incident.
    NoLeadObject = "no_lead_object" at "decode",
    /// A line or segment of a flat file is not as long as it says, or of no known kind.
    SegmentNotValid = "segment_not_valid" at "decode",
    /// A mail that does not follow RFC 5322 and MIME.
    NotMail = "not_mail" at "decode",
    /// An element occurs more than once where source.toml names no list.
    RepeatedElement = "repeated_element" at "decode",
    /// The message is not a table of comma-separated values.
    NotCsv = "not_csv" at "decode",
    /// The columns are others than source.toml says.
    UnknownColumns = "unknown_columns" at "decode",
    /// A row has more or fewer cells than there are columns.
    RowLength = "row_length" at "decode",
    /// An object names the same field twice.
    DuplicateKey = "duplicate_key" at "decode",
    /// A number cannot be kept exactly: the source must send it as text.
    NumberNotExact = "number_not_exact" at "decode",
    /// Values are nested deeper than the source's limit.
    TooDeep = "too_deep" at "decode",
    /// There are more values than the source's limit.
    TooManyValues = "too_many_values" at "decode",
    /// A text is longer than the source's limit.
    TextTooLong = "text_too_long" at "decode",
    /// There are more entries than the source's limit.
    TooManyEntries = "too_many_entries" at "decode",
    /// The place where source.toml says that the entries stand holds no list.
    EntriesMissing = "entries_missing" at "decode",
    /// An entry is not an object.
    NotAnObject = "not_an_object" at "decode",
    /// The message is not in Confluent's wire format.
    NotWireFormat = "not_wire_format" at "decode",
    /// The message names a schema that this subject never had.
    UnknownSchema = "unknown_schema" at "decode",
    /// The body does not decode as Avro of its schema.
    NotAvro = "not_avro" at "decode",
    /// So many entries of the message are bad that it stays whole.
    TooManyBadEntries = "too_many_bad_entries" at "decode",
    /// The mapping failed on this entry.
    MappingFailed = "mapping_failed" at "map",
    /// The mapping refused this entry with `abort`.
    MappingRefused = "mapping_refused" at "map",
    /// The mapping took more steps than the source's limit.
    MappingTooLong = "mapping_too_long" at "map",
    /// What the mapping made is not a submission.
    MappingOutput = "mapping_output" at "map",
    /// The report number is no text, or is longer than 256 characters.
    ReportNumberUnreadable = "report_number_unreadable" at "map",
    /// Neither a report number nor any statement.
    EmptyLead = "empty_lead" at "validate",
    /// A Cancel or an addition without the number of the report it is for.
    ReportNumberRequired = "report_number_required" at "validate",
    /// A list holds more items than a lead may have.
    TooManyItems = "too_many_items" at "validate",
    /// The lead is larger than a record may be.
    LeadTooLarge = "lead_too_large" at "validate",
}

impl ReasonCode {
    /// The reason with its message: position and expectation, never a value.
    pub fn with(self, message: impl Into<String>) -> Reason {
        Reason::new(self.code(), self.stage(), message)
    }
}
