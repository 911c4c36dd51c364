//! Lets in what officers say, once it is known that an officer said it, and what partners answer, once it is known what
//! about.
//!
//! [`Gate`] reads leads.officers.v1 and the topics of partners' answers, and appends what it accepts to the ordered stream
//! of the leads it speaks of: match decisions to leads.normalised.v1, approvals, recalls and answers to leads.matters.v1.
//! What is signed goes on byte for byte. No service behind it asks again who said it. What it refuses is a dead letter with
//! a [`Refusal`].
//!
//! INVARIANT: an answer passes if and only if its reference was given to the partner whose topic it came on.
//!
//! INVARIANT: a word passes if and only if [`Officers::examine`] finds nothing: an officer that is configured, with
//! the right to decide, whose key was valid then and is valid at its arrival, and a signature over every field.
//!
//! INVARIANT: what is said does not depend on what was said before: the gate has no state but its counts, and a
//! decision that comes twice passes twice. The deduplicator ignores a word that is not later than the last.
//!
//! What is absent: what a decision leads to (`deduplicator`), and where secret keys are kept (`leadshare`).

mod answer;
mod examine;
mod officer;
mod officers;
mod processor;
mod refusal;
mod signature;

pub use examine::Word;
pub use officer::{GRANTS, Grant, Officer, OfficerError};
pub use officers::Officers;
pub use processor::Gate;
pub use refusal::Refusal;
pub use signature::{OfficerKey, PublicKey};
