//! Things in a lead: organisations, accounts, devices, files, places, money.

use crate::code::Ternary;
use crate::value::{CountryValue, Email, IpAddress, Moment, NamedText, Personal, Phone, Point};
use crate::walk::classified;

classified! {
    /// An organisation.
    about(nobody) struct Organization {
        /// employer, recruiter, venue, agency, school, ... as the source says.
        role: Option<String> = leaf(General),
        /// The name.
        name: Option<Personal> = leaf(Identity, all_persons),
        /// Registration or licence numbers.
        numbers: Vec<NamedText> = leaf(Identity, all_persons),
        /// Phones.
        phones: Vec<Phone> = leaf(Contact, all_persons),
        /// E-mail addresses.
        emails: Vec<Email> = leaf(Contact, all_persons),
        /// Web pages.
        urls: Vec<Personal> = leaf(Account, all_persons),
        /// Industry, as the source says.
        industry: Option<String> = leaf(General),
        /// Country.
        country: Option<CountryValue> = leaf(General),
        /// Anything else the source says of it.
        remarks: Vec<NamedText> = leaf(LeSensitive, all_persons),
    }
}

classified! {
    /// An account on a service.
    about(by_ref) struct Account {
        /// The person who holds it; null when nobody is named.
        person_ref: Option<String> = leaf(General, no_fact),
        /// The service or provider; canonical: lower case.
        service: Option<String> = leaf(Account),
        /// The service as the source writes it, when it differs.
        service_text: Option<String> = leaf(Account, no_fact),
        /// The handle or user name; canonical: lower case, without a leading at sign.
        handle: Option<Personal> = leaf(Account),
        /// The handle as the source writes it, when it differs.
        handle_text: Option<Personal> = leaf(Account, no_fact),
        /// The provider's number for it.
        provider_id: Option<Personal> = leaf(Account),
        /// Names shown to others.
        display_names: Vec<Personal> = leaf(Account),
        /// The profile page.
        profile_url: Option<Personal> = leaf(Account),
        /// A group or channel identifier.
        group: Option<Personal> = leaf(Account),
        /// Whether a third party reported the account.
        third_party_reported: Ternary = leaf(Account),
        /// Account status statements: disabled, since when, ...
        status: Vec<NamedText> = leaf(Account),
        /// Whether the handle is a placeholder: never a match key.
        placeholder: bool = leaf(Account, no_fact),
    }
}

classified! {
    /// A device.
    about(by_ref) struct Device {
        /// The person who uses it.
        person_ref: Option<String> = leaf(General, no_fact),
        /// IMEI, IDFA, MAC, ... as the source says.
        id_type: Option<String> = leaf(DeviceNetwork),
        /// The identifier; canonical where the type has a form.
        id_value: Option<Personal> = leaf(DeviceNetwork),
        /// The identifier as the source writes it, when it differs.
        id_text: Option<Personal> = leaf(DeviceNetwork, no_fact),
        /// What happened.
        event: Option<String> = leaf(DeviceNetwork),
        /// When.
        at: Option<Moment> = leaf(DeviceNetwork),
        /// Make, model and other statements.
        properties: Vec<NamedText> = leaf(DeviceNetwork),
        /// Whether the identifier stands for none: never a match key.
        placeholder: bool = leaf(DeviceNetwork, no_fact),
    }
}

classified! {
    /// An event with an IP address.
    about(by_ref) struct NetworkEvent {
        /// The person behind it.
        person_ref: Option<String> = leaf(General, no_fact),
        /// The address.
        ip: Option<IpAddress> = leaf(DeviceNetwork),
        /// The last address of a range, when the source gives a range.
        ip_to: Option<IpAddress> = leaf(DeviceNetwork),
        /// The port.
        port: Option<i32> = leaf(DeviceNetwork),
        /// Login, Upload, ... as the source says.
        event: Option<String> = leaf(DeviceNetwork),
        /// When.
        at: Option<Moment> = leaf(DeviceNetwork),
        /// Whether it may be a proxy.
        possible_proxy: Ternary = leaf(DeviceNetwork),
        /// The provider, as the source says.
        provider: Option<String> = leaf(DeviceNetwork),
    }
}

classified! {
    /// A place on the internet.
    about(nobody) struct OnlinePlace {
        /// web_page, chat, newsgroup, game, email, peer_to_peer, cell_phone, ...
        kind: String = leaf(General),
        /// The service or client.
        service: Option<String> = leaf(Account),
        /// The URL; for evidence, never fetched.
        url: Option<Personal> = leaf(Account, all_persons),
        /// The room, channel, server or group.
        room: Option<Personal> = leaf(Account, all_persons),
        /// The provider's number for it.
        provider_id: Option<Personal> = leaf(Account, all_persons),
        /// What the source says of it.
        details: Vec<NamedText> = leaf(Narrative, all_persons),
    }
}

