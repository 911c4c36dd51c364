//! The chain of decisions: the head stands in the state, and is signed now and then.

use ed25519_dalek::{Signer, SigningKey};
use lead::decision::Decision;
use lead::ident::{ContentHash, hex};
use lead::ledger::{Checkpoint, GENESIS, link};
use lead::value::Micros;
use pipeline::{Partition, StateError, Timestamp};

use crate::message::{Origin, checkpoint};
use crate::state::State;

/// Decisions after which the head is signed.
const DECISIONS: i64 = 1_000;
/// Time after which a head that has moved is signed, whatever the number.
const MILLIS: i64 = 60 * 60 * 1_000;

/// Which chain a router writes, and who signs its heads.
pub(crate) struct Chain {
    partition: Partition,
    key: SigningKey,
}

/// Where a chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Decisions so far.
    pub(crate) sequence: i64,
    /// Hash of the last one's record.
    pub(crate) hash: ContentHash,
    /// Decisions at the last checkpoint.
    pub(crate) signed: i64,
    /// When that was.
    pub(crate) signed_at: Timestamp,
}

impl Default for Head {
    fn default() -> Self {
        Self { sequence: 0, hash: GENESIS, signed: 0, signed_at: Timestamp(i64::MIN) }
    }
}

impl Chain {
    pub(crate) fn new(partition: Partition, secret: &[u8; 32]) -> Self {
        Self { partition, key: SigningKey::from_bytes(secret) }
    }

    /// Appends a decision and sends it.
    pub(crate) fn append(
        &self,
        state: &mut State<'_, '_>,
        origin: &Origin,
        mut decision: Decision,
    ) -> Result<(), StateError> {
        let mut head = state.head()?;
        decision.chain = i32::try_from(self.partition.0).unwrap_or(i32::MAX);
        decision.sequence = head.sequence.saturating_add(1);
        decision.previous = head.hash.to_string();
        let output = origin.decision(&decision)?;
        head.sequence = decision.sequence;
        head.hash = link(output.value.as_deref().unwrap_or_default());
        state.0.send(output);
        if head.sequence.saturating_sub(head.signed) >= DECISIONS {
            self.sign(state, &mut head)?;
        }
        state.set_head(&head)
    }

    /// Signs the head if it has moved and was not signed for a while.
    pub(crate) fn tick(&self, state: &mut State<'_, '_>) -> Result<(), StateError> {
        let mut head = state.head()?;
        let due = state.0.now().0.saturating_sub(head.signed_at.0) >= MILLIS;
        if head.sequence > head.signed && due {
            self.sign(state, &mut head)?;
            state.set_head(&head)?;
        }
        Ok(())
    }

    fn sign(&self, state: &mut State<'_, '_>, head: &mut Head) -> Result<(), StateError> {
        let now = state.0.now();
        let unsigned = Checkpoint {
            chain: i32::try_from(self.partition.0).unwrap_or(i32::MAX),
            sequence: head.sequence,
            head: head.hash.to_string(),
            at: Micros::of_millis(now.0),
            ..Checkpoint::default()
        };
        let signature = hex(&self.key.sign(&unsigned.signed()).to_bytes());
        let output = checkpoint(&Checkpoint { signature, ..unsigned })?;
        // A site without the topic has no checkpoints, and the chain all the same.
        if state.0.accepts(&output.topic, output.size()).is_ok() {
            state.0.send(output);
            (head.signed, head.signed_at) = (head.sequence, now);
        }
        Ok(())
    }
}
