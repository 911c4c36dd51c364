//! What a partner must observe with a copy: codes of ours and the partner's own, never words of a
//! source, which go through redaction like everything else.

use lead::code::{Pap, Purpose, Tlp};
use lead::decision::LeadFacts;
use lead::{ClassSet, FieldClass, Lead};

use crate::partner::Partner;

/// The caveats of a copy. Those of the lead come first.
pub(crate) fn caveats(lead: &Lead, facts: &LeadFacts, partner: &Partner, classes: ClassSet) -> Vec<String> {
    let content = &lead.content;
    let mut caveats = vec![tlp(facts.tlp).to_owned()];
    if let Some(pap) = pap(content.handling.pap) {
        caveats.push(pap.to_owned());
    }
    let not_for_court = content.handling.h_codes.iter().any(|code| code.trim().eq_ignore_ascii_case("H1"));
    let sees_why = classes.contains(FieldClass::LeSensitive);
    let codes = [
        (facts.tip_only, "UNVERIFIED_TIP"),
        (facts.originator_control, "NO_ONWARD_RELEASE"),
        (facts.no_foreign, "NO_FOREIGN"),
        (facts.no_ngo, "NO_NGO"),
        (not_for_court, "NOT_FOR_COURT"),
        (facts.v1367, "PROTECTED_8_USC_1367"),
        // It tells on the source: only for those who may see the statement it follows from.
        (facts.source_may_be_abuser && sees_why, "SOURCE_MAY_BE_ABUSER"),
    ];
    caveats.extend(codes.iter().filter(|(applies, _)| *applies).map(|(_, code)| (*code).to_owned()));
    let purposes = content.legal.purposes.iter().filter_map(|purpose| Purpose::named(purpose));
    caveats.extend(purposes.map(|purpose| format!("ONLY_FOR_{}", purpose.symbol())));
    caveats.extend(partner.caveats.iter().cloned());
    caveats
}

fn tlp(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "TLP:CLEAR",
        Tlp::Green => "TLP:GREEN",
        Tlp::Amber => "TLP:AMBER",
        Tlp::NotStated | Tlp::AmberStrict => "TLP:AMBER+STRICT",
        Tlp::Red => "TLP:RED",
    }
}

fn pap(pap: Pap) -> Option<&'static str> {
    match pap {
        Pap::NotStated => None,
        Pap::Clear => Some("PAP:CLEAR"),
        Pap::Green => Some("PAP:GREEN"),
        Pap::Amber => Some("PAP:AMBER"),
        Pap::Red => Some("PAP:RED"),
    }
}
