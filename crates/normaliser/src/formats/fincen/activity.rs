//! One activity as an entry: the elements of the standard, and what only the whole of an activity tells.
//!
//! - `Narrative` is the story; the standard cuts it into numbered blocks of 4,000 characters.
//! - `InstitutionName` stands beside the tax number of an institution that the activity names elsewhere.
//! - `Ref` is a name for each party: p1, p2, ...
//! - `Unknown` lists what an indicator such as `CityUnknownIndicator` says is unknown, and `Contradicted` what of
//!   it is given all the same.
//! - `warnings` are doubts that only the structure shows.

use std::collections::HashMap;

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use crate::reason::ReasonCode;
use crate::warning::WarningCode;

/// What an element that says "unknown" speaks of, and the elements that would give it.
const UNKNOWN: &[(&str, &[&str])] = &[
    ("Amount", &["TotalSuspiciousAmountText"]),
    ("BirthDate", &["IndividualBirthDateText"]),
    ("City", &["RawCityText"]),
    ("CountryCode", &["RawCountryCodeText"]),
    ("EntityLastName", &["RawEntityIndividualLastName", "RawPartyFullName"]),
    ("FirstName", &["RawIndividualFirstName"]),
    ("IdentificationPresent", &["PartyIdentificationNumberText"]),
    ("StateCode", &["RawStateCodeText"]),
    ("StreetAddress", &["RawStreetAddress1Text"]),
    ("TIN", &["PartyIdentificationNumberText"]),
    ("ZIPCode", &["RawZIPCode"]),
];
/// Numbers of taxpayers: SSN or ITIN, EIN, TIN, foreign.
const TAX_NUMBERS: [&str; 4] = ["1", "2", "4", "9"];
/// A block of the narrative of this length goes on in the next one.
const FULL_BLOCK: usize = 4_000;
/// The longest name of the standard; a longer one is not repeated at every account.
const NAME_MAX: usize = 150;

/// The entry of an activity.
pub(super) fn entry(tree: Value, doubts: &[String]) -> Result<Value, Reason> {
    let Some(Value::Object(mut activity)) = clean(tree) else { return Err(empty()) };
    if !["Party", "SuspiciousActivity", "ActivityNarrativeInformation"]
        .iter()
        .any(|name| activity.contains_key(*name))
    {
        return Err(empty());
    }
    let mut warnings: Vec<Value> = doubts.iter().map(|doubt| Value::from(doubt.as_str())).collect();
    let mut warn =
        |code: WarningCode, path: &str| warnings.push(Value::from(format!("{}:{path}", code.code())));
    if let Some(blocks) = activity.remove("ActivityNarrativeInformation") {
        let (story, in_order) = narrative(&blocks);
        activity.insert("Narrative".into(), Value::from(story));
        if !in_order {
            warn(WarningCode::FormBent, "narrative");
        }
    }
    if let Some(parties) = activity.get_mut("Party") {
        let names = institutions(parties);
        for (number, party) in (1..).zip(parties_mut(parties)) {
            if let Value::Object(fields) = party {
                fields.insert("Ref".into(), Value::from(format!("p{number}")));
            }
        }
        let unresolved =
            parties_mut(parties).filter_map(|party| (!name_institutions(party, &names)).then_some(()));
        if unresolved.count() > 0 {
            warn(WarningCode::ReferenceUnresolved, "persons");
        }
    }
    if !warnings.is_empty() {
        activity.insert("warnings".into(), Value::Array(warnings));
    }
    Ok(Value::Object(activity))
}

fn empty() -> Reason {
    ReasonCode::EmptySubmission
        .with("expected an activity with parties, an account of what happened, or a story")
}

/// The items of what may be one or many.
pub(super) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn parties_mut(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    match value {
        Value::Array(items) => items.iter_mut(),
        one => std::slice::from_mut(one).iter_mut(),
    }
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.as_object()?.get(name)?.to_str()
}

fn field<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.as_object().and_then(|fields| fields.get(name)).map(items).unwrap_or_default()
}

