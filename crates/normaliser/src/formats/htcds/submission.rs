//! One submission while its fields are gathered, and the entry that it becomes.

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use super::fields::{self, Field, Table};
use crate::reason::ReasonCode;
use crate::warning::WarningCode;

/// How a document divides the values of a field that takes several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Divided {
    /// A form: by white space.
    ByBlanks,
    /// A table: by `;` or `|`; by white space where the words are values of the list.
    ByMarks,
}

/// Which records the fields of a part of the document go to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scope {
    person: Option<usize>,
    event: Option<usize>,
    organisation: Option<usize>,
}

#[derive(Default)]
struct Person {
    prs: ObjectMap,
    vic: ObjectMap,
    per: ObjectMap,
}

#[derive(Default)]
pub(super) struct Submission {
    persons: Vec<Person>,
    events: Vec<ObjectMap>,
    organisations: Vec<ObjectMap>,
    case: ObjectMap,
    consent: ObjectMap,
    /// The numbers and times that the tool gives to a submission.
    meta: ObjectMap,
    other: Vec<Value>,
    warnings: Vec<Value>,
}

/// Fields of the tools, with the names that they have in an entry.
const META: &[(&str, &str)] = &[
    ("instanceID", "instance_id"),
    ("KEY", "instance_id"),
    ("_uuid", "instance_id"),
    ("deprecatedID", "deprecated_id"),
    ("rootUuid", "root_id"),
    ("start", "start"),
    ("end", "end"),
];
/// What a tool says of its own working and of the form.
const MACHINERY: &[&str] = &[
    "__version__",
    "_version_",
    "_id",
    "_index",
    "_parent_index",
    "_parent_table_name",
    "_submission__id",
    "_submission__uuid",
    "_tags",
    "_notes",
    "_status",
    "_validation_status",
    "_xform_id_string",
    "_attachments",
    "audit",
    "uuid",
    "formhub/uuid",
    "FormVersion",
    "ReviewState",
    "DeviceID",
    "Edits",
    "Status",
    "AttachmentsPresent",
    "AttachmentsExpected",
];
/// More values than any list has: a text of so many is none of values.
const VALUES_MAX: usize = 100;

impl Scope {
    /// A scope in which records of these tables are new.
    pub(super) fn anew(mut self, tables: &[Table]) -> Self {
        for table in tables {
            match table {
                Table::Person | Table::Victim | Table::Perpetrator => self.person = None,
                Table::Event => self.event = None,
                Table::Organisation => self.organisation = None,
                Table::Case | Table::Consent => {}
            }
        }
        self
    }
}

