//! Lets in what officers say, once it is known that an officer said it.
//!
//! [`Gate`] reads leads.officers.v1 and appends what it accepts, byte for byte, to the ordered stream of the leads it
//! speaks of: leads.normalised.v1. No service behind it asks again who signed. What it refuses is a dead letter with a
//! [`Refusal`].
//!
//! INVARIANT: a decision passes if and only if [`Officers::examine`] finds nothing: an officer that is configured, with
//! the right to decide, whose key was valid then and is valid at its arrival, and a signature over every field.
//!
//! INVARIANT: what is said does not depend on what was said before: the gate has no state but its counts, and a
//! decision that comes twice passes twice. The deduplicator ignores a word that is not later than the last.
//!
//! What is absent: what a decision leads to (`deduplicator`), and where secret keys are kept (`leadshare`).

mod examine;
mod officer;
mod officers;
mod processor;
mod refusal;
mod signature;

pub use officer::{GRANTS, Grant, Officer, OfficerError};
pub use officers::Officers;
pub use processor::Gate;
pub use refusal::Refusal;
pub use signature::{OfficerKey, PublicKey};
