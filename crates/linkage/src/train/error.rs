//! Why nothing is learned.

use crate::linker::LinkerError;
use crate::logarithm::Millibits;
use crate::table::TableError;

/// Why there is no trained table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// The table that training begins from is none, or the one that it makes would be none.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The text of the table cannot be edited.
    #[error("the text of the table cannot be edited: {0}")]
    Document(String),
    /// The index refuses a profile.
    #[error("the index refuses a profile: {0}")]
    Index(#[from] LinkerError),
    /// A path that is to keep its value is not one that is learned.
    #[error("`{0}` is to keep its value, but nothing of that name is learned")]
    Unlearned(String),
    /// There is too little to learn from.
    #[error("{given} {what} are too few to learn from, {needed} are needed")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// How many there are.
        given: u64,
        /// How many are needed.
        needed: u64,
    },
    /// The same show an equal value less often, or more often, than can be believed: what was found as the same
    /// is probably something else.
    #[error(
        "`{path}` was learned as {learned}, expected {least} to {most}: strangers, such as people of one home, were probably \
         taken for the same. Keep the table as it is, and train again when more records name a person with a birth date, a \
         document or an account"
    )]
    Exact {
        /// Where it stands in the table.
        path: String,
        /// What was learned, in thousandths.
        learned: u32,
        /// The least that is believed.
        least: u32,
        /// The most that is believed.
        most: u32,
    },
    /// A stronger agreement would say less than a weaker one, by more than is smoothed.
    #[error(
        "`{path}` was learned as {learned}, expected about {allowed} by the levels beside it: strangers, such as people \
         of one home, were probably taken for the same. Keep the table as it is, and train again when more records name a \
         person with a birth date, a document or an account"
    )]
    Order {
        /// Where it stands in the table.
        path: String,
        /// What was learned, in millibits.
        learned: Millibits,
        /// The nearest that the order of levels allows, in millibits.
        allowed: Millibits,
    },
}
