//! What belongs to a report: what it names, what that names in turn, and what is said about it.

use std::collections::BTreeSet;

use pipeline::Reason;
use vrl::value::Value;

use super::bundle::{Bundle, Object};
use super::entry::Budget;

/// The objects of an entry, without the entry itself, in the order of their types and identifiers.
pub(super) struct Reached {
    pub(super) members: Vec<usize>,
    /// Identifiers of other reports that it names.
    pub(super) related: Vec<String>,
    /// Identifiers that nothing in the message has.
    pub(super) missing: Vec<String>,
}

/// What belongs to the entry of `root`.
///
/// Named objects are followed without end; each is entered once. Of relationships those count that touch an object
/// which the report names, and from what is reached by them only those that start there: otherwise one country would
/// join all the persons in it. What only another report lists is that report's.
pub(super) fn reached(bundle: &Bundle, root: usize, budget: &mut Budget) -> Result<Reached, Reason> {
    let mut walk = Walk {
        bundle,
        root,
        seen: BTreeSet::from([root]),
        near: BTreeSet::from([root]),
        missing: BTreeSet::new(),
        waiting_near: vec![root],
        waiting_far: Vec::new(),
    };
    // All that is near comes first, so that nothing depends on the order of the message.
    while let Some(index) = walk.waiting_near.pop() {
        walk.enter(index, true, budget)?;
    }
    while let Some(index) = walk.waiting_far.pop() {
        if !walk.near.contains(&index) {
            walk.enter(index, false, budget)?;
        }
    }
    let mut members: Vec<usize> = Vec::new();
    // Named alike, whether they are in the message or not.
    let (mut related, missing): (BTreeSet<String>, BTreeSet<String>) =
        walk.missing.into_iter().partition(|id| is_lead_id(id));
    for index in walk.seen.into_iter().filter(|index| *index != root) {
        match bundle.object(index) {
            Some(object) if object.is_lead() => drop(related.insert(object.id.clone())),
            _ => members.push(index),
        }
    }
    let place = |index: &usize| bundle.object(*index).map(|object| (object.kind.clone(), object.id.clone()));
    members.sort_by_cached_key(place);
    Ok(Reached { members, related: related.into_iter().collect(), missing: missing.into_iter().collect() })
}

/// Everything that an entry needs to be read alone: its objects, their authors and marks.
pub(super) fn all(bundle: &Bundle, root: usize, budget: &mut Budget) -> Result<Vec<usize>, Reason> {
    let mut all = BTreeSet::from([root]);
    all.extend(reached(bundle, root, budget)?.members);
    let named: Vec<&str> = all
        .iter()
        .filter_map(|index| bundle.object(*index))
        .flat_map(|object| object.text("created_by_ref").into_iter().chain(marks(object).map(|(id, _)| id)))
        .collect();
    let context: Vec<usize> = named.into_iter().filter_map(|id| bundle.find(id)).collect();
    all.extend(
        context.into_iter().filter(|index| bundle.object(*index).is_some_and(|object| !object.is_lead())),
    );
    Ok(all.into_iter().collect())
}

/// The marks of an object, with the selectors of those on a part of it.
pub(super) fn marks(object: &Object) -> impl Iterator<Item = (&str, Option<&Value>)> {
    let items = |name: &str| object.fields.get(name).and_then(Value::as_array).unwrap_or_default();
    let whole = items("object_marking_refs").iter().filter_map(|id| Some((id.to_str()?, None)));
    let parts = items("granular_markings").iter().filter_map(|mark| {
        let mark = mark.as_object()?;
        Some((mark.get("marking_ref")?.to_str()?, Some(mark.get("selectors").unwrap_or(&Value::Null))))
    });
    whole.chain(parts)
}

struct Walk<'b> {
    bundle: &'b Bundle,
    root: usize,
    seen: BTreeSet<usize>,
    /// Of those what the report names, itself or by what it names; the others are reached by a relationship.
    near: BTreeSet<usize>,
    missing: BTreeSet<String>,
    waiting_near: Vec<usize>,
    waiting_far: Vec<usize>,
}

impl Walk<'_> {
    fn enter(&mut self, index: usize, near: bool, budget: &mut Budget) -> Result<(), Reason> {
        let Some(object) = self.bundle.object(index) else { return Ok(()) };
        if object.is_lead() && index != self.root {
            return Ok(());
        }
        for named in &object.refs {
            budget.step(1)?;
            match named {
                Ok(to) => self.push(*to, near),
                Err(id) => {
                    self.missing.insert(id.clone());
                }
            }
        }
        for by in &object.touched_by {
            budget.step(1)?;
            let Some(about) = self.bundle.object(*by).filter(|_| !self.seen.contains(by)) else { continue };
            let starts_here = about.kind == "relationship"
                && about.text("source_ref").and_then(|id| self.bundle.find(id)) == Some(index);
            if !(near || starts_here) || self.is_of_another(about, budget)? {
                continue;
            }
            self.seen.insert(*by);
            // A remark on several reports does not join them.
            if matches!(about.kind.as_str(), "note" | "opinion" | "language-content") {
                continue;
            }
            for end in about.refs.iter().flatten() {
                budget.step(1)?;
                let Some(object) = self.bundle.object(*end) else { continue };
                if !self.is_of_another(object, budget)? {
                    self.push(*end, index == self.root);
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, index: usize, near: bool) {
        let is_new = self.seen.insert(index);
        if near && self.near.insert(index) {
            self.waiting_near.push(index);
        } else if !near && is_new {
            self.waiting_far.push(index);
        }
    }

    /// Whether other reports list an object and this one does not. A report that lists this one is no other.
    fn is_of_another(&self, object: &Object, budget: &mut Budget) -> Result<bool, Reason> {
        let (listed_by, root) = (&object.listed_by, self.bundle.object(self.root));
        if listed_by.is_empty() || listed_by.binary_search(&self.root).is_ok() {
            return Ok(false);
        }
        // Both are in order.
        let parents = root.map(|root| root.listed_by.as_slice()).unwrap_or_default();
        let (few, many) =
            if parents.len() < listed_by.len() { (parents, &**listed_by) } else { (&**listed_by, parents) };
        budget.step(few.len())?;
        Ok(!few.iter().any(|lead| many.binary_search(lead).is_ok()))
    }
}

/// Whether an identifier is that of a report, which is an entry of its own wherever it is.
fn is_lead_id(id: &str) -> bool {
    ["report--", "grouping--", "incident--"].iter().any(|prefix| id.trim().starts_with(prefix))
}
