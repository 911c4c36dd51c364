//! From a lead, a partner and the time to the plain facts that policies see.
//!
//! INVARIANT: all that a ruling depends on is in [`LeadFacts`], [`PartnerFacts`], the partner and
//! the policies. No date and no list reaches a policy. When a statement is missing, the fact is the
//! one that protects more.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use lead::code::{
    Category, CollectionBasis, MessageStatus, ProhibitedSourceRisk, Purpose, Role, SourceKind, Ternary, Tlp,
    symbol_of,
};
use lead::content::{Consent, Content};
use lead::decision::{LeadFacts, PartnerFacts, PartnerState};
use lead::person::{Person, Persons};
use lead::value::{Country, Micros, Moment, Phone};
use lead::{FieldClass, Lead};

use crate::partner::{Agreement, Partner};
use crate::ruling::PassingReason;

/// Member states of the European Union.
const EUROPEAN_UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// What release needs to know of a lead, derived once for all partners.
#[derive(Clone)]
pub struct LeadProfile {
    /// What policies see of the lead.
    pub facts: LeadFacts,
    categories: Vec<Category>,
    countries: Vec<Country>,
    origin: Country,
    agency: String,
    recipients: Vec<String>,
    /// `None` is a purpose that no partner has.
    purposes: Vec<Option<Purpose>>,
    consent: Option<ConsentOnRecord>,
}

/// A consent that was given.
#[derive(Clone)]
struct ConsentOnRecord {
    scope: Vec<String>,
    /// `None` never expires; what nobody can read has expired.
    expires: Option<Micros>,
}

/// What would be the case once something that passes has passed.
pub(crate) struct AsIf {
    pub(crate) facts: PartnerFacts,
    pub(crate) reason: PassingReason,
    /// When, if that is known.
    pub(crate) until: Option<Micros>,
}

impl LeadProfile {
    /// The profile of a lead, seen from our home country.
    pub fn of(lead: &Lead, home: Country) -> Self {
        let content = &lead.content;
        let stated = content.legal.purposes.iter().filter(|purpose| !purpose.trim().is_empty());
        Self {
            facts: lead_facts(lead),
            categories: categories(content),
            countries: countries(lead),
            origin: content.originator.country.unwrap_or(home),
            agency: lead.agency.clone(),
            recipients: content.handling.recipients.iter().map(|r| r.trim().to_lowercase()).collect(),
            purposes: stated.map(|purpose| Purpose::named(purpose)).collect(),
            consent: content.protections.consent.as_ref().and_then(consent),
        }
    }

    /// What policies see of this partner in view of the lead.
    pub fn partner_facts(&self, partner: &Partner, now: Micros) -> PartnerFacts {
        self.facts_with(partner, partner.state, now, |agreement| agreement.in_force(now))
    }

    /// What policies would see once everything that passes has passed; `None` when nothing does.
    pub(crate) fn as_if(&self, partner: &Partner, now: Micros) -> Option<AsIf> {
        let exercise = self.facts.exercise;
        let waiting = match partner.state {
            PartnerState::Ended => return None,
            PartnerState::Active => None,
            PartnerState::Suspended => Some(PassingReason::Suspended),
            PartnerState::Proposed => Some(PassingReason::NotYetActive),
            PartnerState::Sandbox | PartnerState::Conformant => {
                (!exercise).then_some(PassingReason::NotYetActive)
            }
        };
        let begins = partner.agreements.iter().map(|a| a.starts).filter(|starts| *starts > now).min();
        let reason = waiting.or(begins.map(|_| PassingReason::AgreementNotYetInForce))?;
        let state = if waiting.is_some() { PartnerState::Active } else { partner.state };
        Some(AsIf {
            facts: self.facts_with(partner, state, now, |agreement| now < agreement.ends),
            reason,
            until: if waiting.is_some() { None } else { begins },
        })
    }

    /// The next moment at which the facts for this partner can change because time passes.
    pub fn changes_at(&self, partner: &Partner, now: Micros) -> Option<Micros> {
        let agreements = partner.agreements.iter().flat_map(|a| [a.starts, a.ends]);
        let consent = self.consent.as_ref().and_then(|consent| consent.expires);
        agreements.chain(consent).filter(|at| *at > now).min()
    }

