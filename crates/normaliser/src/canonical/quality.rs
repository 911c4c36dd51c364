//! How complete a lead is: which of the groups that an investigator asks for first are there.

use lead::Content;
use lead::code::{Category, Role, UrgencyLevel};

type Group = (&'static str, fn(&Content) -> bool);

const GROUPS: [Group; 8] = [
    ("category", |c| c.categories.iter().any(|category| *category != Category::Unknown)),
    ("incident_time", |c| {
        c.source.incident_at.as_ref().is_some_and(|at| at.instant.is_some() || at.local.is_some())
    }),
    ("country", |c| !c.countries_involved.is_empty()),
    ("subject", |c| c.persons.iter().any(|p| p.role == Role::Subject)),
    ("victim", |c| c.persons.iter().any(|p| matches!(p.role, Role::Victim | Role::PossibleVictim))),
    ("identifier", has_identifier),
    ("narrative", |c| c.narrative.as_ref().is_some_and(|n| !n.is_empty())),
    ("urgency", |c| c.urgency.level != UrgencyLevel::NotStated),
];

/// A value by which a person, an account, a device or a file can be found again.
fn has_identifier(c: &Content) -> bool {
    let of_person = |p: &lead::person::Person| {
        p.phones.iter().any(|phone| phone.e164.is_some())
            || p.emails.iter().any(|email| email.address.is_some())
            || p.documents.iter().any(|document| !document.placeholder)
    };
    let of_organization = |o: &lead::thing::Organization| {
        o.phones.iter().any(|phone| phone.e164.is_some())
            || o.emails.iter().any(|email| email.address.is_some())
    };
    c.persons.iter().any(of_person)
        || c.organizations.iter().any(of_organization)
        || c.accounts.iter().any(|a| {
            // A user name on a service that nobody names is anybody's.
            (a.handle.is_some() && a.service.is_some() && !a.placeholder) || a.provider_id.is_some()
        })
        || c.devices.iter().any(|device| device.id_value.is_some())
        || c.network_events.iter().any(|e| e.ip.as_ref().is_some_and(|ip| ip.routable))
        || c.files.iter().any(|file| file.hashes.iter().any(|hash| hash.fits))
}

pub(super) fn measure(content: &mut Content) {
    let missing: Vec<String> =
        GROUPS.iter().filter(|(_, filled)| !filled(content)).map(|(name, _)| (*name).to_owned()).collect();
    let filled = GROUPS.len().saturating_sub(missing.len());
    content.quality.completeness_pct = i32::try_from(filled * 100 / GROUPS.len()).unwrap_or(0);
    content.quality.missing = missing;
}
