//! Which facts a policy reads, so that what it said of them can be remembered.
//!
//! INVARIANT: a policy that is asked with two sets of facts that agree in what it reads says the same
//! of both. When the text of a policy uses a lead or the context as a whole, it reads everything.

use cedar_policy::Policy;
use lead::code::Tlp;
use lead::decision::{LeadFacts, PartnerFacts, PartnerState};
use serde_json::Value as Json;

/// Facts in bits: flags in the order of their record, then the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Facts {
    lead: u64,
    partner: u64,
}

/// The bits that a policy reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reads(Facts);

impl Facts {
    pub(crate) fn of(lead: &LeadFacts, partner: &PartnerFacts) -> Self {
        let tlp = Tlp::ALL.iter().position(|tlp| *tlp == lead.tlp);
        let state = PartnerState::ALL.iter().position(|state| *state == partner.state);
        Self { lead: bits(&lead.flags(), tlp), partner: bits(&partner.flags(), state) }
    }

    /// What a policy reads of these facts.
    pub(crate) fn read_by(self, reads: &Reads) -> Self {
        Self { lead: self.lead & reads.0.lead, partner: self.partner & reads.0.partner }
    }
}

fn bits(flags: &[(&'static str, bool)], code: Option<usize>) -> u64 {
    let code = code.map_or(u64::MAX, |code| code as u64);
    flags.iter().rev().fold(code, |bits, (_, set)| bits << 1 | u64::from(*set))
}

impl Reads {
    /// What a policy reads.
    pub(crate) fn of(policy: &Policy) -> Self {
        let mut reads = Self(Facts { lead: 0, partner: 0 });
        match policy.to_json() {
            // Conditions alone: the scope names principals, actions and the one lead there is.
            Ok(json) => reads.walk(json.get("conditions").unwrap_or(&Json::Null)),
            Err(_) => reads = Self(Facts { lead: u64::MAX, partner: u64::MAX }),
        }
        reads
    }

    /// What any of these reads.
    pub(crate) fn of_all<'r>(all: impl Iterator<Item = &'r Self>) -> Self {
        let nothing = Facts { lead: 0, partner: 0 };
        Self(all.fold(nothing, |any, reads| Facts {
            lead: any.lead | reads.0.lead,
            partner: any.partner | reads.0.partner,
        }))
    }

    fn walk(&mut self, json: &Json) {
        match json {
            Json::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Json::Object(fields) => {
                for (name, value) in fields {
                    let of = value.get("left").and_then(|left| left.get("Var")).and_then(Json::as_str);
                    let attribute = value.get("attr").and_then(Json::as_str);
                    match (name.as_str(), of, attribute) {
                        ("." | "has", Some("resource"), Some(name)) => self.0.lead |= lead_mask(name),
                        ("." | "has", Some("context"), Some(name)) => self.0.partner |= partner_mask(name),
                        ("Var", ..) if value == "resource" => self.0.lead = u64::MAX,
                        ("Var", ..) if value == "context" => self.0.partner = u64::MAX,
                        _ => self.walk(value),
                    }
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
}

fn lead_mask(name: &str) -> u64 {
    mask(&LeadFacts::default().flags(), name)
}

fn partner_mask(name: &str) -> u64 {
    mask(&PartnerFacts::default().flags(), name)
}

/// The bit of a flag; for the code, everything from its place on.
fn mask(flags: &[(&'static str, bool)], name: &str) -> u64 {
    match flags.iter().position(|(flag, _)| *flag == name) {
        Some(place) => 1 << place,
        None => u64::MAX << flags.len(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn reads(conditions: &str) -> Reads {
        let text = format!("forbid (principal, action, resource) {conditions};");
        Reads::of(&Policy::parse(None, text).unwrap())
    }

    #[test]
    fn a_policy_reads_the_flags_that_it_names() {
        let found =
            reads("when { resource.v1367 && !(principal.sworn || context.named) } unless { resource.sar }");
        let lead = lead_mask("v1367") | lead_mask("sar");
        assert_eq!(found, Reads(Facts { lead, partner: partner_mask("named") }));
        assert_eq!(reads(""), Reads(Facts { lead: 0, partner: 0 }));
    }

    #[test]
    fn a_code_is_read_whole() {
        let Reads(facts) =
            reads("when { [State::\"ACTIVE\"].contains(context.state) && resource.tlp == Tlp::\"RED\" }");
        assert_eq!(facts.partner, u64::MAX << PartnerFacts::default().flags().len());
        assert_eq!(facts.lead, u64::MAX << LeadFacts::default().flags().len());
    }

    #[test]
    fn what_is_used_as_a_whole_is_read_whole() {
        assert_eq!(reads("when { context == context }").0.partner, u64::MAX);
        assert_eq!(reads("when { [resource].contains(resource) }").0.lead, u64::MAX);
    }

    #[test]
    fn facts_that_differ_have_different_bits() {
        let (lead, partner) = (LeadFacts::default(), PartnerFacts::default());
        let red = LeadFacts { tlp: Tlp::Red, ..lead };
        let sworn = LeadFacts { exercise: true, ..lead };
        let ended = PartnerFacts { state: PartnerState::Ended, ..partner };
        let all = [(lead, partner), (red, partner), (sworn, partner), (lead, ended)];
        let bits: std::collections::HashSet<_> = all.iter().map(|(l, p)| Facts::of(l, p)).collect();
        assert_eq!(bits.len(), 4);
    }
}
