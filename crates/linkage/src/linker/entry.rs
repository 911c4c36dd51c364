//! A live lead in memory.

use crate::posting::Cluster;
use crate::profile::{Profile, ProfileError};

use super::Id;

/// A live lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: Id,
    pub(super) accepted: u64,
    pub(super) cluster: Cluster,
    pub(super) profile: Encoded,
}

/// A profile in its encoded form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encoded(Box<[u8]>);

/// Bytes that the processor reads from memory at once.
const LINE: usize = 64;

impl Encoded {
    pub(super) fn new(profile: &Profile) -> Self {
        Self(profile.encode().into())
    }

    /// Takes a profile that is encoded already.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ProfileError> {
        Profile::check(bytes)?;
        Ok(Self(bytes.into()))
    }

    /// Takes what was one, as an image has it.
    pub(super) fn of_image(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn decode(&self) -> Result<Profile, ProfileError> {
        Profile::decode(&self.0)
    }

    /// Something of each part of it, so that all of it is there when it is read.
    pub(super) fn touch(&self) -> u8 {
        self.0.iter().step_by(LINE).fold(0, |sum, byte| sum ^ byte)
    }

    /// The encoded form, as of a profile.
    #[cfg(test)]
    pub(super) fn encode(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}
