//! The fields of the standard: their names, and the lists of values of those that have one.
//!
//! Versions, forms and tools write names with and without underscores and capitals; they are one. Lists hold the values
//! of the standard's 1.0 and 2.0 and of its form: a document does not say which it follows.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A table of the standard, by the prefix of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Table {
    Person,
    Victim,
    Perpetrator,
    Event,
    Organisation,
    Case,
    Consent,
}

const TABLES: &[(&str, Table)] = &[
    ("prs", Table::Person),
    ("vic", Table::Victim),
    ("per", Table::Perpetrator),
    ("hte", Table::Event),
    ("org", Table::Organisation),
    ("cas", Table::Case),
    ("con", Table::Consent),
];

/// The name of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) table: Table,
    /// As the standard writes it, without prefix; a name that it does not have as it stands.
    pub(super) name: String,
    pub(super) list: Option<&'static List>,
}

/// The values that a field may have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    table: Table,
    name: &'static str,
    /// Whether it takes several.
    pub(super) several: bool,
    /// The field of the lead that a warning names.
    pub(super) path: &'static str,
    values: &'static [&'static str],
}

/// Names that a field also goes by.
const ALIASES: &[(Table, &str, &str)] = &[
    (Table::Person, "lastname", "SecondName"),
    (Table::Person, "surname", "SecondName"),
    (Table::Person, "dateofbirth", "Birthdate"),
    (Table::Victim, "methodofcontrol", "MethodsOfControl"),
    (Table::Victim, "labourindustry", "ForcedLabourIndustry"),
    (Table::Victim, "statusdecisionmakingorg", "TraffickingStatusDecisionMakingOrg"),
];

/// Names of fields without a list.
const PLAIN: &[(Table, &[&str])] = &[
    (
        Table::Person,
        &[
            "Salutation",
            "FirstName",
            "MiddleName",
            "SecondName",
            "Birthdate",
            "Deceased",
            "Title",
            "Email",
            "HomePhone",
            "MobilePhone",
            "MailingCity",
            "MailingCountry",
            "MailingState",
            "MailingStreet",
            "MailingPostalCode",
            "MailingLatitude",
            "MailingLongitude",
        ],
    ),
    (
        Table::Victim,
        &[
            "LocationOfRecruitment",
            "LocationOfExploitation",
            "RelationshipToTrafficker",
            "AgeWhenTrafficked",
            "DetailsOfVulnerabilities",
            "AgreementToManagePersonalData",
        ],
    ),
    (Table::Perpetrator, &["RoleDetails", "Organisation"]),
    (
        Table::Event,
        &["Date", "City", "Country", "State", "Street", "PostalCode", "Latitude", "Longitude", "Description"],
    ),
    (
        Table::Organisation,
        &[
            "Name",
            "Phone",
            "ShippingCity",
            "ShippingCountry",
            "ShippingState",
            "ShippingStreet",
            "ShippingPostalCode",
            "ShippingLatitude",
            "ShippingLongitude",
        ],
    ),
    (
        Table::Case,
        &[
            "ReferringOrganisation",
            "IncomingReferralDate",
            "ReferringPrimaryCaseWorker",
            "IncomingReferralDetails",
            "ReferredOrganisation",
            "ReferredPrimaryCaseWorker",
            "OutgoingReferralDate",
            "OutgoingReferralDetails",
            "ReasonForCaseClosure",
            "CaseNumber",
            "Id",
        ],
    ),
    (Table::Consent, &["Scope", "ExpiryDate"]),
];

/// Codes of countries: any text, for the canonical form tells what is one.
const ANY: &[&str] = &[];

const fn one(table: Table, name: &'static str, path: &'static str, values: &'static [&'static str]) -> List {
    List { table, name, several: false, path, values }
}

const fn many(table: Table, name: &'static str, path: &'static str, values: &'static [&'static str]) -> List {
    List { table, name, several: true, path, values }
}

const APPS: &[&str] = &[
    "Facebook",
    "Instagram",
    "WhatsApp",
    "Telegram",
    "FacebookMessenger",
    "Viber",
    "SnapChat",
    "Line",
    "4Sale",
    "WeChat",
    "QQ",
    "QZone",
    "TikTok",
    "Twitter",
    "Other",
];
const REFERRALS: &[&str] = &["AdditionalServicesRequired", "MigrationOrChangeOfLocation", "Other"];

