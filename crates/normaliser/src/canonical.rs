//! Canonical forms of a content, in place: what means the same is written the same.
//!
//! The text of the source stays beside every value that was converted. Nothing is guessed: what the
//! text does not say stays absent, and a doubt is a warning. Canonicalising twice changes nothing.

mod account;
mod country;
mod document;
mod email;
mod file_hash;
mod geography;
mod ip;
pub(crate) mod moment;
pub(crate) mod names;
mod person;
mod phone;
pub(crate) mod placeholders;
mod protective;
mod prune;
mod quality;

use std::fmt::Display;

use jiff::civil::Date;
use lead::Content;
use lead::code::SourceKind;
use lead::value::{Country, CountryValue, Email, IpAddress, Moment, Phone};

use crate::source::Source;
use crate::warning::{WarningCode, Warnings};

pub(crate) use geography::Route;

/// Canonicalises a content; returns where it goes. `reported` is when the message came, in
/// milliseconds: the day to which an age refers when the source names none.
pub(crate) fn canonicalise(content: &mut Content, source: &Source, reported: i64, extra: Warnings) -> Route {
    let mut pass = Pass { source, warnings: extra };
    fill_defaults(content, source);
    // First, for an item may hold nothing else.
    protective::withhold_secrets(content, &mut pass.warnings);
    prune::prune(content);
    pass.moments(content);
    let touched = pass.persons(content, moment::day_of_millis(reported));
    pass.things(content);
    protective::settle(content, &mut pass.warnings);
    let route = geography::derive(content, &touched);
    let warnings = pass.warnings;
    content.quality.warnings = warnings.into_list();
    quality::measure(content);
    route
}

/// What source.toml says for all its leads counts where the entry says nothing.
fn fill_defaults(content: &mut Content, source: &Source) {
    let info = &mut content.source;
    if info.kind == SourceKind::Unknown {
        info.kind = source.kind;
    }
    fn fill(field: &mut Option<String>, default: Option<&String>) {
        if field.as_deref().is_none_or(str::is_empty) {
            *field = default.cloned();
        }
    }
    fill(&mut info.organisation, Some(&source.organisation));
    fill(&mut info.organisation_type, source.organisation_type.as_ref());
    fill(&mut info.channel, source.defaults.channel.as_ref());
    fill(&mut info.reporter_type, source.defaults.reporter_type.as_ref());
    fill(&mut info.language, source.language.as_ref());
    // The originator is whoever held it first: a submission that names one passes it on.
    if content.originator.agency_id.as_deref().is_none_or(str::is_empty) {
        content.originator.agency_id = Some(source.originator_agency.clone());
        content.originator.country = content.originator.country.or(source.originator_country);
        fill(&mut content.originator.office_code, source.originator_office.as_ref());
    }
    if content.narrative.is_some() {
        let language = content.source.language.clone().unwrap_or_else(|| "und".to_owned());
        fill(&mut content.narrative_language, Some(&language));
    }
}

/// One pass over a content.
struct Pass<'a> {
    source: &'a Source,
    warnings: Warnings,
}

