//! Identifiers of which only equality counts, as keyed digests with a weaker digest of the same value.

use serde::{Deserialize, Serialize};

use crate::digest::Digester;

/// What an identifier identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum IdentifierKind {
    /// A report number of a source. Alone it decides: it is the same report.
    ExternalId,
    /// A phone.
    Phone,
    /// An e-mail address.
    Email,
    /// An account on a service.
    Account,
    /// A cryptographic hash of a file.
    FileHash,
    /// A device.
    Device,
    /// A bank account or wallet.
    FinancialAccount,
    /// A vehicle's plate.
    Vehicle,
}

impl IdentifierKind {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::ExternalId,
        Self::Phone,
        Self::Email,
        Self::Account,
        Self::FileHash,
        Self::Device,
        Self::FinancialAccount,
        Self::Vehicle,
    ];

    /// The code in digests. Never changed: profiles are kept.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// One identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// Digest of the whole value.
    #[serde(with = "fixed")]
    pub digest: u64,
    /// Digest of a weaker form of it, which more values share; 0 when there is none.
    #[serde(with = "fixed")]
    pub weak: u64,
    /// Whether the value is known in part only: it then agrees with others in the weaker form at most.
    pub partial: bool,
}

/// Digests are random, and a number of variable length would be longer than eight bytes.
mod fixed {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
    pub(super) fn serialize<S: Serializer>(n: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        n.to_le_bytes().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        <[u8; 8]>::deserialize(deserializer).map(u64::from_le_bytes)
    }
}

/// Digests of digests of the weaker form have tags of their own.
const WEAK: u8 = 0x80;
/// Last digits of a phone that count as its weaker form.
const PHONE_DIGITS: usize = 7;

impl Identifier {
    /// Whether the two agree in their weaker form, and may: of two whole phones one is another number.
    pub(crate) fn agrees_weakly(&self, other: &Self) -> bool {
        let may = self.kind != IdentifierKind::Phone || self.partial || other.partial;
        may && self.weak != 0 && self.weak == other.weak
    }

    /// An identifier from texts that are canonical already. Parts are trimmed and lower-cased; `None` if
    /// one of them is blank.
    pub fn new(
        digester: &Digester,
        kind: IdentifierKind,
        parts: &[&str],
        weak: Option<&str>,
    ) -> Option<Self> {
        let folded: Vec<String> = parts.iter().map(|p| p.trim().to_lowercase()).collect();
        if folded.is_empty() || folded.iter().any(String::is_empty) {
            return None;
        }
        let bytes: Vec<&[u8]> = folded.iter().map(String::as_bytes).collect();
        let digest = digester.of(kind.code(), &bytes);
        let weak = weak.map(|w| w.trim().to_lowercase()).filter(|w| !w.is_empty());
        let weak = weak.map_or(0, |w| digester.of(kind.code() | WEAK, &[w.as_bytes()]));
        Some(Self { kind, digest, weak, partial: false })
    }

    /// A phone. `number` in E.164, or what digits there are of it; `country` is the ISO code if it is known on both
    /// sides, else empty. Two whole numbers that differ are two numbers, whatever their last digits are.
    pub fn phone(digester: &Digester, number: &str, country: &str) -> Option<Self> {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let last = digits.len().checked_sub(PHONE_DIGITS).and_then(|from| digits.get(from..));
        let weak = last.map(|last| format!("{}:{last}", country.trim()));
        let partial = !number.trim_start().starts_with('+');
        Some(Self { partial, ..Self::new(digester, IdentifierKind::Phone, &[&digits], weak.as_deref())? })
    }

    /// An e-mail address; the weaker form is its local part if that is long enough to say something.
    pub fn email(digester: &Digester, address: &str) -> Option<Self> {
        let local = address.split('@').next().filter(|l| l.chars().count() >= 5);
        Self::new(digester, IdentifierKind::Email, &[address], local)
    }

    /// An account; the weaker form is the handle on any service.
    pub fn account(digester: &Digester, service: &str, handle: &str) -> Option<Self> {
        let weak = Some(handle).filter(|h| h.chars().count() >= 5);
        Self::new(digester, IdentifierKind::Account, &[service, handle], weak)
    }

    /// A vehicle's plate; the weaker form is what a camera may have read.
    pub fn vehicle(digester: &Digester, country: &str, plate: &str) -> Option<Self> {
        let plate = alphanumeric(plate);
        let folded: String =
            plate.chars().map(|c| u8::try_from(c).map_or(c, |byte| char::from(fold_ocr(byte)))).collect();
        let country = if country.trim().is_empty() { "-" } else { country };
        Self::new(digester, IdentifierKind::Vehicle, &[country, &plate], Some(&folded))
    }
}

/// Letters and digits in lower case.
pub(crate) fn alphanumeric(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Letters that are read as digits, and the other way round, become one of the two. All of them are ASCII, so a
/// text may be folded byte by byte.
pub(crate) fn fold_ocr(byte: u8) -> u8 {
    match byte {
        b'o' | b'q' | b'd' => b'0',
        b'i' | b'l' => b'1',
        b'z' => b'2',
        b's' => b'5',
        b'g' => b'6',
        b'b' => b'8',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn weaker_forms_are_shared_by_what_is_nearly_the_same() {
        let d = Digester::new([1; 16]);
        let (full, short) = (
            Identifier::phone(&d, "+1 713 555 0100", "US").unwrap(),
            Identifier::phone(&d, "555-0100", "US").unwrap(),
        );
        assert_ne!(full.digest, short.digest);
        assert_eq!(full.weak, short.weak);
        assert_eq!(Identifier::phone(&d, "0100", "US").unwrap().weak, 0);
        let (a, b) = (Identifier::vehicle(&d, "US", "B0S-11"), Identifier::vehicle(&d, "US", "80s 1I"));
        assert_eq!(a.unwrap().weak, b.unwrap().weak);
        assert_eq!(Identifier::email(&d, " "), None);
        let other = Digester::new([2; 16]);
        assert_ne!(
            Identifier::email(&d, "a@b.c").unwrap().digest,
            Identifier::email(&other, "a@b.c").unwrap().digest
        );
    }
}
