//! Folds additions into a body: what a lead says as a whole.
//!
//! An addition adds elements to lists and fills fields that are absent; it never takes a statement
//! away and never lowers a protection: where both speak of a marking or a statutory protection, the
//! stricter statement counts. The result depends on the base and the set of additions only, not on
//! the order in which they came.

use lead::code::{Ternary, Tlp};
use lead::document::DocumentError;
use lead::{Content, Document, Lead};
use serde_json::{Map, Value};

/// The whole lead from its base, if it has one, and its additions in their order. `None` when there
/// is neither; refused when a part holds a number that is none.
pub(crate) fn fold(base: Option<Lead>, additions: Vec<Lead>) -> Result<Option<Lead>, DocumentError> {
    let mut additions = additions.into_iter();
    let Some(mut whole) = base.or_else(|| additions.next()) else { return Ok(None) };
    for addition in additions {
        whole.routing_country = whole.routing_country.or(addition.routing_country);
        whole.content = add(&whole.content, &addition.content)?;
    }
    Ok(Some(whole))
}

fn add(base: &Content, addition: &Content) -> Result<Content, DocumentError> {
    let mut merged = base.to_json();
    fill(&mut merged, addition.to_json());
    let mut content = Content::from_json(merged)?;
    protect(&mut content, base, addition);
    Ok(content)
}

fn fill(base: &mut Value, addition: Value) {
    match (base, addition) {
        (Value::Object(base), Value::Object(addition)) => fill_object(base, addition),
        (Value::Array(base), Value::Array(addition)) => {
            for element in addition {
                if !base.contains(&element) {
                    base.push(element);
                }
            }
        }
        (base, addition) if is_absent(base) => *base = addition,
        _ => {}
    }
}

fn fill_object(base: &mut Map<String, Value>, addition: Map<String, Value>) {
    for (name, value) in addition {
        match base.get_mut(&name) {
            Some(field) => fill(field, value),
            None => {
                base.insert(name, value);
            }
        }
    }
}

/// Whether a field says nothing: null, or the symbol that its code list has for "not known".
fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => matches!(text.trim(), "" | "UNKNOWN" | "NOT_STATED"),
        _ => false,
    }
}

fn protect(content: &mut Content, base: &Content, addition: &Content) {
    let handling = &mut content.handling;
    handling.tlp = stricter_tlp(base.handling.tlp, addition.handling.tlp);
    // Declared from open to closed, with "not stated" first.
    handling.pap = base.handling.pap.max(addition.handling.pap);
    // Both parts leave together, so only to whom both name.
    handling.recipients = both_name(&base.handling.recipients, &addition.handling.recipients);

    let (b, a) = (&base.protections, &addition.protections);
    let protections = &mut content.protections;
    protections.v1367 = yes_wins(b.v1367, a.v1367);
    protections.juvenile = yes_wins(b.juvenile, a.juvenile);
    protections.sealed = yes_wins(b.sealed, a.sealed);
    protections.sar_derived = yes_wins(b.sar_derived, a.sar_derived);
    if let (Some(consent), Some(b), Some(a)) = (&mut protections.consent, &b.consent, &a.consent) {
        consent.given = match (b.given, a.given) {
            (Ternary::No, _) | (_, Ternary::No) => Ternary::No,
            (Ternary::Unknown, given) | (given, _) => given,
        };
        consent.scope = both_name(&b.scope, &a.scope);
        consent.expires = match (&b.expires, &a.expires) {
            (Some(b), Some(a)) if release::end_of(a) < release::end_of(b) => Some(a.clone()),
            (Some(b), _) => Some(b.clone()),
            (None, a) => a.clone(),
        };
    }

    content.legal.warrant_required = yes_wins(base.legal.warrant_required, addition.legal.warrant_required);
    content.legal.purposes = both_name(&base.legal.purposes, &addition.legal.purposes);
    // Who says nothing may come from a country whose data is: an addition's no takes nothing from that.
    content.legal.eu_data = match addition.legal.eu_data {
        Ternary::Yes => Ternary::Yes,
        Ternary::No | Ternary::Unknown => base.legal.eu_data,
    };
    content.urgency.imminent_danger =
        yes_wins(base.urgency.imminent_danger, addition.urgency.imminent_danger);
    content.source.prohibited_source_risk =
        base.source.prohibited_source_risk.max(addition.source.prohibited_source_risk);
}

/// An addition that states nothing goes under the marking of the lead; a lead that states nothing is
/// treated as AMBER+STRICT, and no addition opens it further.
fn stricter_tlp(base: Tlp, addition: Tlp) -> Tlp {
    match (base, addition) {
        (stated, Tlp::NotStated) => stated,
        (Tlp::NotStated, Tlp::Clear | Tlp::Green | Tlp::Amber) => Tlp::NotStated,
        // Declared from open to closed.
        (base, addition) => base.max(addition),
    }
}

fn yes_wins(a: Ternary, b: Ternary) -> Ternary {
    match (a, b) {
        (Ternary::Yes, _) | (_, Ternary::Yes) => Ternary::Yes,
        (Ternary::No, _) | (_, Ternary::No) => Ternary::No,
        (Ternary::Unknown, Ternary::Unknown) => Ternary::Unknown,
    }
}

/// Names in both lists; a list without names says nothing. Lists that have none in common name [`NOBODY`]: to say nothing
/// would let a third part name whom it likes.
fn both_name(a: &[String], b: &[String]) -> Vec<String> {
    let is_stated = |list: &[String]| list.iter().any(|name| !name.trim().is_empty());
    let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
    match (is_stated(a), is_stated(b)) {
        (false, _) => b.to_vec(),
        (true, false) => a.to_vec(),
        (true, true) => {
            let both = a.iter().filter(|name| b.iter().any(|other| same(name, other)));
            let both: Vec<String> = both.filter(|name| !name.trim().is_empty()).cloned().collect();
            if both.is_empty() { vec![NOBODY.to_owned()] } else { both }
        }
    }
}

/// No partner, purpose or kind of partners is called so.
const NOBODY: &str = "-";

#[cfg(test)]
#[path = "fold/tests.rs"]
mod tests;
