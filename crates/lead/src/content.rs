//! What a lead says: the part that agencies submit and partners receive, field by field classified.

use crate::class::ClassSet;
use crate::code::{
    AssertionKind, Category, CollectionBasis, Pap, ProhibitedSourceRisk, SourceKind, Ternary, Tlp,
    TraffickingStage, UrgencyLevel,
};
use crate::facts::{FactSink, Facts};
use crate::person::{Person, Persons};
use crate::thing::{
    Account, Device, EvidenceFile, FinancialItem, NetworkEvent, OnlinePlace, Organization, PlaceOfLead,
    Vehicle,
};
use crate::value::{Country, CountryValue, ExternalId, Indicator, Moment, NamedText, Personal};
use crate::walk::{Classified, classified};

classified! {
    /// Where the lead comes from.
    about(nobody) struct SourceInfo {
        /// What kind of source.
        kind: SourceKind = leaf(General, no_fact),
        /// The provider, organisation or line that reports.
        organisation: Option<String> = leaf(Provenance, no_fact),
        /// police, ngo, platform, ... as the source says.
        organisation_type: Option<String> = leaf(Provenance, no_fact),
        /// The channel: web form, phone, portal.
        channel: Option<String> = leaf(Provenance, no_fact),
        /// Who reports, as the source says.
        reporter_type: Option<String> = leaf(Provenance),
        /// When the source received it.
        received_at: Option<Moment> = leaf(Provenance, no_fact),
        /// When it happened.
        incident_at: Option<Moment> = leaf(General),
        /// When it ended, for a span.
        incident_until: Option<Moment> = leaf(General),
        /// What the source says of the time.
        incident_at_description: Option<Personal> = leaf(Narrative, all_persons),
        /// BCP 47 language of the source.
        language: Option<String> = leaf(General, no_fact),
        /// Whether the source may be the abuser: 8 USC 1367.
        prohibited_source_risk: ProhibitedSourceRisk = leaf(LeSensitive),
    }
}

classified! {
    /// Who holds the lead first. Never changed by anybody who passes it on.
    about(nobody) struct Originator {
        /// The agency.
        agency_id: Option<String> = leaf(Provenance, no_fact),
        /// Its country.
        country: Option<Country> = leaf(Provenance, no_fact),
        /// Its office: an ORI or office code.
        office_code: Option<String> = leaf(Provenance, no_fact),
    }
}

classified! {
    /// How persons are exploited: NIEM human services and HTCDS terms.
    about(nobody) struct Exploitation {
        /// Types.
        types: Vec<String> = leaf(General),
        /// Types of sexual exploitation.
        sex_types: Vec<String> = leaf(General),
        /// Industry.
        industry_code: Option<String> = leaf(General),
        /// Venue.
        venue_code: Option<String> = leaf(General),
        /// Methods of recruitment.
        recruitment: Vec<String> = leaf(General),
        /// Methods of control.
        control: Vec<String> = leaf(General),
    }
}

classified! {
    /// A stage of trafficking: HTCDS hte_*.
    about(nobody) struct TraffickingEvent {
        /// The stage.
        stage: TraffickingStage = leaf(General),
        /// When.
        at: Option<Moment> = leaf(General),
        /// Where, as text.
        place: Option<Personal> = leaf(Location, all_persons),
        /// In which country.
        country: Option<CountryValue> = leaf(General),
    }
}

classified! {
    /// How pressing it is, as the source states.
    about(nobody) struct Urgency {
        /// The level.
        level: UrgencyLevel = leaf(General),
        /// Why, in the words of the source.
        reason: Option<Personal> = leaf(Narrative, all_persons),
        /// Whether somebody is in danger now.
        imminent_danger: Ternary = leaf(General),
        /// By when to act.
        due_at: Option<Moment> = leaf(General),
        /// The score of the source.
        source_score: Option<i32> = leaf(General),
    }
}

classified! {
    /// How the lead may be handled.
    about(nobody) struct Handling {
        /// Traffic Light Protocol 2.0.
        tlp: Tlp = leaf(Handling),
        /// Permissible Actions Protocol.
        pap: Pap = leaf(Handling),
        /// Europol handling codes.
        h_codes: Vec<String> = leaf(Handling),
        /// The text of H3.
        h3_text: Option<String> = leaf(Handling),
        /// Caveats: NO_FOREIGN, NO_NGO, ORCON, and free ones.
        caveats: Vec<String> = leaf(Handling),
        /// Controlled unclassified information markings.
        cui: Vec<String> = leaf(Handling),
        /// Partners named as recipients (TLP:RED).
        recipients: Vec<String> = leaf(Internal, no_fact),
        /// 4x4 grade of the source: A, B, C, X.
        source_grade: Option<String> = leaf(Handling),
        /// 4x4 grade of the information: 1 to 4.
        info_grade: Option<String> = leaf(Handling),
        /// Sensitivity label: 28 CFR 23.
        sensitivity: Option<String> = leaf(Handling),
        /// Confidence in per cent.
        confidence_pct: Option<i32> = leaf(Handling),
    }
}

classified! {
    /// Consent of a person, as a service provider recorded it.
    about(nobody) struct Consent {
        /// Whether it was given; unknown is not no, and not yes either.
        given: Ternary = leaf(LegalProtected),
        /// What it covers: purposes or kinds of partners.
        scope: Vec<String> = leaf(LegalProtected),
        /// When it ends.
        expires: Option<Moment> = leaf(LegalProtected),
    }
}

