//! What a profile and others show of each other, whatever becomes of the pair: what training learns from.

use crate::compare::compare;
use crate::evidence::{Evidence, Sheet};
use crate::key::Key;
use crate::logarithm::Millibits;
use crate::prepared::Prepared;
use crate::profile::Profile;
use crate::score::{judge, may_be_same};
use crate::value::Values;
use crate::view::View;

use super::Linker;

/// A pair as the table sees it.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    /// Log odds that the two are the same.
    pub(crate) total: Millibits,
    /// Whether the rules let two be the same that have no more in common than these.
    pub(crate) may_be_same: bool,
    /// Every comparison that said something.
    pub(crate) evidence: Vec<Evidence>,
}

impl Linker {
    /// Compares a profile with others, candidates or not. A verdict keeps no evidence of a pair of which nothing
    /// becomes; here it is kept, for those pairs are the strangers.
    pub(crate) fn observe<'o>(
        &self,
        profile: &Profile,
        others: impl Iterator<Item = &'o Profile>,
    ) -> Vec<Observed> {
        let (view, mut values) = (View::of(profile), Values::default());
        values.read(&self.digester, &view);
        let prepared = Prepared::new(&view, &values, self.store(), &self.table);
        let rules = self.table.rules(self.rulebook);
        let priors = self.priors();
        let mut sheet = Sheet::default();
        others
            .map(|other| {
                compare(&prepared, &View::of(other), &self.table, rules, &mut sheet);
                let (score, _) = judge(&sheet, priors, &self.table, rules);
                let may_be_same = may_be_same(&sheet, &self.table, rules);
                Observed { total: score.total, may_be_same, evidence: sheet.evidence.clone() }
            })
            .collect()
    }

    /// The keys of a profile: sorted, each once.
    pub(crate) fn keys(&self, profile: &Profile) -> Vec<Key> {
        self.keys.all_of(&View::of(profile))
    }
}
