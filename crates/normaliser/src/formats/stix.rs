//! STIX (OASIS): bundles of version 2.1, and of 2.0 with the observables inside observed-data.
//!
//! Each `report`, `grouping` and `incident` is an entry, with everything that it refers to: its objects, what these name,
//! and the relationships, sightings, notes and opinions about them. An entry is an object:
//!
//! - `report`: the object itself, its author in place of `created_by_ref`;
//! - `objects`: by type, a list of what belongs to it. A property that ends in `_ref` or `_refs` holds the object that it
//!   names instead of its identifier; `relations` are the relationships of the object, `observed` the observations that
//!   hold it. A person (an identity of class `individual`, an individual threat actor) has a `person_ref`, what a
//!   relationship says is a person's has it too, and e-mail addresses and phones stand in the person's `holds`;
//! - `marking`: `tlp` and `pap`, the strictest of all marks, `statements`, and `granular` with their selectors;
//! - `related`: other reports that it names; `unresolved`: identifiers of what is not in the message;
//! - `later_version`: whether `modified` is after `created`; `withdrawn`: how many of its objects are revoked;
//! - `warnings` for `content.quality.warnings`.
//!
//! The order of objects means nothing: of two versions of an object the later counts. Patterns are not read, and no
//! payload is copied.

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use self::bundle::{Bundle, Part};
use self::entry::Budget;
use crate::digest;
use crate::formats::{Decoded, Format, json};
use crate::reason::ReasonCode;
use crate::source::Limits;

mod bundle;
mod entry;
mod mark;
mod reach;

pub(crate) struct Stix;

impl Format for Stix {
    fn name(&self) -> &'static str {
        "stix"
    }

    fn needs_mapping(&self) -> bool {
        true
    }

    fn decode(&self, value: &[u8], limits: &Limits) -> Result<Decoded, Reason> {
        let bundle = Bundle::read(json::tree(value, limits)?)?;
        // Objects that many reports share are copied into each: all copies of a message count as its values do.
        let mut budget = Budget::new(limits.values);
        let entry = |part: &Part| match part {
            Part::Lead(lead) => entry::build(&bundle, *lead, &mut budget),
            Part::NoObject(_) => Err(ReasonCode::NotAnObject
                .with("expected an object with the text `type` as an item of the bundle's `objects`")),
        };
        let entries: Vec<_> = bundle.parts().iter().map(entry).collect();
        if entries.is_empty() {
            return Err(ReasonCode::NoLeadObject
                .with("expected a report, a grouping or an incident among the objects of the bundle"));
        }
        Ok(Decoded::Entries(entries))
    }

    fn alone(&self, value: &[u8], limits: &Limits, entries: &[usize]) -> Vec<Option<Vec<u8>>> {
        let Some(bundle) = json::tree(value, limits).ok().and_then(|tree| Bundle::read(tree).ok()) else {
            return vec![None; entries.len()];
        };
        // No more than the message over again: a caller keeps the message whole where that is not enough.
        let mut left = value.len().saturating_mul(2);
        let mut budget = Budget::new(limits.values.saturating_mul(4));
        let mut one = |index: &usize| {
            let items = match bundle.parts().get(*index)? {
                Part::Lead(lead) => bundle.originals(&reach::all(&bundle, *lead, &mut budget).ok()?),
                Part::NoObject(item) => vec![item.clone()],
            };
            let mut fields = ObjectMap::from([
                ("type".into(), Value::from("bundle")),
                ("objects".into(), Value::Array(items)),
            ]);
            if let Some(id) = bundle.id() {
                fields.insert("id".into(), Value::from(id));
            }
            let json = digest::to_json(&Value::Object(fields));
            left = left.checked_sub(json.len())?;
            Some(json)
        };
        entries.iter().map(&mut one).collect()
    }
}

#[cfg(test)]
mod tests;