    fn facts_with(
        &self,
        partner: &Partner,
        state: PartnerState,
        now: Micros,
        counts: impl Fn(&Agreement) -> bool,
    ) -> PartnerFacts {
        let agreements = || partner.agreements.iter().filter(|agreement| counts(agreement));
        let covered = |category: &Category| {
            partner.categories.contains(*category) && agreements().any(|a| a.categories.contains(*category))
        };
        let works_for = |purpose: &Option<Purpose>| purpose.is_some_and(|p| partner.purposes.contains(&p));
        PartnerFacts {
            agreement_in_force: agreements().next().is_some(),
            category_covered: self.categories.iter().all(covered),
            purpose_covered: self.purposes.is_empty() || self.purposes.iter().any(works_for),
            transfer_basis: is_european(partner.country) || agreements().any(|a| a.transfer_basis.is_some()),
            named: self.recipients.contains(&partner.id),
            consented: self.consent.as_ref().is_some_and(|consent| consent.covers(partner, now)),
            country_touched: self.countries.binary_search(&partner.country).is_ok(),
            tlp_above_ceiling: rank(self.facts.tlp) > rank(partner.max_tlp),
            foreign_to_originator: partner.country != self.origin,
            own: partner.agencies.contains(&self.agency),
            state,
        }
    }
}

impl ConsentOnRecord {
    fn covers(&self, partner: &Partner, now: Micros) -> bool {
        let covers = |scope: &String| {
            scope == "ANY"
                || *scope == symbol_of(&partner.id)
                || *scope == symbol_of(partner.kind.name())
                || partner.purposes.iter().any(|purpose| purpose.symbol() == scope)
        };
        self.expires.is_none_or(|expires| now < expires) && self.scope.iter().any(covers)
    }
}

/// What policies see of a lead.
pub(crate) fn lead_facts(lead: &Lead) -> LeadFacts {
    let content = &lead.content;
    let categories = categories(content);
    let yes = |value: Ternary| value == Ternary::Yes;
    let any = |kinds: &[Category]| categories.iter().any(|category| kinds.contains(category));
    let handling = &content.handling;
    let caveats: BTreeSet<String> = handling.caveats.iter().map(|caveat| symbol_of(caveat)).collect();
    let marked = |names: &[&str]| names.iter().any(|name| caveats.contains(*name));
    let code = |name: &str| handling.h_codes.iter().any(|code| code.trim().eq_ignore_ascii_case(name));
    let victim = |p: &&Person| matches!(p.role, Role::Victim | Role::PossibleVictim);
    let victims = || content.persons.iter().filter(victim);
    let child_exploitation = any(CHILDREN);
    LeadFacts {
        exercise: matches!(lead.message_status, MessageStatus::Exercise | MessageStatus::Test),
        between_systems: lead.message_status == MessageStatus::System,
        tip_only: matches!(content.collection_basis, CollectionBasis::Unknown | CollectionBasis::Tip),
        v1367: yes(content.protections.v1367),
        sar: yes(content.protections.sar_derived),
        sealed: yes(content.protections.sealed),
        juvenile_record: yes(content.protections.juvenile),
        eu_data: match content.legal.eu_data {
            Ternary::Yes => true,
            Ternary::No => false,
            Ternary::Unknown => content.originator.country.is_some_and(is_european),
        },
        no_foreign: marked(&["NO_FOREIGN", "NOFORN"]),
        no_ngo: marked(&["NO_NGO"]),
        // H2: no onward release without the originator's leave.
        originator_control: marked(&["ORCON", "ORIGINATOR_CONTROL"]) || code("H2"),
        handling_text: code("H3") || handling.h3_text.as_ref().is_some_and(|text| !text.trim().is_empty()),
        minor_involved: child_exploitation
            || Persons::of(&content.persons).everybody().contains(FieldClass::Minor),
        victim_present: victims().next().is_some(),
        victim_identified: victims().any(|person| is_identified(person, content)),
        imminent_danger: yes(content.urgency.imminent_danger),
        unknown_country: lead.routing_country.is_none(),
        trafficking: any(TRAFFICKING),
        child_exploitation,
        money_laundering: any(&[Category::MoneyLaundering]),
        warrant_required: yes(content.legal.warrant_required)
            || content.files.iter().any(|file| yes(file.access_blocked)),
        service_provider_source: content.source.kind == SourceKind::Hotline,
        source_may_be_abuser: matches!(
            content.source.prohibited_source_risk,
            ProhibitedSourceRisk::Possible | ProhibitedSourceRisk::Known
        ),
        tlp: effective(handling.tlp),
    }
}

