//! What facts and actions are called. A fact that is not in the table is told by its name.

use crate::space::{Fact, Owner};

/// A flag: of whom, its name, and what is said when it is set and when it is not.
type Flag = (Owner, &'static str, &'static str, &'static str);

const FLAGS: [Flag; 41] = [
    (Owner::Partner, "foreign", "is in another country", "is in the home country"),
    (Owner::Partner, "law_enforcement", "enforces the law", "does not enforce the law"),
    (Owner::Partner, "civil_society", "is outside government", "is not outside government"),
    (Owner::Partner, "sworn", "has sworn officers", "has no sworn officers"),
    (Owner::Partner, "intelligence_only", "only gathers intelligence", "does not only gather intelligence"),
    (Owner::Partner, "listed_1367", "is listed for 8 USC 1367", "is not listed for 8 USC 1367"),
    (Owner::Partner, "takes_exercises", "takes exercises", "takes no exercises"),
    (Owner::Partner, "triage", "takes leads of unknown country", "takes no leads of unknown country"),
    (Owner::Lead, "exercise", "is an exercise", "is meant, and no exercise"),
    (Owner::Lead, "between_systems", "is a message between systems", "is no message between systems"),
    (Owner::Lead, "trafficking", "is about trafficking", "is not about trafficking"),
    (
        Owner::Lead,
        "child_exploitation",
        "is about exploitation of children",
        "is not about exploitation of children",
    ),
    (Owner::Lead, "money_laundering", "is about money laundering", "is not about money laundering"),
    (Owner::Lead, "unknown_country", "is of unknown country", "is of a known country"),
    (Owner::Lead, "tip_only", "is a bare tip", "is more than a bare tip"),
    (Owner::Lead, "v1367", "is protected by 8 USC 1367", "is not protected by 8 USC 1367"),
    (
        Owner::Lead,
        "sar",
        "comes from a suspicious-activity report",
        "comes from no suspicious-activity report",
    ),
    (Owner::Lead, "sealed", "is sealed by a court", "is not sealed"),
    (Owner::Lead, "juvenile_record", "comes from a juvenile record", "comes from no juvenile record"),
    (Owner::Lead, "eu_data", "holds European data", "holds no European data"),
    (Owner::Lead, "no_foreign", "is marked NO_FOREIGN", "is not marked NO_FOREIGN"),
    (Owner::Lead, "no_ngo", "is marked NO_NGO", "is not marked NO_NGO"),
    (
        Owner::Lead,
        "originator_control",
        "is controlled by its originator",
        "is not controlled by its originator",
    ),
    (Owner::Lead, "handling_text", "has handling text that a person must read", "has no handling text"),
    (Owner::Lead, "minor_involved", "involves a minor", "involves no minor"),
    (Owner::Lead, "victim_present", "has a victim", "has no victim"),
    (Owner::Lead, "victim_identified", "has an identified victim", "has no identified victim"),
    (Owner::Lead, "imminent_danger", "says that somebody is in danger now", "says of nobody in danger now"),
    (Owner::Lead, "warrant_required", "has files that need a warrant", "has no files that need a warrant"),
    (
        Owner::Lead,
        "service_provider_source",
        "comes from a service provider",
        "comes from no service provider",
    ),
    (Owner::Lead, "source_may_be_abuser", "may come from the abuser", "does not come from the abuser"),
    (Owner::Now, "agreement_in_force", "an agreement is in force", "no agreement is in force"),
    (Owner::Now, "category_covered", "the category is covered", "the category is not covered"),
    (Owner::Now, "purpose_covered", "the purpose is covered", "the purpose is not covered"),
    (Owner::Now, "transfer_basis", "there is a basis for transfer", "there is no basis for transfer"),
    (Owner::Now, "named", "the originator names the partner", "the originator does not name the partner"),
    (Owner::Now, "consented", "a consent covers the partner", "no consent covers the partner"),
    (
        Owner::Now,
        "country_touched",
        "the lead touches the partner's country",
        "the lead does not touch the partner's country",
    ),
    (
        Owner::Now,
        "tlp_above_ceiling",
        "the TLP colour is above what the partner may hold",
        "the TLP colour is one that the partner may hold",
    ),
    (
        Owner::Now,
        "foreign_to_originator",
        "the partner is in another country than the originator",
        "the partner is in the originator's country",
    ),
    (
        Owner::Now,
        "own",
        "the partner's own agency sent the lead",
        "another agency than the partner's sent the lead",
    ),
];

/// Symbols of codes. The plain ones are those that a situation has unless it must have another.
const CODES: [(&str, &str); 24] = [
    ("field_office", "is a field office"),
    ("federal", "is a federal agency"),
    ("state_police", "is state police"),
    ("tribal_police", "is tribal police"),
    ("triage", "is the triage desk"),
    ("foreign_police", "is police of another country"),
    ("prosecutor", "is a prosecutor"),
    ("ncb", "is a national central bureau of INTERPOL"),
    ("europol", "is Europol"),
    ("ngo_shelter", "is a shelter"),
    ("hotline", "is a hotline"),
    ("fiu", "is a financial intelligence unit"),
    ("PROPOSED", "the partner is proposed"),
    ("SANDBOX", "the partner tries the connection"),
    ("CONFORMANT", "the partner passed its tests"),
    ("ACTIVE", "the partner is in service"),
    ("SUSPENDED", "the partner is suspended"),
    ("ENDED", "the partner has ended"),
    ("NOT_STATED", "states no TLP colour"),
    ("CLEAR", "is TLP:CLEAR"),
    ("GREEN", "is TLP:GREEN"),
    ("AMBER", "is TLP:AMBER"),
    ("AMBER_STRICT", "is TLP:AMBER+STRICT"),
    ("RED", "is TLP:RED"),
];

const ACTIONS: [(&str, &str); 20] = [
    ("receive", "receives the lead"),
    ("release_without_approval", "is sent a copy that nobody approved"),
    ("view_handling", "sees how the lead must be handled"),
    ("view_provenance", "sees whence the lead came"),
    ("view_identity", "sees who persons are"),
    ("view_contact", "sees how to reach persons"),
    ("view_account", "sees accounts"),
    ("view_location", "sees places"),
    ("view_financial", "sees what is financial"),
    ("view_device_network", "sees devices and networks"),
    ("view_narrative", "sees free text"),
    ("view_evidence", "sees evidence"),
    ("view_le_sensitive", "sees what is police-sensitive"),
    ("view_legal_protected", "sees what a statute protects"),
    ("view_subject", "sees subjects"),
    ("view_victim", "sees victims"),
    ("view_minor", "sees minors"),
    ("view_reporter", "sees who reported"),
    ("view_witness", "sees witnesses"),
    ("view_other_person", "sees other persons"),
];

/// Where a fact stands in the table; codes, which are not in it, first.
pub(crate) fn place(owner: Owner, name: &str) -> usize {
    FLAGS.iter().position(|(of, flag, ..)| (*of, *flag) == (owner, name)).map_or(0, |place| place + 1)
}

/// Whether a symbol is what is usual.
pub(crate) fn is_plain(symbol: &str) -> bool {
    matches!(symbol, "CLEAR" | "ACTIVE" | "federal")
}

/// A fact in words.
pub(crate) fn say(fact: &Fact, value: usize) -> String {
    if fact.codes.is_some() {
        let symbol = fact.symbol(value);
        let known = CODES.iter().find(|(code, _)| *code == symbol);
        return known
            .map_or_else(|| format!("`{}` is {symbol}", fact.name), |(_, words)| (*words).to_owned());
    }
    match FLAGS.iter().find(|(of, flag, ..)| (*of, *flag) == (fact.owner, fact.name.as_str())) {
        Some((.., set, _)) if value == 1 => (*set).to_owned(),
        Some((.., unset)) => (*unset).to_owned(),
        None => format!("`{}` is {}", fact.name, value == 1),
    }
}

/// What happens when an action is allowed.
pub(crate) fn happens(action: &str) -> String {
    let known = |action: &str| ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, words)| *words);
    // A form of a class is told by what the class itself shows.
    let form = |prefix: &str, what: &str| {
        let seen = known(&format!("view_{}", action.strip_prefix(prefix)?))?.strip_prefix("sees ")?;
        Some(format!("reads {what} {seen}"))
    };
    let words = known(action).map(str::to_owned);
    let words = words.or_else(|| form("outline_", "coarser forms of")).or_else(|| form("link_", "tokens of"));
    format!("the partner {}", words.unwrap_or_else(|| format!("may `{action}`")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::space::Space;

    #[test]
    fn every_fact_and_action_of_the_schema_has_words() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/policies/leads.cedarschema");
        let space = Space::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        for fact in &space.facts {
            for value in 0..fact.values() {
                assert!(!say(fact, value).contains('`'), "{}", say(fact, value));
            }
        }
        for action in &space.actions {
            assert!(!happens(action).contains('`'), "{action}");
        }
        let flags = space.facts.iter().filter(|fact| fact.codes.is_none()).count();
        let is_form = |action: &&String| action.starts_with("outline_") || action.starts_with("link_");
        let plain = space.actions.iter().filter(|action| !is_form(action)).count();
        assert_eq!((flags, plain), (FLAGS.len(), ACTIONS.len()));
        let symbols: usize = space.facts.iter().filter(|fact| fact.codes.is_some()).map(Fact::values).sum();
        assert_eq!(symbols, CODES.len());
    }

    #[test]
    fn what_is_not_in_the_table_is_told_by_its_name() {
        let fact = Fact { owner: Owner::Lead, name: "new".into(), codes: None };
        assert_eq!(say(&fact, 1), "`new` is true");
        assert_eq!(happens("view_new"), "the partner may `view_new`");
    }
}