impl Pass<'_> {
    fn warn(&mut self, warning: Option<WarningCode>, path: impl Display) {
        if let Some(code) = warning {
            self.warnings.add(code, path);
        }
    }

    fn moment(&mut self, moment: &mut Option<Moment>, path: impl Display) {
        if let Some(moment) = moment {
            let warning = moment::canonicalise(moment, &self.source.date_formats);
            self.warn(warning, path);
        }
    }

    fn country(&mut self, value: &mut Option<CountryValue>, path: impl Display) {
        if let Some(value) = value {
            let warning = country::canonicalise(value);
            self.warn(warning, path);
        }
    }

    fn ip(&mut self, ip: &mut Option<IpAddress>, path: impl Display) {
        if let Some(ip) = ip {
            let warning = ip::canonicalise(ip);
            self.warn(warning, path);
        }
    }

    /// Returns the countries of the numbers that have one.
    fn phones(&mut self, phones: &mut [Phone], at: impl Display) -> Vec<Country> {
        let mut countries = Vec::new();
        for (i, item) in phones.iter_mut().enumerate() {
            let (country, warning) = phone::canonicalise(item);
            self.warn(warning, format_args!("{at}.phones[{i}]"));
            self.moment(&mut item.verified_at, format_args!("{at}.phones[{i}].verified_at"));
            countries.extend(country);
        }
        countries
    }

    fn emails(&mut self, emails: &mut [Email], at: impl Display) {
        for (i, item) in emails.iter_mut().enumerate() {
            let warning = email::canonicalise(item, &self.source.placeholders);
            self.warn(warning, format_args!("{at}.emails[{i}]"));
            self.moment(&mut item.verified_at, format_args!("{at}.emails[{i}].verified_at"));
        }
    }

    fn moments(&mut self, content: &mut Content) {
        self.moment(&mut content.source.received_at, "source.received_at");
        self.moment(&mut content.source.incident_at, "source.incident_at");
        self.moment(&mut content.source.incident_until, "source.incident_until");
        self.moment(&mut content.urgency.due_at, "urgency.due_at");
        self.moment(&mut content.legal.preservation_until, "legal.preservation_until");
        if let Some(consent) = &mut content.protections.consent {
            self.moment(&mut consent.expires, "protections.consent.expires");
        }
        for (i, event) in content.events.iter_mut().enumerate() {
            self.moment(&mut event.at, format_args!("events[{i}].at"));
            self.country(&mut event.country, format_args!("events[{i}].country"));
        }
    }

    /// Returns the countries that the persons' phones touch.
    fn persons(&mut self, content: &mut Content, reported: Option<Date>) -> Vec<Country> {
        person::assign_references(content, &mut self.warnings);
        let days = [&content.source.incident_at, &content.source.received_at];
        let reported = reported.map(|day| (day, day));
        let spoken_of: Vec<_> = days.into_iter().flatten().filter_map(moment::days).chain(reported).collect();
        let reference = spoken_of.first().copied();
        let mut touched = Vec::new();
        for (p, person) in content.persons.iter_mut().enumerate() {
            let at = format_args!("persons[{p}]");
            for name in &mut person.names {
                names::canonicalise(name, &self.source.placeholders);
            }
            if let Some(birth) = &mut person.birth_date {
                let warning = moment::canonicalise_date(birth, &self.source.date_formats);
                self.warn(warning, format_args!("{at}.birth_date"));
            }
            person::doubt_birth(person, &spoken_of, &mut self.warnings, at);
            person::derive_age(person, reference, &self.source.placeholders, &mut self.warnings, at);
            for (i, value) in person.nationalities.iter_mut().enumerate() {
                let warning = country::canonicalise(value);
                self.warn(warning, format_args!("{at}.nationalities[{i}]"));
            }
            for (i, item) in person.documents.iter_mut().enumerate() {
                document::canonicalise(item, &self.source.placeholders);
                self.country(&mut item.country, format_args!("{at}.documents[{i}].country"));
            }
            let countries = self.phones(&mut person.phones, at);
            if geography::counts(person.role) {
                touched.extend(countries);
            }
            self.emails(&mut person.emails, at);
        }
        for (i, organization) in content.organizations.iter_mut().enumerate() {
            let at = format_args!("organizations[{i}]");
            touched.extend(self.phones(&mut organization.phones, at));
            self.emails(&mut organization.emails, at);
            self.country(&mut organization.country, format_args!("{at}.country"));
        }
        touched
    }

    fn things(&mut self, content: &mut Content) {
        for item in &mut content.accounts {
            account::canonicalise(item, &self.source.placeholders);
        }
        for (i, device) in content.devices.iter_mut().enumerate() {
            account::canonicalise_device(device, &self.source.placeholders);
            self.moment(&mut device.at, format_args!("devices[{i}].at"));
        }
        for (i, event) in content.network_events.iter_mut().enumerate() {
            self.ip(&mut event.ip, format_args!("network_events[{i}].ip"));
            self.ip(&mut event.ip_to, format_args!("network_events[{i}].ip_to"));
            self.moment(&mut event.at, format_args!("network_events[{i}].at"));
        }
        for (i, item) in content.financial.iter_mut().enumerate() {
            self.moment(&mut item.at, format_args!("financial[{i}].at"));
            if item.amount.as_deref().is_some_and(|amount| !is_decimal(amount)) {
                self.warn(Some(WarningCode::AmountNotDecimal), format_args!("financial[{i}].amount"));
            }
        }
        for (i, file) in content.files.iter_mut().enumerate() {
            for (j, hash) in file.hashes.iter_mut().enumerate() {
                let warning = file_hash::canonicalise(hash);
                self.warn(warning, format_args!("files[{i}].hashes[{j}]"));
            }
        }
        for (i, place) in content.places.iter_mut().enumerate() {
            self.country(&mut place.country, format_args!("places[{i}].country"));
            self.moment(&mut place.at, format_args!("places[{i}].at"));
        }
    }
}

/// Digits, and a point with digits if any.
fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.strip_prefix('-').unwrap_or(text).split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole.strip_prefix('-').unwrap_or(whole)) && digits(fraction)
}
