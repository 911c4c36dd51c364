//! What can be taken away from the simulated system, to see that the simulation misses it. All of it is done in the
//! simulator's own transport, store and driver: nothing in the product can be told to do any of this.

/// One guarantee less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sabotage {
    /// Input offsets are committed beside the transaction.
    OffsetsOutside,
    /// The store is written when records are sent, before the commit.
    StoreBeforeCommit,
    /// Offsets travel without the group's generation.
    NoGenerationCheck,
    /// A restore believes that the changelog ends at the last stable offset.
    RestoreToLastStable,
    /// Dead letters are written by a producer of their own.
    DeadLettersOutside,
    /// After an outcome that nobody knows the producer stays.
    ProducerKept,
    /// What was derived from a batch that was aborted stays in memory.
    StaleOverlay,
    /// A restore leaves out what copies cover.
    CoverageNotRestored,
    /// Nobody finds what a withdrawn lead covered.
    CoveredForgotten,
    /// The records of a batch are written in the opposite order.
    Overtaking,
    /// What a tick writes is written beside the transaction.
    TickOutside,
    /// Whoever stands by keeps its store up to date, and not what is derived from it.
    StandbyUnheard,
    /// What changes after an image was made is not noted.
    ImageUnheard,
}

/// Every sabotage.
pub const SABOTAGES: [Sabotage; 13] = [
    Sabotage::OffsetsOutside,
    Sabotage::StoreBeforeCommit,
    Sabotage::NoGenerationCheck,
    Sabotage::RestoreToLastStable,
    Sabotage::DeadLettersOutside,
    Sabotage::ProducerKept,
    Sabotage::StaleOverlay,
    Sabotage::CoverageNotRestored,
    Sabotage::CoveredForgotten,
    Sabotage::Overtaking,
    Sabotage::TickOutside,
    Sabotage::StandbyUnheard,
    Sabotage::ImageUnheard,
];