classified! {
    /// What a statute protects.
    about(nobody) struct Protections {
        /// Protected under 8 USC 1367.
        v1367: Ternary = leaf(LegalProtected),
        /// Consent.
        consent: Option<Consent> = nested,
        /// Juvenile record.
        juvenile: Ternary = leaf(LegalProtected),
        /// Sealed by a court.
        sealed: Ternary = leaf(LegalProtected),
        /// Derived from a suspicious-activity report, whose existence is secret.
        sar_derived: Ternary = leaf(LegalProtected),
    }
}

classified! {
    /// The legal frame.
    about(nobody) struct LegalFrame {
        /// Purposes for which the lead may be used: RESCUE, INVESTIGATION, PROSECUTION, VICTIM_ASSISTANCE, PREVENTION, INTELLIGENCE; none means any. Another word means that no partner may have it.
        purposes: Vec<String> = leaf(Handling),
        /// Legal basis.
        legal_basis: Option<String> = leaf(Handling),
        /// Whether files need a warrant.
        warrant_required: Ternary = leaf(LeSensitive),
        /// Basis of transfer to third countries.
        transfer_basis: Option<String> = leaf(Handling),
        /// Whether it holds personal data under European law.
        eu_data: Ternary = leaf(Handling),
        /// Legal process that was served, as the source says.
        process: Vec<NamedText> = leaf(LeSensitive),
        /// Until when evidence is preserved.
        preservation_until: Option<Moment> = leaf(LeSensitive),
    }
}

classified! {
    /// How good the data are.
    about(nobody) struct Quality {
        /// Share of the record's main groups that are filled, in per cent.
        completeness_pct: i32 = leaf(General, no_fact),
        /// Warnings as code and field path, never with values.
        warnings: Vec<String> = leaf(Internal, no_fact),
        /// Main groups that are missing.
        missing: Vec<String> = leaf(Internal, no_fact),
        /// Field paths whose value the source took from its narrative.
        from_narrative: Vec<String> = leaf(Internal, no_fact),
    }
}

classified! {
    /// What a lead says.
    about(nobody) struct Content {
        /// Where it comes from.
        source: SourceInfo = nested,
        /// Who holds it first.
        originator: Originator = nested,
        /// Reference numbers: prior reports, case numbers.
        external_ids: Vec<ExternalId> = leaf(Evidence),
        /// On what ground it is held.
        collection_basis: CollectionBasis = leaf(Handling),
        /// What it is about.
        categories: Vec<Category> = leaf(General),
        /// The source's words for it.
        category_text: Vec<String> = leaf(General, no_fact),
        /// Annotations such as sextortion or csam_solicitation.
        annotations: Vec<String> = leaf(General),
        /// NIEM j:TipDomainCode.
        tip_domain_code: Option<String> = leaf(General),
        /// NIEM j:TipClassCode.
        tip_class_code: Option<String> = leaf(General),
        /// Offence codes such as UCR 64A.
        offence_codes: Vec<String> = leaf(General),
        /// How persons are exploited.
        exploitation: Option<Exploitation> = nested,
        /// Stages of trafficking.
        events: Vec<TraffickingEvent> = nested,
        /// Indicators.
        indicators: Vec<Indicator> = leaf(General),
        /// How pressing it is.
        urgency: Urgency = nested,
        /// Fact or opinion.
        assertion_kind: AssertionKind = leaf(General),
        /// The story as told.
        narrative: Option<Personal> = leaf(Narrative, all_persons),
        /// Its language, BCP 47; und when not known.
        narrative_language: Option<String> = leaf(Narrative, no_fact),
        /// Further texts under their own names.
        texts: Vec<NamedText> = leaf(Narrative, all_persons),
        /// A summary that the source released for everybody.
        summary_public: Option<String> = leaf(General),
        /// Persons.
        persons: Vec<Person> = nested,
        /// Organisations.
        organizations: Vec<Organization> = nested,
        /// Accounts on services.
        accounts: Vec<Account> = nested,
        /// Devices.
        devices: Vec<Device> = nested,
        /// Events with an IP address.
        network_events: Vec<NetworkEvent> = nested,
        /// Web pages, chat rooms, newsgroups, games.
        online_places: Vec<OnlinePlace> = nested,
        /// Vehicles.
        vehicles: Vec<Vehicle> = nested,
        /// Money.
        financial: Vec<FinancialItem> = nested,
        /// Files: hashes and flags, never content.
        files: Vec<EvidenceFile> = nested,
        /// Places.
        places: Vec<PlaceOfLead> = nested,
        /// Countries that the lead touches, as stated or derived.
        countries_involved: Vec<Country> = leaf(General),
        /// Statements for which the record has no field.
        other: Vec<NamedText> = leaf(LeSensitive, all_persons),
        /// Presence of secrets that were left out, such as passwords: their paths.
        withheld_secrets: Vec<String> = leaf(Internal, no_fact),
        /// How it may be handled.
        handling: Handling = nested,
        /// What a statute protects.
        protections: Protections = nested,
        /// The legal frame.
        legal: LegalFrame = nested,
        /// How good the data are.
        quality: Quality = nested,
    }
}

impl Content {
    /// Every fact with the classes it needs, as digests under `key`.
    pub fn facts(&self, key: &[u8; 16]) -> Facts {
        let persons = Persons::of(&self.persons);
        let mut sink = FactSink::new(key);
        Classified::facts(self, &persons.top(), &mut sink);
        sink.finish()
    }

    /// Clears every value that needs a class outside `permitted`; returns how many were cleared.
    pub fn retain(&mut self, permitted: ClassSet) -> usize {
        let persons = Persons::of(&self.persons);
        let mut cleared = 0;
        Classified::retain(self, &persons.top(), permitted, &mut cleared);
        cleared
    }
}
