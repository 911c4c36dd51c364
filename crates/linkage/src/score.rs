//! From evidence to a total and a decision.

use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Sheet};
use crate::group::{Group, Sums};
use crate::logarithm::Millibits;
use crate::table::{Rules, Table};

/// What is to become of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Decision {
    /// Nothing.
    None,
    /// They share an identifier, and no more can be said.
    Relation,
    /// A person looks at it.
    Review,
    /// They are the same.
    Link,
}

/// The other explanation that a total is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rival {
    /// Someone else of the whole store.
    Stranger,
    /// Someone else of the same home.
    Household,
}

/// How a pair was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Log odds that they are the same.
    pub total: Millibits,
    /// Where the sum began.
    pub prior: Millibits,
    /// Against which explanation: the one that leaves less.
    pub rival: Rival,
    /// What each group adds up to, before caps.
    pub groups: Sums,
    /// Whether something can hardly be so if they are the same.
    pub contradicted: bool,
    /// Every comparison that said something; empty when nothing is to become of the pair.
    pub evidence: Vec<Evidence>,
}

impl Score {
    /// What a group adds to the total: its sum up to its cap, and nothing where the rival explains it too.
    pub fn counted(&self, table: &Table, group: Group) -> Millibits {
        counted(table, self.rival, group, self.groups.of(group))
    }
}

fn counted(table: &Table, rival: Rival, group: Group, sum: Millibits) -> Millibits {
    let most = match (rival, group) {
        (Rival::Household, Group::Family) => return sum.clamp(table.household.family, 0),
        // The relatives of one are the relatives of the other.
        (Rival::Household, Group::Place | Group::Phone | Group::Company) => 0,
        (Rival::Household, Group::Birth) => table.household.birth,
        (Rival::Household, Group::Document) => table.household.document,
        _ => table.caps.of(group),
    };
    sum.min(most)
}

fn total(table: &Table, rival: Rival, prior: Millibits, sums: &Sums) -> Millibits {
    sums.iter().map(|(group, sum)| counted(table, rival, group, sum)).sum::<Millibits>() + prior
}

/// Log odds before anything is compared, against each rival.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Priors {
    pub(crate) stranger: Millibits,
    pub(crate) household: Millibits,
}

/// Judges a sheet.
pub(crate) fn judge(sheet: &Sheet, priors: Priors, table: &Table, rules: &Rules) -> (Score, Decision) {
    let sums = &sheet.sums;
    let stranger = (total(table, Rival::Stranger, priors.stranger, sums), priors.stranger, Rival::Stranger);
    let shares_home = sums.of(Group::Place) >= table.weights.place.shared || sums.of(Group::Phone) > 0;
    let names_compared = sums.of(Group::Given) != 0 || sums.of(Group::Family) != 0;
    let household = priors.household;
    let against_household = (shares_home && names_compared)
        .then(|| (total(table, Rival::Household, household, sums), household, Rival::Household));
    let (total, prior, rival) = match against_household {
        Some(other) if other.0 < stranger.0 => other,
        _ => stranger,
    };
    let decision = decide(sums, total, sheet.hard, table, rules);
    let evidence = if decision == Decision::None { Vec::new() } else { sheet.evidence.clone() };
    (Score { total, prior, rival, groups: *sums, contradicted: sheet.hard, evidence }, decision)
}

fn decide(sums: &Sums, total: Millibits, hard: bool, table: &Table, rules: &Rules) -> Decision {
    let strong = Strong { sums, table };
    let link = if hard { rules.contradicted_link } else { rules.link };
    if total >= link && strong.is_enough(rules) {
        Decision::Link
    } else if total >= rules.review && strong.is_worth_a_look(rules) {
        Decision::Review
    } else if strong.identifiers() {
        Decision::Relation
    } else {
        Decision::None
    }
}

/// Whether the rules ever let two be the same, or ask a person about them, whatever their total is.
pub(crate) fn may_be_same(sheet: &Sheet, table: &Table, rules: &Rules) -> bool {
    let strong = Strong { sums: &sheet.sums, table };
    strong.is_enough(rules) || strong.is_worth_a_look(rules)
}

/// Groups that are evidence of their own.
struct Strong<'s> {
    sums: &'s Sums,
    table: &'s Table,
}

impl Strong<'_> {
    fn has(&self, group: Group) -> bool {
        self.sums.of(group) >= self.table.corroboration.least
    }

    fn groups(&self) -> impl Iterator<Item = Group> {
        self.sums.iter().filter(|(_, sum)| *sum >= self.table.corroboration.least).map(|(group, _)| group)
    }

    fn identifiers(&self) -> bool {
        self.groups().any(Group::is_identifier)
    }

    /// Two groups, one of them not a name. The same report of the same source needs no second.
    fn two(&self) -> bool {
        self.has(Group::Identity) || self.groups().count() >= 2 && self.groups().any(|group| !group.is_name())
    }

    /// Something that belongs to one person or one act. A phone may be the desk's of a motel, and a text a form's.
    fn thing(&self) -> bool {
        self.groups().any(Group::is_of_one)
    }

    /// Who by both names, with a phone; or a name with a birth date.
    fn person(&self) -> bool {
        let (given, family) = (self.has(Group::Given), self.has(Group::Family));
        let says = |group| self.sums.of(group) >= self.table.corroboration.person;
        given && family && says(Group::Phone) || (given || family) && says(Group::Birth)
    }

    fn is_enough(&self, rules: &Rules) -> bool {
        self.two() && (!rules.needs_person_or_thing || self.thing() || self.person())
    }

    /// Somebody of whom nothing says that it is another; of two names only with a phone that hardly anybody has, for a
    /// phone, a place or a text may be many people's.
    fn named(&self) -> bool {
        let agrees = self.groups().any(Group::is_name) || self.has(Group::Birth);
        let differs = |group| self.sums.of(group) < 0;
        let alias = self.sums.of(Group::Phone) >= self.table.corroboration.alias;
        agrees && !differs(Group::Birth) && (alias || !differs(Group::Given) && !differs(Group::Family))
    }

    fn is_worth_a_look(&self, rules: &Rules) -> bool {
        !rules.needs_person_or_thing || self.thing() || self.two() && self.named()
    }
}

#[cfg(test)]
mod tests;