static LISTS: &[List] = &[
    many(Table::Person, "Citizenship", "persons", ANY),
    many(Table::Person, "Nationality", "persons", ANY),
    one(
        Table::Person,
        "Gender",
        "persons",
        &[
            "Feminine",
            "Masculine",
            "TransgenderFeminine",
            "TransgenderMasculine",
            "NonConforming",
            "NonSpecifiedUnknown",
            "Male",
            "Female",
            "Transgender/NonConforming",
            "Unknown",
        ],
    ),
    one(
        Table::Victim,
        "TraffickingStatus",
        "persons",
        &["PossibleVictimOfTrafficking", "ActualVictimOfTrafficking", "NotAVictimOfTrafficking"],
    ),
    one(
        Table::Victim,
        "TraffickingStatusDecisionMakingOrg",
        "persons",
        &["Police", "NGO", "CourtOrProsecution", "NonPoliceGovernmentalOrganization", "Other"],
    ),
    many(
        Table::Victim,
        "MethodsOfControl",
        "exploitation.control",
        &[
            "PhysicalThreats",
            "Threats",
            "ThreatsLawEnforcement",
            "ThreatOfLawEnforcement",
            "ThreatensChildrenFamily",
            "UsesChildren",
            "DebtBondage",
            "FalsePromises",
            "PhysicalAbuse",
            "SexualAbuse",
            "PsychologicalAbuse",
            "TakesEarnings",
            "RestrictsFinancialAccess",
            "RestrictsMedicalCare",
            "RestrictsMovement",
            "WithholdsNecessities",
            "WithholdsDocuments",
            "PsychoactiveSubstance",
            "PsychoactiveSubstances",
            "ExcessiveWorkingHours",
            "Other",
        ],
    ),
    many(
        Table::Victim,
        "MethodOfRecruitment",
        "exploitation.recruitment",
        &[
            "AtAPlaceOfBusiness",
            "AtAnEducationalInstitution",
            "AtWork",
            "ThroughOnlineSocialNetworks",
            "ThroughAnOnlineAdvertisement",
            "ThroughATelevisionAdvert",
            "ThroughANewspaperAdvert",
            "ThroughFamilyOrFamilyEvents",
            "ThroughFriendsOrSocialEvents",
            "Abduction",
            "EducationalFacility",
            "Familial",
            "Internet",
            "InternationalMarriageBroker",
            "IntimatePartnerMarriageProposition",
            "JobOfferAdvertisement",
            "PosingAsBenefactor",
            "PublicArea",
            "OfferOfAccommodation",
            "Shelter",
            "SmugglingRansom",
            "Work",
            "Other",
            "Unknown",
        ],
    ),
    many(
        Table::Victim,
        "TypeOfExploitation",
        "exploitation.types",
        &[
            "ForcedLabour",
            "SexualExploitation",
            "ChildLabour",
            "ForcedMarriage",
            "Servitude",
            "ForcedMilitaryByNonStateActors",
            "OrganRemoval",
            "ForcedBegging",
            "ForcedAdoption",
            "Surrogacy",
            "Other",
        ],
    ),
    many(
        Table::Victim,
        "TypeOfLabourExploitation",
        "exploitation.types",
        &[
            "Agriculture",
            "Aquafarming",
            "Begging",
            "Construction",
            "DomesticWork",
            "Hospitality",
            "IllicitActivities",
            "Manufacturing",
            "MiningOrDrilling",
            "Peddling",
            "Transportation",
            "Other",
        ],
    ),
    many(
        Table::Victim,
        "TypeOfSexExploitation",
        "exploitation.sex_types",
        &["Prostitution", "Pornography", "RemoteInteractiveServices", "PrivateSexualServices"],
    ),
    many(
        Table::Victim,
        "ForcedLabourIndustry",
        "exploitation.industry_code",
        &[
            "A_AgricultureForestryAndFishing",
            "B_MiningAndQuarrying",
            "C_Manufacturing",
            "D_ElectricityGasSteamAndAirConditioningSupply",
            "E_WaterSupplySewerageWasteManagement",
            "F_Construction",
            "G_WholesaleAndRetailTradeRepairOfMotorVehicles",
            "H_TransportationAndStorage",
            "I_AccommodationAndFoodServiceActivities",
            "J_InformationAndCommunication",
            "K_FinancialAndInsuranceActivities",
            "L_RealEstateActivities",
            "M_ProfessionalScientificAndTechnicalActivities",
            "N_AdministrativeAndSupportServiceActivities",
            "O_PublicAdministrationAndDefence",
            "P_Education",
            "Q_HumanHealthAndSocialWorkActivities",
            "R_ArtsEntertainmentAndRecreation",
            "S_OtherServiceActivities",
            "T_ActivitiesOfHouseholdsAsEmployers",
            "U_ActivitiesOfExtraterritorialOrganizations",
        ],
    ),
    many(Table::Victim, "RecruitmentWebsitesAndApps", "online_places", APPS),
    many(Table::Victim, "ExploitationWebsitesAndApps", "online_places", APPS),
    many(
        Table::Victim,
        "Vulnerabilities",
        "persons",
        &[
            "Addiction",
            "Caste",
            "Discrimination",
            "Poverty",
            "DisabilityAndPhysicalHealth",
            "MentalHealth",
            "Migration",
            "Homelessness",
            "AbuseSocialMedia",
            "AbusePhysical",
            "Education",
            "WorkEnvironment",
        ],
    ),
    many(
        Table::Perpetrator,
        "RoleInProcess",
        "persons",
        &[
            "TravellingPartner",
            "Transporter",
            "RecruiterOrIntermediary",
            "BrokerTravelAgent",
            "TransferredIndividual",
            "HarbouredIndividual",
            "SoldIndividual",
            "BoughtIndividual",
            "ReceivedIndividual",
            "ControlledIndividual",
            "Smuggler",
            "Abuser",
            "Kidnapper",
            "Exploiter",
            "Other",
        ],
    ),
    one(Table::Event, "Type", "events", &["Recruitment", "Transit", "Exploitation"]),
    one(
        Table::Organisation,
        "Type",
        "organizations",
        &[
            "NGO",
            "LawEnforcement",
            "HealthServiceOrganisation",
            "CentralGovernmentOrganisation",
            "LocalGovernmentOrganisation",
            "ImmigrationService",
            "LegalService",
            "CorporateBusiness",
        ],
    ),
    one(Table::Case, "Status", "other", &["Active", "FollowUp", "Closed", "ClosedReferred"]),
    one(Table::Case, "ReasonForIncomingReferral", "other", REFERRALS),
    one(Table::Case, "ReasonForOutgoingReferral", "other", REFERRALS),
    one(Table::Consent, "Consent", "protections.consent.given", &["TRUE", "FALSE"]),
];