impl Submission {
    /// Takes what a document has under a name; a blank says nothing.
    pub(super) fn take(&mut self, scope: &mut Scope, name: &str, text: &str, divided: Divided) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let Some(field) = fields::field(name) else { return self.take_other(name, text) };
        let values = self.values(&field, text, divided);
        let several = field.list.is_some_and(|list| list.several);
        let record = self.record(field.table, scope);
        let contradicts = match record.get_mut(field.name.as_str()) {
            Some(Value::Array(known)) if known.len() < VALUES_MAX => {
                for value in values {
                    if !known.contains(&value) {
                        known.push(value);
                    }
                }
                false
            }
            Some(Value::Array(_)) => true,
            Some(known) => !values.contains(known),
            None => {
                let value = if several { Some(Value::Array(values)) } else { values.into_iter().next() };
                record.insert(field.name.as_str().into(), value.unwrap_or(Value::Null));
                false
            }
        };
        if contradicts {
            let name = format!("{}_{}", fields::prefix(field.table), field.name);
            self.other.push(named(&name, text));
            self.warn(WarningCode::StatementsContradict, "other");
        }
    }

    /// Takes one value of a field that takes several.
    pub(super) fn take_choice(&mut self, scope: &mut Scope, field: &str, value: &str) {
        self.take(scope, field, value, Divided::ByMarks);
    }

    /// Whether the record that this field would go to has it already.
    pub(super) fn has(&self, scope: Scope, field: &Field) -> bool {
        let record = match field.table {
            Table::Person => scope.person.and_then(|at| self.persons.get(at)).map(|person| &person.prs),
            Table::Victim => scope.person.and_then(|at| self.persons.get(at)).map(|person| &person.vic),
            Table::Perpetrator => scope.person.and_then(|at| self.persons.get(at)).map(|person| &person.per),
            Table::Event => scope.event.and_then(|at| self.events.get(at)),
            Table::Organisation => scope.organisation.and_then(|at| self.organisations.get(at)),
            Table::Case | Table::Consent => None,
        };
        record.is_some_and(|record| record.contains_key(field.name.as_str()))
    }

    fn record(&mut self, table: Table, scope: &mut Scope) -> &mut ObjectMap {
        fn at<'r, R: Default>(records: &'r mut Vec<R>, at: &mut Option<usize>) -> Option<&'r mut R> {
            let index = *at.get_or_insert(records.len());
            if index == records.len() {
                records.push(R::default());
            }
            records.get_mut(index)
        }
        let found = match table {
            Table::Person => at(&mut self.persons, &mut scope.person).map(|person| &mut person.prs),
            Table::Victim => at(&mut self.persons, &mut scope.person).map(|person| &mut person.vic),
            Table::Perpetrator => at(&mut self.persons, &mut scope.person).map(|person| &mut person.per),
            Table::Event => at(&mut self.events, &mut scope.event),
            Table::Organisation => at(&mut self.organisations, &mut scope.organisation),
            Table::Case => Some(&mut self.case),
            Table::Consent => None,
        };
        found.unwrap_or(&mut self.consent)
    }

    fn values(&mut self, field: &Field, text: &str, divided: Divided) -> Vec<Value> {
        let Some(list) = field.list else { return vec![Value::from(text)] };
        let parts: Vec<&str> = match divided {
            _ if !list.several => vec![text],
            Divided::ByBlanks => text.split_whitespace().collect(),
            Divided::ByMarks => text
                .split([';', '|'])
                .flat_map(|part| {
                    let words: Vec<&str> = part.split_whitespace().collect();
                    let is_value = |text: &str| list.value(text).is_some();
                    let divides = !is_value(part) && words.iter().any(|word| is_value(word));
                    if divides { words } else { vec![part.trim()] }
                })
                .filter(|part| !part.is_empty())
                .collect(),
        };
        let parts = if parts.len() > VALUES_MAX { vec![text] } else { parts };
        let mut values = Vec::new();
        for part in parts {
            let known = list.value(part);
            if known.is_none() && !list.is_open() {
                self.warn(WarningCode::ValueNotInList, list.path);
            }
            let value = Value::from(known.unwrap_or(part));
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    fn take_other(&mut self, name: &str, text: &str) {
        if let Some((known, meta)) = META.iter().find(|(known, _)| *known == name) {
            // Kobo's tables leave out what its forms write before the number.
            let bare = *known == "_uuid" && !text.starts_with("uuid:");
            let text = if bare { format!("uuid:{text}") } else { text.to_owned() };
            self.meta.entry((*meta).into()).or_insert_with(|| Value::from(text));
        } else if !MACHINERY.contains(&name) {
            self.other.push(named(name, text));
        }
    }

    fn warn(&mut self, code: WarningCode, path: &str) {
        let warning = Value::from(format!("{}:{path}", code.code()));
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The entry; a submission in which nobody said anything is none. Consent alone is consent to nothing.
    pub(super) fn entry(mut self) -> Result<Value, Reason> {
        self.join_loose();
        let persons = (1..).zip(self.persons).map(|(number, person)| {
            let parts = [("prs", person.prs), ("vic", person.vic), ("per", person.per)];
            let filled = parts.into_iter().filter(|(_, fields)| !fields.is_empty());
            let mut fields: ObjectMap =
                filled.map(|(name, fields)| (name.into(), Value::Object(fields))).collect();
            fields.insert("ref".into(), Value::from(format!("p{number}")));
            Value::Object(fields)
        });
        let objects = |records: Vec<ObjectMap>| records.into_iter().map(Value::Object).collect::<Vec<_>>();
        let mut entry = ObjectMap::new();
        for (name, list) in [
            ("persons", persons.collect()),
            ("events", objects(self.events)),
            ("organisations", objects(self.organisations)),
            ("other", self.other),
        ] {
            if !list.is_empty() {
                entry.insert(name.into(), Value::Array(list));
            }
        }
        if !self.case.is_empty() {
            entry.insert("case".into(), Value::Object(self.case));
        }
        if entry.is_empty() {
            let expected = "expected a submission in which a field of the standard is filled in";
            return Err(ReasonCode::EmptySubmission.with(expected));
        }
        if !self.consent.is_empty() {
            entry.insert("consent".into(), Value::Object(self.consent));
        }
        if !self.warnings.is_empty() {
            entry.insert("warnings".into(), Value::Array(self.warnings));
        }
        entry.extend(self.meta);
        Ok(Value::Object(entry))
    }

    /// A person of whom one group says who it is and another the rest is one person, when there is no other to whom
    /// the rest could belong.
    fn join_loose(&mut self) {
        if let [one, other] = self.persons.as_slice() {
            let apart = |a: &ObjectMap, b: &ObjectMap| a.keys().all(|name| !b.contains_key(name));
            let whole = |person: &Person| {
                let part = person.vic.len() + person.per.len();
                !person.prs.is_empty() && part > 0
            };
            let fits = whole(one) != whole(other)
                && apart(&one.prs, &other.prs)
                && apart(&one.vic, &other.vic)
                && apart(&one.per, &other.per);
            if fits
                && let Some(rest) = self.persons.pop()
                && let Some(person) = self.persons.first_mut()
            {
                person.prs.extend(rest.prs);
                person.vic.extend(rest.vic);
                person.per.extend(rest.per);
            }
        }
    }
}

fn named(name: &str, text: &str) -> Value {
    Value::Object([("name".into(), Value::from(name)), ("text".into(), Value::from(text))].into())
}
