//! What can happen to a copy at a partner: one total function.
//!
//! A copy is what one partner has of one lead. The table below is the whole of its life; nothing else
//! in this crate decides what an event does to a copy. Adding a state or an event does not compile
//! until each of its cells is filled.
//!
//! Absent: whether the partner may have the lead (`release`), and how the action is carried out
//! (`decide`). Holds come with approvals.

use serde::{Deserialize, Serialize};

/// What a partner has of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum CopyState {
    /// Nothing was ever sent, or nothing that still concerns the partner.
    #[default]
    NothingSent,
    /// The partner holds a copy.
    Delivered,
    /// Nothing was sent, because copies that the partner holds say it all.
    Covered,
    /// The partner was told to drop its copy.
    Cancelled,
}

/// What happens to a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CopyEvent {
    /// There is a newer version of the lead, or a reason to look at this one again.
    NewerVersion,
    /// The lead is withdrawn.
    Cancel,
    /// The partner or the policy denies it now.
    Denied,
    /// Other copies that the partner holds contain every fact of it.
    Covered,
}

/// What the router does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Ask the policies, then whether it is covered; send a Report if neither stands against it.
    Decide,
    /// Ask the policies; send an Update if the permitted content changed, nothing if it did not.
    Update,
    /// Tell the partner to drop its copy, then decide again what the copy covered.
    Cancel,
    /// Note that other copies cover it.
    Cover,
    /// Note that nothing is sent any more, and decide again what leaned on it.
    Uncover,
}

/// The table.
pub fn action(state: CopyState, event: CopyEvent) -> Action {
    use CopyEvent as E;
    use CopyState as S;
    match (state, event) {
        (S::NothingSent, E::NewerVersion) => Action::Decide,
        (S::NothingSent, E::Cancel | E::Denied) => Action::Nothing,
        (S::NothingSent, E::Covered) => Action::Cover,

        (S::Delivered, E::NewerVersion) => Action::Update,
        (S::Delivered, E::Cancel | E::Denied) => Action::Cancel,
        // A delivered copy stays delivered: what the partner holds is kept up to date or withdrawn.
        (S::Delivered, E::Covered) => Action::Nothing,

        (S::Covered, E::NewerVersion) => Action::Decide,
        (S::Covered, E::Cancel | E::Denied) => Action::Uncover,
        (S::Covered, E::Covered) => Action::Cover,

        (S::Cancelled, E::NewerVersion) => Action::Decide,
        (S::Cancelled, E::Cancel | E::Denied) => Action::Nothing,
        // Only a lead that was reported again comes here: a withdrawn one is never compared.
        (S::Cancelled, E::Covered) => Action::Cover,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each cell, written a second time in the words of ARCHITECTURE.md.
    #[test]
    fn every_cell_is_as_the_table_says() {
        let table = [
            (CopyState::NothingSent, [Action::Decide, Action::Nothing, Action::Nothing, Action::Cover]),
            (CopyState::Delivered, [Action::Update, Action::Cancel, Action::Cancel, Action::Nothing]),
            (CopyState::Covered, [Action::Decide, Action::Uncover, Action::Uncover, Action::Cover]),
            (CopyState::Cancelled, [Action::Decide, Action::Nothing, Action::Nothing, Action::Cover]),
        ];
        let events = [CopyEvent::NewerVersion, CopyEvent::Cancel, CopyEvent::Denied, CopyEvent::Covered];
        for (state, row) in table {
            for (event, expected) in events.into_iter().zip(row) {
                assert_eq!(action(state, event), expected, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn only_a_held_copy_is_ever_cancelled_or_updated() {
        for state in [CopyState::NothingSent, CopyState::Covered, CopyState::Cancelled] {
            for event in [CopyEvent::NewerVersion, CopyEvent::Cancel, CopyEvent::Denied, CopyEvent::Covered] {
                assert!(!matches!(action(state, event), Action::Cancel | Action::Update));
            }
        }
    }
}
