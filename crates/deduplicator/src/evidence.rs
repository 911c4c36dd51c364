//! What a verdict shows an officer: the judgement of [`linkage`] in the terms of the record.

use lead::matter::{Evidence, GroupWeight, HotKey, KeyKind, LeadLink};
use lead::{LeadId, Verdict};
use linkage::{Assessment, Comparison, Decision, Identifier, IdentifierKind, Profile, Rival, Scored, Table};

/// Links and evidence of the candidates, best first, as far as the bounds allow. Candidates of which nothing is to
/// become are left out.
pub(crate) fn explain(
    found: &Assessment,
    verdict: Verdict,
    table: &Table,
    most_links: usize,
    most_evidence: usize,
) -> (Vec<LeadLink>, Vec<Evidence>) {
    let (mut links, mut evidence) = (Vec::new(), Vec::new());
    let shown = found.candidates.iter().filter(|c| c.decision != Decision::None).take(most_links);
    for candidate in shown {
        let repeats = verdict == Verdict::Duplicate && links.is_empty();
        links.push(link(candidate, repeats, verdict, table));
        let room = most_evidence.saturating_sub(evidence.len());
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

fn link(candidate: &Scored, repeats: bool, verdict: Verdict, table: &Table) -> LeadLink {
    let score = &candidate.score;
    let relation = match candidate.decision {
        _ if repeats => "repeats",
        // Where the lead as a whole went to review, no candidate is more than that.
        Decision::Link if verdict != Verdict::Review => "related",
        Decision::Link | Decision::Review => "review",
        Decision::Relation | Decision::None => "shares",
    };
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
