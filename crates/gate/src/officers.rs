//! Every officer of a site.

use lead::ident::content_hash;

use crate::officer::{Officer, OfficerError};

/// So many officers are read.
const OFFICERS_MAX: usize = 1_000;

/// Every officer, in the order of their identifiers. None at all is a site where nobody decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officers {
    officers: Vec<Officer>,
    hash: String,
}

impl Default for Officers {
    fn default() -> Self {
        Self { officers: Vec::new(), hash: content_hash(b"").to_string() }
    }
}

impl Officers {
    /// Reads (identifier, text of the file) pairs.
    pub fn parse<N: AsRef<str>, T: AsRef<str>>(files: &[(N, T)]) -> Result<Self, OfficerError> {
        if files.len() > OFFICERS_MAX {
            return Err(OfficerError::TooMany(files.len(), OFFICERS_MAX));
        }
        let parsed = files.iter().map(|(id, text)| Officer::parse(id.as_ref(), text.as_ref()));
        let mut officers = parsed.collect::<Result<Vec<_>, _>>()?;
        officers.sort_by(|a, b| a.id.cmp(&b.id));
        for (number, a) in officers.iter().enumerate() {
            for b in officers.iter().skip(number + 1) {
                if a.id == b.id {
                    return Err(OfficerError::Twice(a.id.clone()));
                }
                if a.key == b.key {
                    return Err(OfficerError::SharedKey(a.id.clone(), b.id.clone()));
                }
            }
        }
        let all: String =
            officers.iter().map(|officer| format!("{} {}\n", officer.id, officer.hash)).collect();
        Ok(Self { officers, hash: content_hash(all.as_bytes()).to_string() })
    }

    /// Every officer, in the order of their identifiers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Officer> {
        self.officers.iter()
    }

    /// The officer of this identifier.
    pub fn get(&self, id: &str) -> Option<&Officer> {
        let position = self.officers.binary_search_by(|officer| officer.id.as_str().cmp(id)).ok()?;
        self.officers.get(position)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.officers.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.officers.is_empty()
    }

    /// SHA-256 over the identifiers and hashes of all.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
