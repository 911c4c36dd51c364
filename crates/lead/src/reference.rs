//! What a partner answers by: an opaque word that stands in each copy.
//!
//! It holds what we need to know of the delivery, sealed with AES-SIV (RFC 5297) under a key of the site and bound to
//! the partner: nobody else can read it, another partner cannot use it, and the same delivery has the same word whenever
//! it is written again. Nothing has to be looked up to understand an answer.

use aes_siv::KeyInit;
use aes_siv::siv::Aes128Siv;

use crate::code::MessageStatus;
use crate::ident::{LeadId, MatterId, SiteKeys, hex};

/// The key under which words are sealed; another number stands for another key.
const KEY: u8 = 1;
/// Domain, revision, lead, matter.
const PLAIN_BYTES: usize = 1 + 4 + 16 + 16;
/// Key, tag, what is sealed.
const SEALED_BYTES: usize = 1 + 16 + PLAIN_BYTES;

/// Which delivery a partner speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryReference {
    /// The lead.
    pub lead: LeadId,
    /// Its home matter.
    pub matter: MatterId,
    /// Its domain.
    pub domain: MessageStatus,
    /// The partner's count of versions.
    pub revision: i32,
}

/// Why a word is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Not of the form of one.
    #[error("expected {} hexadecimal digits, as they stand in the copy", 2 * SEALED_BYTES)]
    Form,
    /// Sealed under a key that this site does not have.
    #[error("is of another key than this site has")]
    Key,
    /// Not one of this site for this partner.
    #[error("is none that this partner was given")]
    Foreign,
}

impl SiteKeys {
    /// The word for a delivery to a partner.
    pub fn seal(&self, partner: &str, delivery: &DeliveryReference) -> String {
        let mut plain = [0; PLAIN_BYTES];
        let domain = MessageStatus::ALL.iter().position(|d| *d == delivery.domain).unwrap_or_default();
        let bytes = [u8::try_from(domain).unwrap_or_default()]
            .into_iter()
            .chain(delivery.revision.to_be_bytes())
            .chain(delivery.lead.0)
            .chain(delivery.matter.0);
        plain.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
        // It fails for more headers than there are here.
        let sealed = self.siv().encrypt([partner.as_bytes()], &plain).unwrap_or_default();
        hex(&[&[KEY], sealed.as_slice()].concat())
    }

    /// The delivery that a partner's word stands for.
    pub fn open(&self, partner: &str, word: &str) -> Result<DeliveryReference, ReferenceError> {
        let bytes: [u8; SEALED_BYTES] = crate::ident::unhex(word).ok_or(ReferenceError::Form)?;
        let (key, sealed) = bytes.split_first().ok_or(ReferenceError::Form)?;
        if *key != KEY {
            return Err(ReferenceError::Key);
        }
        let plain = self.siv().decrypt([partner.as_bytes()], sealed).map_err(|_| ReferenceError::Foreign)?;
        let read = || {
            let (domain, rest) = plain.split_first()?;
            let (revision, rest) = rest.split_first_chunk::<4>()?;
            let (lead, rest) = rest.split_first_chunk::<16>()?;
            let matter = rest.first_chunk::<16>()?;
            Some(DeliveryReference {
                lead: LeadId(*lead),
                matter: MatterId(*matter),
                domain: *MessageStatus::ALL.get(usize::from(*domain))?,
                revision: i32::from_be_bytes(*revision),
            })
        };
        read().ok_or(ReferenceError::Foreign)
    }

    fn siv(&self) -> Aes128Siv {
        Aes128Siv::new(&self.references.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    const DELIVERY: DeliveryReference = DeliveryReference {
        lead: LeadId([1; 16]),
        matter: MatterId([2; 16]),
        domain: MessageStatus::Exercise,
        revision: 7,
    };

    /// Sabotage: leave the partner out of what is authenticated.
    #[test]
    fn only_the_partner_it_was_given_to_can_answer_by_it() {
        let keys = SiteKeys::new([7; 32]);
        let word = keys.seal("alpha", &DELIVERY);
        assert_eq!(keys.open("alpha", &word), Ok(DELIVERY));
        assert_eq!(keys.seal("alpha", &DELIVERY), word, "the same whenever it is written");
        assert_eq!(keys.open("bravo", &word), Err(ReferenceError::Foreign));
        assert_eq!(SiteKeys::new([8; 32]).open("alpha", &word), Err(ReferenceError::Foreign));
        assert!(!word.contains(&LeadId([1; 16]).to_string()), "it does not show what it stands for");
    }

    #[test]
    fn what_is_changed_is_none() {
        let keys = SiteKeys::new([7; 32]);
        let word = keys.seal("alpha", &DELIVERY);
        for at in 2..word.len() {
            let mut changed: Vec<char> = word.chars().collect();
            changed[at] = if changed[at] == '0' { '1' } else { '0' };
            let changed: String = changed.into_iter().collect();
            assert_eq!(keys.open("alpha", &changed), Err(ReferenceError::Foreign), "{at}");
        }
        assert_eq!(keys.open("alpha", &format!("02{}", &word[2..])), Err(ReferenceError::Key));
        for wrong in ["", "01", &word[2..], &format!("{word}00"), "zz"] {
            assert_eq!(keys.open("alpha", wrong), Err(ReferenceError::Form), "{wrong}");
        }
    }
}
