//! What a verdict shows an officer: the judgement of [`linkage`] in the terms of the record.

use lead::matter::{Evidence, GroupWeight, HotKey, KeyKind, LeadLink};
use lead::{LeadId, Verdict};
use linkage::{
    Assessment, Comparison, Decision, Hold, Id, Identifier, IdentifierKind, Profile, Rival, Scored, Table,
};

use crate::config::Bounds;
use crate::matters::Matters;

/// Where the lead stands once its candidates were judged.
pub(crate) struct Standing<'m> {
    pub(crate) verdict: Verdict,
    pub(crate) matters: &'m Matters,
    pub(crate) cluster: Id,
    /// Candidates with which it could be one matter, and why it is not.
    pub(crate) holds: &'m [(Id, Hold)],
}

impl Standing<'_> {
    fn relation(&self, candidate: &Scored, is_first: bool) -> &'static str {
        match candidate.decision {
            Decision::Link if self.matters.cluster(LeadId(candidate.id)) == self.cluster => {
                if self.verdict == Verdict::Duplicate && is_first { "repeats" } else { "related" }
            }
            Decision::Link | Decision::Review => "review",
            Decision::Relation | Decision::None => "shares",
        }
    }

    fn held(&self, candidate: &Scored, relation: &str) -> Option<String> {
        let found = self.holds.iter().find(|(id, _)| *id == candidate.id).filter(|_| relation == "review");
        found.map(|(_, hold)| hold.label().to_owned())
    }
}

/// Links and evidence of the candidates, best first, as far as the bounds allow. Candidates of which nothing is to
/// become are left out.
pub(crate) fn explain(
    found: &Assessment,
    standing: &Standing<'_>,
    table: &Table,
    bounds: Bounds,
) -> (Vec<LeadLink>, Vec<Evidence>) {
    let (mut links, mut evidence) = (Vec::new(), Vec::new());
    let shown = found.candidates.iter().filter(|c| c.decision != Decision::None).take(bounds.links as usize);
    for candidate in shown {
        links.push(link(candidate, links.is_empty(), standing, table));
        let room = (bounds.evidence as usize).saturating_sub(evidence.len());
        evidence.extend(candidate.score.evidence.iter().take(room).map(|e| Evidence {
            kind: kind(e.comparison),
            level: e.level.label().to_owned(),
            lead_id: LeadId(candidate.id),
            weight_millibits: e.weight,
            one_in_bits: e.bucket.map(i32::from),
        }));
    }
    (links, evidence)
}

fn link(candidate: &Scored, is_first: bool, standing: &Standing<'_>, table: &Table) -> LeadLink {
    let relation = standing.relation(candidate, is_first);
    let score = &candidate.score;
    let groups = score.groups.iter().filter(|(_, sum)| *sum != 0).map(|(group, sum)| GroupWeight {
        group: group.label().to_owned(),
        sum_millibits: sum,
        counted_millibits: score.counted(table, group),
    });
    LeadLink {
        lead_id: LeadId(candidate.id),
        relation: relation.to_owned(),
        weight_millibits: score.total,
        prior_millibits: score.prior,
        rival: match score.rival {
            Rival::Stranger => "stranger",
            Rival::Household => "household",
        }
        .to_owned(),
        contradicted: score.contradicted,
        held: standing.held(candidate, relation),
        groups: groups.collect(),
    }
}

/// Values of the profile that are too common.
pub(crate) fn hot(found: &Assessment, profile: &Profile) -> Vec<HotKey> {
    let identifier = |digest: u64| {
        let is = |i: &&Identifier| i.digest == digest || i.weak == digest;
        profile.identifiers.iter().find(is).map(|i| of_identifier(i.kind))
    };
    let hot = found.hot.iter().map(|key| HotKey {
        kind: identifier(key.digest).unwrap_or_else(|| of_key(key.kind)),
        seen: i32::try_from(key.holders).unwrap_or(i32::MAX),
    });
    let mut hot: Vec<HotKey> = hot.collect();
    hot.dedup();
    hot
}

fn kind(comparison: Comparison) -> KeyKind {
    match comparison {
        Comparison::Given => KeyKind::GivenName,
        Comparison::Middle => KeyKind::MiddleName,
        Comparison::Family => KeyKind::FamilyName,
        Comparison::Birth => KeyKind::BirthDate,
        Comparison::Age => KeyKind::Age,
        Comparison::Sex => KeyKind::Sex,
        Comparison::Document => KeyKind::Document,
        Comparison::Employer => KeyKind::Employer,
        Comparison::Number
        | Comparison::Street
        | Comparison::Unit
        | Comparison::Locality
        | Comparison::Postcode
        | Comparison::Region
        | Comparison::Cell => KeyKind::Place,
        Comparison::Identifier(kind) => of_identifier(kind),
        Comparison::Narrative => KeyKind::Narrative,
        Comparison::Company => KeyKind::Company,
    }
}

fn of_identifier(kind: IdentifierKind) -> KeyKind {
    match kind {
        IdentifierKind::ExternalId => KeyKind::ExternalId,
        IdentifierKind::Phone => KeyKind::Phone,
        IdentifierKind::Email => KeyKind::Email,
        IdentifierKind::Account => KeyKind::Account,
        IdentifierKind::FileHash => KeyKind::FileHash,
        IdentifierKind::Device => KeyKind::Device,
        IdentifierKind::FinancialAccount => KeyKind::FinancialAccount,
        IdentifierKind::Vehicle => KeyKind::Vehicle,
    }
}

fn of_key(kind: linkage::KeyKind) -> KeyKind {
    use linkage::KeyKind as Key;
    match kind {
        Key::Identifier | Key::WeakIdentifier => KeyKind::Unknown,
        Key::Document | Key::DocumentRead => KeyKind::Document,
        Key::NamesSound => KeyKind::Name,
        Key::Birth | Key::BirthInitial | Key::YearPrefix | Key::MonthDaySound => KeyKind::BirthDate,
        Key::House | Key::AreaSound | Key::Cell => KeyKind::Place,
        Key::Band => KeyKind::Narrative,
    }
}
