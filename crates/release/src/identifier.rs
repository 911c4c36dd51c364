//! Identifiers of a content in canonical form, which is what tokens are made of.
//!
//! Absent: names of persons, free text, and what stands for no one, such as a placeholder or a phone
//! number without a country. They have no token.

use lead::content::Content;
use lead::person::Persons;
use lead::{ClassSet, FieldClass};

use crate::redaction::{Named, Redaction};

/// What identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Phone,
    Email,
    Account,
    Document,
    BankAccount,
    Device,
    Plate,
}

impl Kind {
    /// Its name in redaction.toml. INVARIANT: tokens are made of it, so it never changes.
    fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Account => "account",
            Self::Document => "document",
            Self::BankAccount => "bank_account",
            Self::Device => "device",
            Self::Plate => "plate",
        }
    }

    /// The class of the field.
    pub(crate) fn class(self) -> FieldClass {
        match self {
            Self::Phone | Self::Email => FieldClass::Contact,
            Self::Account => FieldClass::Account,
            Self::Document | Self::Plate => FieldClass::Identity,
            Self::BankAccount => FieldClass::Financial,
            Self::Device => FieldClass::DeviceNetwork,
        }
    }

    /// What the table does with it.
    pub(crate) fn action(self, table: &Redaction) -> Named {
        match self {
            Self::Phone => table.phone,
            Self::Email => table.email,
            Self::Account => table.account,
            Self::Document => table.document,
            Self::BankAccount => table.bank_account,
            Self::Device => table.device,
            Self::Plate => table.plate,
        }
    }
}

/// An identifier where it stands.
pub(crate) struct Identifier<'c> {
    pub(crate) kind: Kind,
    /// Where it stands in the content.
    pub(crate) field: &'static str,
    /// Classes of whom it is about.
    pub(crate) about: ClassSet,
    /// Whose it is.
    pub(crate) person: Option<&'c str>,
    /// In whose numbering: the service, the type, the issuer.
    scope: String,
    /// The canonical value.
    pub(crate) value: String,
}

impl Identifier<'_> {
    /// What its token is made of.
    pub(crate) fn parts(&self) -> [&str; 3] {
        [self.kind.name(), &self.scope, &self.value]
    }
}

/// Every identifier of a content that has a canonical form.
pub(crate) fn identifiers<'c>(content: &'c Content, persons: &Persons) -> Vec<Identifier<'c>> {
    let mut all = Vec::new();
    let mut add = |kind, field, about, person, scope: Option<&str>, value: String| {
        if value.chars().any(|c| c != '0') {
            let scope = scope.map(folded).unwrap_or_default();
            all.push(Identifier { kind, field, about, person, scope, value });
        }
    };
    for person in &content.persons {
        let (about, who) = (person.classes(), Some(person.person_ref.as_str()));
        for number in person.phones.iter().filter_map(|phone| phone.e164.as_ref()) {
            add(Kind::Phone, "persons.phones", about, who, None, number.expose().to_owned());
        }
        for email in person.emails.iter().filter(|email| !email.placeholder) {
            let address = email.address.as_ref().map(|address| folded(address.expose()));
            add(Kind::Email, "persons.emails", about, who, None, address.unwrap_or_default());
        }
        for document in person.documents.iter().filter(|document| !document.placeholder) {
            let number = plain(document.number.expose());
            add(Kind::Document, "persons.documents.number", about, who, None, number);
        }
    }
    let everybody = persons.everybody();
    for organization in &content.organizations {
        for number in organization.phones.iter().filter_map(|phone| phone.e164.as_ref()) {
            let number = number.expose().to_owned();
            add(Kind::Phone, "organizations.phones", everybody, None, None, number);
        }
        for email in organization.emails.iter().filter(|email| !email.placeholder) {
            let address = email.address.as_ref().map(|address| folded(address.expose()));
            add(Kind::Email, "organizations.emails", everybody, None, None, address.unwrap_or_default());
        }
    }
    for account in content.accounts.iter().filter(|account| !account.placeholder) {
        let who = account.person_ref.as_deref();
        let about = persons.place_of(who).about;
        let forms = [("accounts.handle", &account.handle), ("accounts.provider_id", &account.provider_id)];
        for (field, form) in forms {
            let value = form.as_ref().map(|form| folded(form.expose())).unwrap_or_default();
            add(Kind::Account, field, about, who, account.service.as_deref(), value);
        }
    }
    for device in content.devices.iter().filter(|device| !device.placeholder) {
        let who = device.person_ref.as_deref();
        let value = device.id_value.as_ref().map(|id| folded(id.expose())).unwrap_or_default();
        let about = persons.place_of(who).about;
        add(Kind::Device, "devices.id_value", about, who, device.id_type.as_deref(), value);
    }
    for item in &content.financial {
        let who = item.person_ref.as_deref();
        let value = item.account.as_ref().map(|account| plain(account.expose())).unwrap_or_default();
        add(Kind::BankAccount, "financial.account", persons.place_of(who).about, who, None, value);
    }
    for vehicle in &content.vehicles {
        let who = vehicle.person_ref.as_deref();
        let value = vehicle.plate.as_ref().map(|plate| plain(plate.expose())).unwrap_or_default();
        let about = persons.place_of(who).about;
        add(Kind::Plate, "vehicles.plate", about, who, vehicle.plate_issuer.as_deref(), value);
    }
    all
}

/// In lower case and trimmed.
fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Letters and digits in upper case.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}
