//! Finds which leads or records speak of the same: profiles, blocking keys, integer scores.
//!
//! Fellegi and Sunter's model: each comparison says log2(m / u), in millibits from a [`Table`]; an agreement on
//! a value is weighed by how common that value is when the lead arrives; evidence is summed in groups with
//! caps; the sum begins at a prior that falls one bit for each doubling of the store. See [`Linker`].
//!
//! INVARIANT: a decision is a function of the live profiles, the hot marks and the table. There are no
//! floats in it, no clock and no order of a hash map, so a replay gives the same bits. [`train`] makes a table and
//! no decision: it has floats, and gives the same bits all the same.
//!
//! INVARIANT: a name alone never links. Two groups of evidence must agree, one of them not a name.
//!
//! INVARIANT: what one lead costs is bounded by the table.
//!
//! What is absent: where profiles come from and where they are kept (the deduplicator), and who may see what.

mod birth;
mod commonness;
mod compare;
mod digest;
mod evidence;
mod gapped;
mod group;
mod identifier;
mod image;
mod key;
mod label;
mod ledger;
mod linker;
mod logarithm;
mod name;
mod narrative;
mod place;
mod posting;
mod prepared;
mod profile;
mod score;
mod similarity;
mod sound;
mod table;
mod train;
mod value;
mod view;

pub use birth::{Birth, BirthLevel};
pub use digest::Digester;
pub use evidence::{Comparison, Evidence, Level};
pub use group::{GROUPS, Group, Sums};
pub use identifier::{Identifier, IdentifierKind};
pub use image::ImageError;
pub use key::{Key, KeyKind};
pub use ledger::{Cause, Edge, Event, Growth, Hold, Ledger, LedgerError, Proposal};
pub use linker::{Assessment, HotKey, Id, Linker, LinkerError, RestoreError, Scored};
pub use logarithm::{Millibits, log2_millibits, rarity_bucket};
pub use name::Name;
pub use narrative::{BANDS, Narrative, Overlap, SHINGLES_MAX};
pub use place::{Address, Place};
pub use profile::{Document, Person, Profile, ProfileError, Sex, bounds};
pub use score::{Decision, Rival, Score};
pub use similarity::{Millionths, edits, jaro_winkler};
pub use table::{
    AgeWeights, BirthWeights, Bounds, Caps, Corroboration, DocumentWeights, EmployerWeights, Exact, Hot,
    Household, IdentifierWeight, IdentifierWeights, MiddleWeights, NameWeights, NamesWeights,
    NarrativeWeights, PartWeights, PlaceWeights, Prior, Rulebook, Rules, SexWeights, Table, TableError,
    Weights, Worth,
};
pub use train::{Learned, Outcome, TrainError, Trained, Training, Unit, train};
