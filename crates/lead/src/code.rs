//! Closed lists, named after the standards of the field.

use crate::schema::codes;

codes! {
    /// What a message is for: EDXL-DE `distributionType`.
    enum MessageKind {
        /// A new report.
        Report = "REPORT",
        /// A newer version of a report, or an addition to it.
        Update = "UPDATE",
        /// The report is withdrawn.
        Cancel = "CANCEL",
        /// A request.
        Request = "REQUEST",
        /// An answer to a request.
        Response = "RESPONSE",
        /// An acknowledgement.
        Ack = "ACK",
        /// An error report.
        Error = "ERROR",
    }
}

codes! {
    /// Whether a message is meant: EDXL-DE `distributionStatus`.
    enum MessageStatus {
        /// Meant.
        Actual = "ACTUAL",
        /// Part of an exercise: kept apart from real leads everywhere.
        Exercise = "EXERCISE",
        /// A technical test.
        Test = "TEST",
        /// Between systems only.
        System = "SYSTEM",
    }
}

codes! {
    /// What kind of source a lead comes from.
    enum SourceKind {
        /// Not stated.
        Unknown = "UNKNOWN",
        /// A tip line of an agency.
        TipLine = "TIP_LINE",
        /// A hotline or other non-governmental organisation.
        Hotline = "HOTLINE",
        /// A report by an electronic service provider.
        PlatformReport = "PLATFORM_REPORT",
        /// A referral by another agency.
        AgencyReferral = "AGENCY_REFERRAL",
        /// A financial institution.
        FinancialInstitution = "FINANCIAL_INSTITUTION",
        /// A partner country.
        PartnerCountry = "PARTNER_COUNTRY",
        /// An interview in the field.
        FieldInterview = "FIELD_INTERVIEW",
        /// A member of the public.
        Public = "PUBLIC",
    }
}

codes! {
    /// Whether the source may be the abuser or trafficker: 8 USC 1367.
    enum ProhibitedSourceRisk {
        /// Nothing is known.
        Unknown = "UNKNOWN",
        /// None.
        None = "NONE",
        /// Possible.
        Possible = "POSSIBLE",
        /// Known.
        Known = "KNOWN",
    }
}

codes! {
    /// On what ground the lead is held: 28 CFR Part 23 and the tips and leads paper.
    enum CollectionBasis {
        /// Not stated: treated as a tip.
        Unknown = "UNKNOWN",
        /// A bare tip: mere suspicion.
        Tip = "TIP",
        /// A tip that was checked.
        CheckedTip = "CHECKED_TIP",
        /// Reasonable suspicion.
        ReasonableSuspicion = "REASONABLE_SUSPICION",
        /// Part of a case record.
        CaseRecord = "CASE_RECORD",
    }
}

codes! {
    /// What the lead is about.
    enum Category {
        /// Not stated, or no offence follows from the statement.
        Unknown = "UNKNOWN",
        /// Commercial sexual exploitation of a minor.
        ChildSexTrafficking = "CHILD_SEX_TRAFFICKING",
        /// Commercial sexual exploitation of an adult.
        SexTrafficking = "SEX_TRAFFICKING",
        /// Forced labour.
        LabourTrafficking = "LABOUR_TRAFFICKING",
        /// Domestic servitude.
        DomesticServitude = "DOMESTIC_SERVITUDE",
        /// Forced marriage.
        ForcedMarriage = "FORCED_MARRIAGE",
        /// Removal of organs.
        OrganRemoval = "ORGAN_REMOVAL",
        /// Child sexual abuse material.
        Csam = "CSAM",
        /// Online enticement of a child.
        OnlineEnticement = "ONLINE_ENTICEMENT",
        /// Child sex tourism.
        ChildSexTourism = "CHILD_SEX_TOURISM",
        /// Child sexual molestation.
        ChildSexualMolestation = "CHILD_SEXUAL_MOLESTATION",
        /// Unsolicited obscene material sent to a child.
        ObsceneToChild = "OBSCENE_TO_CHILD",
        /// Misleading domain names, words or images.
        Misleading = "MISLEADING",
        /// A missing child.
        MissingChild = "MISSING_CHILD",
        /// Smuggling of persons.
        Smuggling = "SMUGGLING",
        /// Money laundering in connection with the above.
        MoneyLaundering = "MONEY_LAUNDERING",
        /// Another offence.
        Other = "OTHER",
    }
}