/// Letters and digits alone, in lower case.
pub(super) fn squashed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The field of a name such as `prs_First_Name`; `None` when it has no prefix of the standard.
pub(super) fn field(written: &str) -> Option<Field> {
    let (prefix, rest) = written.split_once('_')?;
    let (_, table) = TABLES.iter().copied().find(|(known, _)| known.eq_ignore_ascii_case(prefix))?;
    let name = squashed(rest);
    if name.is_empty() {
        return None;
    }
    let (name, list) = NAMES.get(&(table, name)).copied().unwrap_or((rest, None));
    Some(Field { table, name: name.to_owned(), list })
}

/// The name of a field as the standard writes it, and its list.
type Known = (&'static str, Option<&'static List>);

/// Every field under its squashed names.
static NAMES: LazyLock<HashMap<(Table, String), Known>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for (table, plain) in PLAIN {
        names.extend(plain.iter().map(|name| ((*table, squashed(name)), (*name, None))));
    }
    names.extend(LISTS.iter().map(|list| ((list.table, squashed(list.name)), (list.name, Some(list)))));
    for (table, alias, name) in ALIASES {
        if let Some(field) = names.get(&(*table, squashed(name))).copied() {
            names.insert((*table, (*alias).to_owned()), field);
        }
    }
    names
});

impl List {
    /// The value as the standard writes it; `None` when it has none of it.
    pub(super) fn value(&self, written: &str) -> Option<&'static str> {
        let name = squashed(written);
        self.values.iter().copied().find(|value| squashed(value) == name)
    }

    /// Whether it takes any text.
    pub(super) fn is_open(&self) -> bool {
        self.values.is_empty()
    }
}

/// The prefix of a table's fields.
pub(super) fn prefix(table: Table) -> &'static str {
    TABLES.iter().find(|(_, known)| *known == table).map_or("", |(prefix, _)| prefix)
}