classified! {
    /// A vehicle.
    about(by_ref) struct Vehicle {
        /// The person who uses it.
        person_ref: Option<String> = leaf(General, no_fact),
        /// The licence plate.
        plate: Option<Personal> = leaf(Identity),
        /// The country or state that issued it.
        plate_issuer: Option<String> = leaf(Identity),
        /// Make, model, colour, as the source says.
        description: Option<Personal> = leaf(Identity),
    }
}

classified! {
    /// An account at an institution, an instrument, a transaction.
    about(by_ref) struct FinancialItem {
        /// The person who holds it.
        person_ref: Option<String> = leaf(General, no_fact),
        /// bank_account, card, wallet, transaction, ... as the source says.
        kind: String = leaf(Financial),
        /// The institution.
        institution: Option<Personal> = leaf(Financial),
        /// The account, card or wallet.
        account: Option<Personal> = leaf(Financial),
        /// The asset, for wallets.
        asset: Option<String> = leaf(Financial),
        /// The amount as a decimal number in text: money is never a float.
        amount: Option<String> = leaf(Financial),
        /// ISO 4217.
        currency: Option<String> = leaf(Financial),
        /// When.
        at: Option<Moment> = leaf(Financial),
        /// Further statements.
        details: Vec<NamedText> = leaf(Financial),
    }
}

classified! {
    /// A hash of a file.
    about(nobody) struct FileHash {
        /// MD5, SHA-1, SHA-256, PHOTODNA, ... in upper case.
        algorithm: String = leaf(Evidence, no_fact),
        /// The value; hexadecimal in lower case where the algorithm gives hexadecimal.
        value: Personal = leaf(Evidence),
        /// Whether the value fits the algorithm; one that does not is no match key.
        fits: bool = leaf(Evidence, no_fact),
    }
}

classified! {
    /// A file, without its content.
    about(nobody) struct EvidenceFile {
        /// The provider's number for it.
        file_id: Option<String> = leaf(Evidence),
        /// The name.
        name: Option<Personal> = leaf(Evidence, all_persons),
        /// Where the source says it is; never fetched.
        reference: Option<Personal> = leaf(Evidence, no_fact, all_persons),
        /// Bytes.
        size_bytes: Option<i64> = leaf(Evidence, no_fact),
        /// Media type.
        media_type: Option<String> = leaf(Evidence, no_fact),
        /// Hashes.
        hashes: Vec<FileHash> = nested,
        /// Relevance, as the source says.
        relevance: Option<String> = leaf(Evidence),
        /// Classification such as A1.
        industry_class: Option<String> = leaf(Evidence),
        /// Whether the provider viewed it. Missing is not no.
        viewed_by_source: Ternary = leaf(Evidence),
        /// Whether it was publicly available.
        publicly_available: Ternary = leaf(Evidence),
        /// Whether access needs a warrant or is blocked; the more protective statement counts.
        access_blocked: Ternary = leaf(Evidence),
        /// Annotations such as viral or live_streaming.
        annotations: Vec<String> = leaf(Evidence),
        /// EXIF and other statements.
        details: Vec<NamedText> = leaf(Evidence, all_persons),
    }
}

classified! {
    /// A place.
    about(by_ref) struct PlaceOfLead {
        /// The person whose place it is.
        person_ref: Option<String> = leaf(General, no_fact),
        /// home, business, incident, estimated, billing, ... as the source says.
        role: Option<String> = leaf(General),
        /// The name of a place or venue.
        name: Option<Personal> = leaf(Location),
        /// Street and number.
        street: Option<Personal> = leaf(Location),
        /// City.
        city: Option<Personal> = leaf(Location),
        /// State, province, region.
        admin1: Option<String> = leaf(General),
        /// Postal code.
        postal_code: Option<Personal> = leaf(Location),
        /// Country.
        country: Option<CountryValue> = leaf(General),
        /// Coordinates.
        point: Option<Point> = leaf(Location),
        /// Whether the source estimated it.
        estimated: Ternary = leaf(General),
        /// Whether the source verified it.
        verified: Ternary = leaf(General),
        /// The time for which it is stated.
        at: Option<Moment> = leaf(Location),
        /// The whole address as the source writes it.
        text: Option<Personal> = leaf(Location),
    }
}
