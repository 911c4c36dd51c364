//! Ed25519: the key that an officer signs with, and the one that everybody knows.
//!
//! This is the only file that names the library.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use lead::ident::{hex, unhex};
use lead::matter::Signed;

/// An officer's public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// From 64 hexadecimal digits. `None` if they are no key, or one under which signatures can be made up.
    pub fn parse(text: &str) -> Option<Self> {
        let key = VerifyingKey::from_bytes(&unhex(text)?).ok()?;
        (!key.is_weak()).then_some(Self(key))
    }

    /// Whether this officer signed exactly this.
    pub fn verifies(&self, word: &impl Signed) -> bool {
        self.signed(&word.signed(), word.signature())
    }

    /// Whether the holder of the key signed these bytes; the signature is hexadecimal.
    pub fn signed(&self, bytes: &[u8], signature: &str) -> bool {
        let Some(signature) = unhex(signature) else { return false };
        self.0.verify_strict(bytes, &Signature::from_bytes(&signature)).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey { .. }")
    }
}

/// An officer's secret key. Wiped from memory when dropped.
pub struct OfficerKey(SigningKey);

impl OfficerKey {
    /// From 32 random bytes.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&secret))
    }

    /// What belongs into the officer's file.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The word with this officer's signature over every other field.
    pub fn sign<W: Signed>(&self, word: W) -> W {
        let signature = hex(&self.0.sign(&word.signed()).to_bytes());
        word.with_signature(signature)
    }
}

impl fmt::Debug for OfficerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfficerKey { .. }")
    }
}