/// The tree without sequence numbers and blanks, with indicators of the unknown as lists. Its depth is that of the
/// message, which the reader bounds.
fn clean(tree: Value) -> Option<Value> {
    match tree {
        Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().filter_map(clean).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::Object(fields) => {
            let fields: ObjectMap = fields
                .into_iter()
                .filter(|(name, _)| name.as_str() != "@SeqNum")
                .filter_map(|(name, value)| Some((name, clean(value)?)))
                .collect();
            let fields = with_unknown(fields);
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        Value::String(text) => {
            let trimmed = text.trim();
            (!trimmed.is_empty()).then(|| Value::from(trimmed))
        }
        other => Some(other),
    }
}

fn with_unknown(mut fields: ObjectMap) -> ObjectMap {
    let says_yes = |value: Option<Value>| value.is_some_and(|value| value.to_str() == Some("Y"));
    let (mut unknown, mut contradicted) = (Vec::new(), Vec::new());
    for (what, given_by) in UNKNOWN {
        if says_yes(fields.remove(format!("{what}UnknownIndicator").as_str())) {
            unknown.push(Value::from(*what));
            if given_by.iter().any(|name| fields.contains_key(*name)) {
                contradicted.push(Value::from(*what));
            }
        }
    }
    for (name, list) in [("Unknown", unknown), ("Contradicted", contradicted)] {
        if !list.is_empty() {
            fields.insert(name.into(), Value::Array(list));
        }
    }
    fields
}

/// The blocks of a story in the order of their numbers, and whether these count from 1.
fn narrative(blocks: &Value) -> (String, bool) {
    let number = |block: &Value| text(block, "ActivityNarrativeSequenceNumber").and_then(|n| n.parse().ok());
    let mut numbered: Vec<(usize, &str)> = items(blocks)
        .iter()
        .filter_map(|block| {
            Some((number(block).unwrap_or(usize::MAX), text(block, "ActivityNarrativeText")?))
        })
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    let in_order = numbered.iter().enumerate().all(|(at, (number, _))| *number == at + 1);
    let mut story = String::new();
    let mut full = true;
    for (_, block) in numbered {
        // A block that is not full ends where its author ended it.
        if !full {
            story.push('\n');
        }
        story.push_str(block);
        full = block.chars().count() >= FULL_BLOCK;
    }
    (story, in_order)
}

/// The names of the institutions of an activity by their tax numbers.
fn institutions(parties: &Value) -> HashMap<String, Value> {
    let mut names = HashMap::new();
    let is_institution = |party: &&Value| matches!(text(party, "ActivityPartyTypeCode"), Some("30" | "34"));
    for party in items(parties).iter().filter(is_institution) {
        let legal = field(party, "PartyName").iter().find(|n| text(n, "PartyNameTypeCode") == Some("L"));
        let Some(name) = legal.and_then(|name| text(name, "RawPartyFullName")) else { continue };
        if name.chars().count() > NAME_MAX {
            continue;
        }
        for number in tax_numbers(party) {
            names.entry(number.to_owned()).or_insert_with(|| Value::from(name));
        }
    }
    names
}

fn tax_numbers(party: &Value) -> impl Iterator<Item = &str> {
    field(party, "PartyIdentification")
        .iter()
        .filter(|id| text(id, "PartyIdentificationTypeCode").is_some_and(|code| TAX_NUMBERS.contains(&code)))
        .filter_map(|id| text(id, "PartyIdentificationNumberText"))
}

/// Names the institutions of a party's accounts and ties; `false` when a tie is to one that is not in the activity.
/// That of an account may be any.
fn name_institutions(party: &mut Value, names: &HashMap<String, Value>) -> bool {
    let Value::Object(fields) = party else { return true };
    let mut resolved = true;
    for tie in fields.get_mut("PartyAssociation").into_iter().flat_map(parties_mut) {
        let Some(number) = text(tie, "SubjectRelationshipFinancialInstitutionTINText") else { continue };
        let name = names.get(number).cloned();
        resolved &= name.is_some();
        put_name(tie, name);
    }
    for accounts in fields.get_mut("PartyAccountAssociation").into_iter().flat_map(parties_mut) {
        let Value::Object(accounts) = accounts else { continue };
        for holder in accounts.get_mut("Party").into_iter().flat_map(parties_mut) {
            let name = tax_numbers(holder).find_map(|number| names.get(number)).cloned();
            put_name(holder, name);
        }
    }
    resolved
}

fn put_name(beside: &mut Value, name: Option<Value>) {
    if let (Value::Object(fields), Some(name)) = (beside, name) {
        fields.insert("InstitutionName".into(), name);
    }
}