codes! {
    /// How pressing a lead is, as the source states it.
    enum UrgencyLevel {
        /// Not stated, which is not low.
        NotStated = "NOT_STATED",
        /// Routine.
        Routine = "ROUTINE",
        /// Elevated.
        Elevated = "ELEVATED",
        /// High.
        High = "HIGH",
        /// Immediate.
        Immediate = "IMMEDIATE",
    }
}

codes! {
    /// Fact or opinion: Directive (EU) 2016/680, article 7.
    enum AssertionKind {
        /// Not stated.
        Unknown = "UNKNOWN",
        /// A fact.
        Fact = "FACT",
        /// An observation.
        Observation = "OBSERVATION",
        /// A personal assessment.
        Assessment = "ASSESSMENT",
    }
}

codes! {
    /// The part a person plays: Directive (EU) 2016/680, article 6.
    enum Role {
        /// Not stated.
        Unknown = "UNKNOWN",
        /// Suspected or reported.
        Subject = "SUBJECT",
        /// A victim.
        Victim = "VICTIM",
        /// A possible victim.
        PossibleVictim = "POSSIBLE_VICTIM",
        /// A witness.
        Witness = "WITNESS",
        /// The person who reported.
        Reporter = "REPORTER",
        /// Received what a subject sent.
        Recipient = "RECIPIENT",
        /// A contact of an agency, such as an officer.
        Contact = "CONTACT",
        /// Somebody else.
        Other = "OTHER",
    }
}

codes! {
    /// Yes, no, or not known. Unknown is never no.
    enum Ternary {
        /// Not known.
        Unknown = "UNKNOWN",
        /// Yes.
        Yes = "YES",
        /// No.
        No = "NO",
    }
}

codes! {
    /// A stage of trafficking: HTCDS `hte_Type`.
    enum TraffickingStage {
        /// Not stated.
        Unknown = "UNKNOWN",
        /// Recruitment.
        Recruitment = "RECRUITMENT",
        /// Transit.
        Transit = "TRANSIT",
        /// Exploitation.
        Exploitation = "EXPLOITATION",
    }
}

codes! {
    /// Traffic Light Protocol 2.0.
    enum Tlp: absence_counts {
        /// Not stated: treated as AMBER+STRICT.
        NotStated = "NOT_STATED",
        /// No restriction.
        Clear = "CLEAR",
        /// The community.
        Green = "GREEN",
        /// The organisation and its clients.
        Amber = "AMBER",
        /// The organisation only.
        AmberStrict = "AMBER_STRICT",
        /// Named recipients only.
        Red = "RED",
    }
}

codes! {
    /// Permissible Actions Protocol.
    enum Pap: absence_counts {
        /// Not stated.
        NotStated = "NOT_STATED",
        /// No restriction.
        Clear = "CLEAR",
        /// Active actions allowed.
        Green = "GREEN",
        /// Passive cross-checks only.
        Amber = "AMBER",
        /// Passive, in-house only.
        Red = "RED",
    }
}

/// What a lead may be used for, and what a partner uses leads for. A lead may state a purpose that is none
/// of these: nobody can use it for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Purpose {
    /// To find and bring to safety.
    Rescue,
    /// To investigate.
    Investigation,
    /// To prosecute.
    Prosecution,
    /// To assist victims.
    VictimAssistance,
    /// To prevent.
    Prevention,
    /// To analyse, without a case.
    Intelligence,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 6] = [
        Self::Rescue,
        Self::Investigation,
        Self::Prosecution,
        Self::VictimAssistance,
        Self::Prevention,
        Self::Intelligence,
    ];

    /// Its name in partner.toml and in `legal.purposes` of a lead.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Rescue => "RESCUE",
            Self::Investigation => "INVESTIGATION",
            Self::Prosecution => "PROSECUTION",
            Self::VictimAssistance => "VICTIM_ASSISTANCE",
            Self::Prevention => "PREVENTION",
            Self::Intelligence => "INTELLIGENCE",
        }
    }

    /// The purpose that a source names, whatever case and separators it writes.
    pub fn named(text: &str) -> Option<Self> {
        let name = symbol_of(text);
        Self::ALL.into_iter().find(|purpose| purpose.symbol() == name)
    }
}

/// A word of a source in the form of our codes: `no-foreign` is NO_FOREIGN.
pub fn symbol_of(text: &str) -> String {
    let upper = |c: char| if c.is_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    text.trim().chars().map(upper).collect()
}
