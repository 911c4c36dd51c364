//! Pairs of leads at one address: how many name one person, how many two.
//!
//! Whether who shares an address is the same person or a relative depends on the store: a register of clients
//! has one person for each home, a census has them all. The store itself says which it is. Given names and birth
//! dates decide here and not clusters: what was decided before must not confirm itself.

use crate::birth::BirthLevel;
use crate::similarity::jaro_winkler;
use crate::view::{Held, Place, View};

/// An address with more holders is no home: a hotel, a shelter, an error.
const HOLDERS: usize = 8;

/// Counts of pairs. A function of the live leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Neighbours {
    /// Pairs with a given name or a birth date in common.
    pub(super) same: u64,
    /// Pairs with given names that differ, and birth dates too as far as they are known.
    pub(super) different: u64,
}

impl Neighbours {
    /// What changes at an address that these hold when one more comes: to be added then, and to be taken away
    /// when that one leaves them. The sign says whether pairs come or go.
    pub(super) fn change<'p>(
        holders: usize,
        others: impl Iterator<Item = &'p [u8]>,
        one: &View<'_>,
        near_at: u32,
    ) -> (Self, bool) {
        let mut counted = Self::default();
        if holders < HOLDERS {
            let mut other = View::default();
            for encoded in others {
                if other.read(encoded).is_some() {
                    counted.pair(one, &other, near_at);
                }
            }
        } else if holders == HOLDERS {
            // One too many: it was a home until now.
            let mut all = Vec::with_capacity(HOLDERS);
            for encoded in others {
                let mut view = View::default();
                all.extend(view.read(encoded).map(|()| view));
            }
            let mut rest = all.as_slice();
            while let Some((first, after)) = rest.split_first() {
                after.iter().for_each(|other| counted.pair(first, other, near_at));
                rest = after;
            }
        }
        (counted, holders < HOLDERS)
    }

    fn pair(&mut self, a: &View<'_>, b: &View<'_>, near_at: u32) {
        let named = |view: &View<'_>| view.persons().any(|p| !p.given().is_empty());
        if !named(a) || !named(b) || !share_a_home(a, b) {
            return;
        }
        let same = a.persons().any(|x| b.persons().any(|y| may_be_one(x, y, near_at)));
        if same {
            self.same += 1;
        } else {
            self.different += 1;
        }
    }

    /// Adds the counts, or takes them away.
    pub(super) fn apply(&mut self, (counted, more): (Self, bool)) {
        let change = |old: u64, by: u64| if more { old.saturating_add(by) } else { old.saturating_sub(by) };
        self.same = change(self.same, counted.same);
        self.different = change(self.different, counted.different);
    }
}

/// Whether the two have one address in common. Many towns have a Main Street 12: then nothing else may differ.
fn share_a_home(a: &View<'_>, b: &View<'_>) -> bool {
    a.places.iter().any(|x| b.places.iter().any(|y| one_home(x, y)))
}

fn one_home(x: &Place<'_>, y: &Place<'_>) -> bool {
    let agree = |a: &[u8], b: &[u8]| a == b && !a.is_empty();
    let differ = |a: &[u8], b: &[u8]| a != b && !a.is_empty() && !b.is_empty();
    let same_cell = x.cell != 0 && x.cell == y.cell;
    let same_house = agree(x.number, y.number) && agree(x.street, y.street);
    let elsewhere = differ(x.unit, y.unit) || differ(x.postcode, y.postcode);
    same_cell || same_house && !elsewhere
}

fn may_be_one(a: Held<'_, '_>, b: Held<'_, '_>, near_at: u32) -> bool {
    if matches!(a.person.birth.compare(b.person.birth), BirthLevel::Equal | BirthLevel::OneEdit) {
        return true;
    }
    let across = |x: Held<'_, '_>, y: Held<'_, '_>| x.given().iter().any(|g| y.family().contains(g));
    let near = a
        .given()
        .iter()
        .any(|g| b.given().iter().any(|h| g == h || jaro_winkler(g.latin(), h.latin()) >= near_at));
    near || across(a, b) || across(b, a)
}
