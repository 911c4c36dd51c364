//! Identifiers: opaque, keyed, and of different types so that one is never taken for another.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::schema::{AvroType, Defined};

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).filter_map(|d| DIGITS.get(usize::from(d))).collect()
}

/// Bytes from hexadecimal of exactly this length.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

macro_rules! opaque {
    ($(#[doc = $doc:literal])+ $name:ident, $len:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// From its hexadecimal text.
            pub fn parse(text: &str) -> Option<Self> {
                unhex(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                hex(&id.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).ok_or(concat!("expected ", stringify!($len), " bytes in hexadecimal"))
            }
        }

        impl AvroType for $name {
            fn schema(defined: &mut Defined) -> serde_json::Value {
                String::schema(defined)
            }
        }
    };
}

opaque! {
    /// One report of one agency, all its versions.
    LeadId, 16
}
opaque! {
    /// A matter: the id of the lead that began it.
    MatterId, 16
}
opaque! {
    /// A partner's own name for a lead.
    Alias, 16
}
opaque! {
    /// SHA-256 of a decoded source entry, less what its source calls volatile.
    ContentHash, 32
}

impl From<LeadId> for MatterId {
    fn from(id: LeadId) -> Self {
        Self(id.0)
    }
}

/// The site's secret keys, each derived from one master key by purpose.
#[derive(Clone)]
pub struct SiteKeys {
    master: [u8; 32],
    /// For [`crate::Facts`].
    pub facts: [u8; 16],
    /// For match keys.
    pub matching: [u8; 32],
    /// For [`crate::reference`].
    pub(crate) references: [u8; 32],
    /// What the site signs the heads of its ledger with.
    pub signing: [u8; 32],
}

impl fmt::Debug for SiteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteKeys { .. }")
    }
}

impl SiteKeys {
    /// Keys from the site's master key: 32 random bytes, kept in a file that only the service reads.
    pub fn new(master: [u8; 32]) -> Self {
        let derive = |purpose: &str| mac(&master, &["key", purpose]);
        Self {
            facts: first16(derive("facts")),
            matching: derive("matching"),
            references: derive("delivery references"),
            signing: derive("ledger signature"),
            master,
        }
    }

    /// The id of a report: HMAC-SHA-256 of agency and report number, first 128 bits. Without a
    /// number, of agency and content hash.
    pub fn lead_id(&self, agency: &str, report_number: Option<&str>, content: &ContentHash) -> LeadId {
        LeadId(first16(match report_number {
            Some(number) => mac(&self.master, &["lead", agency, "number", number]),
            None => mac(&self.master, &["lead", agency, "content", &content.to_string()]),
        }))
    }

    /// A partner's own name for a lead.
    pub fn alias(&self, partner: &str, lead: LeadId) -> Alias {
        Alias(first16(mac(&self.master, &["alias", partner, &lead.to_string()])))
    }

    /// A partner's own name for an identifier, 128 bits in hexadecimal: HMAC-SHA-256 under a key of the
    /// partner and the class, which never leaves the site. Equal parts give one partner the same name
    /// for ever, and another partner, or another class, another one.
    pub fn token(&self, partner: &str, class: &str, parts: &[&str]) -> String {
        let key = mac(&self.master, &["token", partner, class]);
        hex(&first16(mac(&key, parts)))
    }

    /// Authenticates a header that only this site may write, such as the order of a redriven record.
    pub fn authenticate(&self, purpose: &str, text: &str) -> String {
        hex(&first16(mac(&self.master, &["header", purpose, text])))
    }
}

fn first16(bytes: [u8; 32]) -> [u8; 16] {
    let mut first = [0; 16];
    first.copy_from_slice(bytes.first_chunk::<16>().unwrap_or(&[0; 16]));
    first
}

/// HMAC-SHA-256 over the parts, each preceded by its length: no two lists of parts collide.
fn mac(key: &[u8; 32], parts: &[&str]) -> [u8; 32] {
    // HMAC itself pads a key with zeros to the block of 64 bytes.
    let mut block = [0; 64];
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

/// Hash of a decoded source entry. The caller has removed what the source calls volatile and gives
/// canonical bytes (sorted keys).
pub fn content_hash(canonical: &[u8]) -> ContentHash {
    ContentHash(Sha256::digest(canonical).into())
}
