//! What the names in a document of JSON-LD mean.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use vrl::value::Value;

/// What a key of an object is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::formats) enum Term<'t> {
    Id,
    Type,
    Value,
    Language,
    Graph,
    Included,
    /// Another keyword; it says nothing of a thing.
    Other,
    /// A field, by its local name.
    Field(&'t str),
}

/// A context within others. Nothing is copied from the outer ones, which depth bounds.
#[derive(Default)]
pub(in crate::formats) struct Context<'o> {
    outer: Option<&'o Context<'o>>,
    /// What a prefix or a term stands for: an IRI, a compact one, or a keyword.
    terms: HashMap<String, String>,
    /// Local names whose texts are identifiers.
    refers: HashSet<String>,
}

/// Terms that stand for terms; more of them are a circle.
const ALIASES_MAX: usize = 8;

impl<'o> Context<'o> {
    /// The context of an object that brings its own.
    pub(in crate::formats) fn within<'i>(&'i self, own: Option<Value>) -> Context<'i>
    where
        'o: 'i,
    {
        let mut inner = Context { outer: Some(self), ..Context::default() };
        match own {
            Some(Value::Array(parts)) => parts.into_iter().for_each(|part| inner.define(part)),
            Some(part) => inner.define(part),
            None => {}
        }
        inner
    }

    /// The address of a context elsewhere defines nothing here.
    fn define(&mut self, part: Value) {
        let Value::Object(fields) = part else { return };
        for (term, meaning) in fields {
            let meaning = match meaning {
                Value::String(iri) => iri.to_string(),
                Value::Object(definition) => {
                    let iri = definition.get("@id").and_then(Value::to_str).map(str::to_owned);
                    let iri = iri.unwrap_or_else(|| term.to_string());
                    if definition.get("@type").and_then(Value::to_str) == Some("@id") {
                        self.refers.insert(last(&iri).to_owned());
                    }
                    iri
                }
                _ => continue,
            };
            if !term.starts_with('@') {
                self.terms.insert(term.to_string(), meaning);
            }
        }
    }

    fn find(&self, term: &str) -> Option<&str> {
        let mut scope = Some(self);
        while let Some(context) = scope {
            if let Some(meaning) = context.terms.get(term) {
                return Some(meaning);
            }
            scope = context.outer;
        }
        None
    }

    /// What a name stands for: a keyword, an IRI or itself.
    fn meaning<'t>(&'t self, name: &'t str) -> &'t str {
        let mut meaning = name;
        for _ in 0..ALIASES_MAX {
            match self.find(meaning) {
                Some(next) if next != meaning => meaning = next,
                _ => break,
            }
        }
        meaning
    }

    pub(in crate::formats) fn keyword<'t>(&'t self, key: &'t str) -> Option<&'t str> {
        Some(self.meaning(key)).filter(|meaning| meaning.starts_with('@'))
    }

    /// The name without its prefix or namespace.
    pub(in crate::formats) fn local<'t>(&'t self, name: &'t str) -> &'t str {
        last(self.meaning(name))
    }

    pub(in crate::formats) fn term<'t>(&'t self, key: &'t str) -> Term<'t> {
        let meaning = self.meaning(key);
        match meaning {
            // NIEM gives things a `@uri` as JSON-LD gives them an `@id`.
            "@id" | "@uri" => Term::Id,
            "@type" => Term::Type,
            "@value" => Term::Value,
            "@language" => Term::Language,
            "@graph" => Term::Graph,
            "@included" => Term::Included,
            keyword if keyword.starts_with('@') => Term::Other,
            name => match last(name) {
                "value" if meaning.starts_with("rdf:") || meaning.contains("22-rdf-syntax-ns#") => {
                    Term::Value
                }
                local => Term::Field(local),
            },
        }
    }

    /// Whether texts in this field are identifiers.
    pub(in crate::formats) fn refers(&self, local: &str) -> bool {
        let mut scope = Some(self);
        while let Some(context) = scope {
            if context.refers.contains(local) {
                return true;
            }
            scope = context.outer;
        }
        false
    }

    /// An identifier with its prefix written out; one inside the document without its mark.
    pub(in crate::formats) fn identifier<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = text.trim();
        match text.split_once(':') {
            Some(("_", _)) | None => Cow::Borrowed(text.trim_start_matches('#')),
            Some((prefix, rest)) if !rest.starts_with("//") => match self.find(prefix) {
                Some(iri) => Cow::Owned(format!("{iri}{rest}")),
                None => Cow::Borrowed(text),
            },
            Some(_) => Cow::Borrowed(text),
        }
    }
}

/// What stands behind the last divider of a name: `nc:Person` and `http://example.org/nc#Person` are both Person.
fn last(name: &str) -> &str {
    name.rsplit(['/', '#', ':']).find(|part| !part.is_empty()).unwrap_or(name)
}
