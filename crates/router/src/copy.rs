//! What can happen to a copy at a partner: one total function.
//!
//! A copy is what one partner has of one lead. The table below is the whole of its life; nothing else
//! in this crate decides what an event does to a copy. Adding a state or an event does not compile
//! until each of its cells is filled.
//!
//! Absent: whether the partner may have the lead (`release`), and how the action is carried out
//! (`decide`, `hold`).

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
    /// Nothing was sent yet: officers have to approve it.
    Held,
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
    /// Officers have said what they think of it.
    Approval,
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
    /// Note that it waits for nobody any more.
    Unhold,
}

/// The table.
pub fn action(state: CopyState, event: CopyEvent) -> Action {
    use CopyEvent as E;
    use CopyState as S;
    match (state, event) {
        (S::NothingSent, E::NewerVersion) => Action::Decide,
        (S::NothingSent, E::Cancel | E::Denied | E::Approval) => Action::Nothing,
        (S::NothingSent, E::Covered) => Action::Cover,

        // A newer version may wait for an officer while the partner keeps the one it has.
        (S::Delivered, E::NewerVersion | E::Approval) => Action::Update,
        (S::Delivered, E::Cancel | E::Denied) => Action::Cancel,
        // A delivered copy stays delivered: what the partner holds is kept up to date or withdrawn.
        (S::Delivered, E::Covered) => Action::Nothing,

        (S::Covered, E::NewerVersion) => Action::Decide,
        (S::Covered, E::Cancel | E::Denied) => Action::Uncover,
        (S::Covered, E::Covered) => Action::Cover,
        (S::Covered, E::Approval) => Action::Nothing,

        (S::Held, E::NewerVersion | E::Approval) => Action::Decide,
        (S::Held, E::Cancel | E::Denied) => Action::Unhold,
        // What waits for an officer goes on waiting: a hold is never coverage, nor ended by it.
        (S::Held, E::Covered) => Action::Nothing,

        (S::Cancelled, E::NewerVersion) => Action::Decide,
        (S::Cancelled, E::Cancel | E::Denied | E::Approval) => Action::Nothing,
        // Only a lead that was reported again comes here: a withdrawn one is never compared.
        (S::Cancelled, E::Covered) => Action::Cover,
    }
}

#[cfg(test)]
mod tests {
    use super::{Action as A, *};

    const EVENTS: [CopyEvent; 5] = [
        CopyEvent::NewerVersion,
        CopyEvent::Cancel,
        CopyEvent::Denied,
        CopyEvent::Covered,
        CopyEvent::Approval,
    ];

    /// Each cell, written a second time in the words of ARCHITECTURE.md.
    #[test]
    fn every_cell_is_as_the_table_says() {
        let table = [
            (CopyState::NothingSent, [A::Decide, A::Nothing, A::Nothing, A::Cover, A::Nothing]),
            (CopyState::Held, [A::Decide, A::Unhold, A::Unhold, A::Nothing, A::Decide]),
            (CopyState::Delivered, [A::Update, A::Cancel, A::Cancel, A::Nothing, A::Update]),
            (CopyState::Covered, [A::Decide, A::Uncover, A::Uncover, A::Cover, A::Nothing]),
            (CopyState::Cancelled, [A::Decide, A::Nothing, A::Nothing, A::Cover, A::Nothing]),
        ];
        for (state, row) in table {
            for (event, expected) in EVENTS.into_iter().zip(row) {
                assert_eq!(action(state, event), expected, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn only_a_held_copy_is_ever_cancelled_or_updated() {
        for state in [CopyState::NothingSent, CopyState::Held, CopyState::Covered, CopyState::Cancelled] {
            for event in EVENTS {
                assert!(!matches!(action(state, event), Action::Cancel | Action::Update));
            }
        }
    }
}
