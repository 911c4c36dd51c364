//! Drops items that hold nothing: a mapping need not ask whether each field of an optional thing is
//! there. An item that only says whose it would be is nothing.

use lead::Content;
use lead::thing::{Account, Device, EvidenceFile, FinancialItem, NetworkEvent, PlaceOfLead, Vehicle};
use lead::value::{CountryValue, Email, IpAddress, Moment, NamedText, Phone};

pub(super) fn prune(content: &mut Content) {
    let c = content;
    for moment in [
        &mut c.source.received_at,
        &mut c.source.incident_at,
        &mut c.source.incident_until,
        &mut c.urgency.due_at,
        &mut c.legal.preservation_until,
    ] {
        drop_blank(moment);
    }
    c.external_ids.retain(|id| !id.id.trim().is_empty());
    c.indicators.retain(|indicator| !indicator.code.trim().is_empty());
    for list in [&mut c.texts, &mut c.other, &mut c.legal.process] {
        prune_texts(list);
    }
    for event in &mut c.events {
        drop_blank(&mut event.at);
        drop_blank_country(&mut event.country);
    }
    c.events.retain(|event| *event != Default::default());
    for person in &mut c.persons {
        drop_blank(&mut person.birth_date);
        for document in &mut person.documents {
            drop_blank_country(&mut document.country);
        }
        person.names.retain(|name| {
            [&name.full, &name.given, &name.middle, &name.surname]
                .into_iter()
                .flatten()
                .any(|part| !part.expose().trim().is_empty())
        });
        person.documents.retain(|d| !d.number.expose().trim().is_empty() || d.text.is_some());
        person.nationalities.retain(|country| !is_blank_country(country));
        prune_phones(&mut person.phones);
        prune_emails(&mut person.emails);
        for list in [&mut person.appearance, &mut person.affiliations, &mut person.remarks] {
            prune_texts(list);
        }
    }
    c.persons.retain(|person| {
        let named = lead::person::Person { person_ref: person.person_ref.clone(), ..Default::default() };
        *person != named
    });
    for organization in &mut c.organizations {
        prune_phones(&mut organization.phones);
        prune_emails(&mut organization.emails);
        organization.urls.retain(|url| !url.expose().trim().is_empty());
        prune_texts(&mut organization.numbers);
        prune_texts(&mut organization.remarks);
        drop_blank_country(&mut organization.country);
    }
    c.organizations.retain(|organization| *organization != Default::default());
    prune_things(c);
}

fn prune_things(c: &mut Content) {
    for account in &mut c.accounts {
        prune_texts(&mut account.status);
    }
    c.accounts.retain(|item| {
        *item
            != Account {
                person_ref: item.person_ref.clone(),
                placeholder: item.placeholder,
                ..Default::default()
            }
    });
    for device in &mut c.devices {
        drop_blank(&mut device.at);
        prune_texts(&mut device.properties);
    }
    c.devices.retain(|item| {
        *item
            != Device {
                person_ref: item.person_ref.clone(),
                id_type: item.id_type.clone(),
                ..Default::default()
            }
    });
    for event in &mut c.network_events {
        drop_blank(&mut event.at);
        drop_blank_ip(&mut event.ip);
        drop_blank_ip(&mut event.ip_to);
    }
    c.network_events
        .retain(|item| *item != NetworkEvent { person_ref: item.person_ref.clone(), ..Default::default() });
    for place in &mut c.online_places {
        prune_texts(&mut place.details);
    }
    c.online_places.retain(|place| {
        *place != lead::thing::OnlinePlace { kind: place.kind.clone(), ..Default::default() }
    });
    c.vehicles.retain(|item| *item != Vehicle { person_ref: item.person_ref.clone(), ..Default::default() });
    for item in &mut c.financial {
        drop_blank(&mut item.at);
        prune_texts(&mut item.details);
    }
    c.financial.retain(|item| {
        let kind = item.kind.clone();
        *item != FinancialItem { person_ref: item.person_ref.clone(), kind, ..Default::default() }
    });
    for file in &mut c.files {
        file.hashes.retain(|hash| !hash.value.expose().trim().is_empty());
        prune_texts(&mut file.details);
    }
    c.files.retain(|file| *file != EvidenceFile::default());
    for place in &mut c.places {
        drop_blank(&mut place.at);
        drop_blank_country(&mut place.country);
    }
    c.places.retain(|item| {
        let role = item.role.clone();
        *item != PlaceOfLead { person_ref: item.person_ref.clone(), role, ..Default::default() }
    });
}

fn prune_texts(texts: &mut Vec<NamedText>) {
    texts.retain(|text| !text.text.expose().trim().is_empty());
}

fn prune_phones(phones: &mut Vec<Phone>) {
    phones.retain(|phone| !phone.text.expose().trim().is_empty() || phone.e164.is_some());
}

fn prune_emails(emails: &mut Vec<Email>) {
    emails.retain(|email| !email.text.expose().trim().is_empty() || email.address.is_some());
}

fn drop_blank(moment: &mut Option<Moment>) {
    moment.take_if(|m| m.text.expose().trim().is_empty() && m.instant.is_none() && m.local.is_none());
}

fn is_blank_country(country: &CountryValue) -> bool {
    country.code.is_none() && country.text.trim().is_empty()
}

fn drop_blank_country(country: &mut Option<CountryValue>) {
    country.take_if(|c| is_blank_country(c));
}

fn drop_blank_ip(ip: &mut Option<IpAddress>) {
    ip.take_if(|ip| ip.text.expose().trim().is_empty() && ip.address.is_none());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_without_text_says_nothing() {
        let named = |text: &str| NamedText { name: "comment".into(), text: text.into() };
        let account = |handle: Option<&str>, texts: &[&str]| Account {
            handle: handle.map(Into::into),
            status: texts.iter().map(|text| named(text)).collect(),
            ..Account::default()
        };
        let financial = |text: &str| FinancialItem { details: vec![named(text)], ..FinancialItem::default() };
        let mut content = Content {
            accounts: vec![account(Some("a"), &[" ", "b"]), account(None, &[""])],
            financial: vec![financial(""), financial("c")],
            ..Content::default()
        };
        prune(&mut content);
        assert_eq!(content.accounts, [account(Some("a"), &["b"])]);
        assert_eq!(content.financial, [financial("c")]);
    }
}
