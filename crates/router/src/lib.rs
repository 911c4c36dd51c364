//! The router: leads with verdicts in, copies for partners and decisions out.
//!
//! For each version of a lead it asks `release` what each partner may have, whether copies that the
//! partner holds say it all already, and sends a Report, an Update, a Cancel or nothing. What each
//! partner has of each lead is one small state machine, [`action`]; everything else follows from it.
//!
//! INVARIANT (PL-11): a copy is covered only by copies that the partner holds now; when one of those
//! goes or says less, what leaned on it is decided again in the same transaction.
//!
//! Officers and partners are heard in the same order: `hold` waits for approvals, `custody` takes leads back and notes what
//! became of copies, `deadline` does what is due. Every decision is a link of a `chain`.
//!
//! Absent: policies and redaction (`release`), which leads belong together (`deduplicator`), and whether a word is its
//! sender's (`gate`).

mod accept;
mod chain;
mod copy;
mod custody;
mod deadline;
mod decide;
mod fold;
mod hold;
mod key;
mod lead_state;
mod matter;
mod message;
mod processor;
mod purge;
mod reconsider;
mod redecide;
mod regroup;
mod state;
mod terms;
mod waiting;

pub use copy::{Action, CopyEvent, CopyState, action};
pub use processor::Router;
pub use terms::Terms;