/// The categories of a lead; one that states none is of the category UNKNOWN.
fn categories(content: &Content) -> Vec<Category> {
    let mut stated: Vec<_> =
        content.categories.iter().copied().filter(|category| *category != Category::Unknown).collect();
    if stated.is_empty() {
        stated.push(Category::Unknown);
    }
    stated
}

const TRAFFICKING: &[Category] = &[
    Category::ChildSexTrafficking,
    Category::SexTrafficking,
    Category::LabourTrafficking,
    Category::DomesticServitude,
    Category::ForcedMarriage,
    Category::OrganRemoval,
];

const CHILDREN: &[Category] = &[
    Category::ChildSexTrafficking,
    Category::Csam,
    Category::OnlineEnticement,
    Category::ChildSexTourism,
    Category::ChildSexualMolestation,
    Category::ObsceneToChild,
    Category::MissingChild,
];

fn is_identified(person: &Person, content: &Content) -> bool {
    let named = person.names.iter().any(|name| {
        !name.placeholder && [&name.full, &name.given, &name.surname].iter().any(|part| part.is_some())
    });
    let holds = |holder: &Option<String>| holder.as_deref() == Some(person.person_ref.as_str());
    named
        || !person.documents.is_empty()
        || !person.phones.is_empty()
        || !person.emails.is_empty()
        || content.accounts.iter().any(|account| holds(&account.person_ref))
}

/// Every country that the lead touches, sorted.
fn countries(lead: &Lead) -> Vec<Country> {
    let content = &lead.content;
    // Who reports, witnesses or works on it may be anywhere, and where they are is theirs.
    let is_apart = |person: &&Person| matches!(person.role, Role::Reporter | Role::Witness | Role::Contact);
    let apart: Vec<&str> = content.persons.iter().filter(is_apart).map(|p| p.person_ref.as_str()).collect();
    let of_matter = |person: Option<&str>| person.is_none_or(|reference| !apart.contains(&reference));
    let phones = content.persons.iter().filter(|person| !is_apart(person)).flat_map(|person| &person.phones);
    let phones = phones.chain(content.organizations.iter().flat_map(|organization| &organization.phones));
    let stated = |phone: &Phone| phone.country.as_deref().and_then(Country::parse);
    let mut all: Vec<Country> = content.countries_involved.clone();
    all.extend(lead.routing_country);
    let places = content.places.iter().filter(|place| of_matter(place.person_ref.as_deref()));
    all.extend(places.filter_map(|place| place.country.as_ref()?.code));
    all.extend(content.events.iter().filter_map(|event| event.country.as_ref()?.code));
    all.extend(content.organizations.iter().filter_map(|organization| organization.country.as_ref()?.code));
    all.extend(phones.filter_map(stated));
    all.sort_unstable();
    all.dedup();
    all
}

fn consent(consent: &Consent) -> Option<ConsentOnRecord> {
    (consent.given == Ternary::Yes).then(|| ConsentOnRecord {
        scope: consent.scope.iter().map(|scope| symbol_of(scope)).collect(),
        expires: consent.expires.as_ref().map(end_of),
    })
}

/// When a consent that names this moment ends: the earliest instant that it can mean; what nobody can read is over.
pub fn end_of(moment: &Moment) -> Micros {
    earliest(moment).unwrap_or(Micros(i64::MIN))
}

/// The earliest instant that a moment can mean.
fn earliest(moment: &Moment) -> Option<Micros> {
    if let Some(instant) = moment.instant {
        return Some(instant);
    }
    let local = moment.local.as_deref()?;
    let date = match local.len() {
        4 => format!("{local}-01-01"),
        7 => format!("{local}-01"),
        _ => local.get(..10)?.to_owned(),
    };
    let date: Date = date.parse().ok()?;
    // A date without a zone begins first where the clock is 14 hours ahead.
    let utc = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_microsecond();
    Some(Micros(utc - 14 * 3_600_000_000))
}

fn is_european(country: Country) -> bool {
    EUROPEAN_UNION.binary_search(&country.as_str()).is_ok()
}

/// Unstated is treated as AMBER+STRICT.
fn effective(tlp: Tlp) -> Tlp {
    if tlp == Tlp::NotStated { Tlp::AmberStrict } else { tlp }
}

fn rank(tlp: Tlp) -> u8 {
    match effective(tlp) {
        Tlp::Clear => 0,
        Tlp::Green => 1,
        Tlp::Amber => 2,
        Tlp::NotStated | Tlp::AmberStrict => 3,
        Tlp::Red => 4,
    }
}

#[cfg(test)]
#[path = "facts/tests.rs"]
mod tests;
