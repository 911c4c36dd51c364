//! The site that is simulated: the real services over a small configuration, compiled once for all seeds.

use std::collections::BTreeMap;
use std::sync::Arc;

use deduplicator::{Config, Deduplicator};
use gate::{Gate, OfficerKey, Officers};
use lead::value::Country;
use lead::{SiteKeys, topic};
use normaliser::{Clocks, Normaliser, Source as Agency, SourceFiles};
use pipeline::{Processor, ServiceSpec, Source, Topic};
use release::{Partners, Policies, Release};
use router::{Router, Terms};

/// Agencies that send leads.
pub(crate) const AGENCIES: [&str; 2] = ["city-desk", "harbour-desk"];
/// Officers who may say everything.
pub(crate) const OFFICERS: [&str; 2] = ["desk", "night-desk"];

const AGENCY: &str = "kind = \"TIP_LINE\"\norganisation = \"Desk\"\ncountry = \"US\"\nformat = \"avro\"\n";
const HOME: &str = "US";
/// The partner that a policy of the simulation makes wait.
pub(crate) const WAITS_FOR_AN_OFFICER: &str = "mx-fiscalia";
/// The time of a bare tip is over at once, but where it says that it must be preserved.
const CLOCKS: Clocks = Clocks { tip_days: 0, checked_tip_days: 730, case_days: 1_826, exercise_days: 30 };
/// So that something is held, approved and refused.
const HOLD: &str = r#"
@id("prosecutor-waits") @reason("an officer reads what goes to a prosecutor")
forbid (principal, action == Action::"release_without_approval", resource)
when { principal.kind == Kind::"prosecutor" };
"#;

macro_rules! config {
    ($($path:literal)*) => { [$(($path, include_str!(concat!("../../../config/", $path)))),*] };
}

const PARTNERS: [(&str, &str); 4] = config!(
    "partners/us-field-office-houston/partner.toml" "partners/mx-fiscalia/partner.toml"
    "partners/us-state-police-texas/partner.toml" "partners/triage-desk/partner.toml"
);
const POLICIES: [(&str, &str); 3] =
    config!("policies/domestic.cedar" "policies/hard-stops.cedar" "policies/international.cedar");
const SCHEMA: &str = include_str!("../../../config/policies/leads.cedarschema");
const REDACTION: &str = include_str!("../../../config/policies/redaction.toml");
const MATCHING: &str = include_str!("../../../config/matching.toml");

/// Which service: the order of a lead's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ServiceKind {
    /// Bytes become leads.
    Normaliser,
    /// Words of officers and partners come in.
    Gate,
    /// Leads get verdicts.
    Deduplicator,
    /// Partners get copies.
    Router,
}

/// Every service.
pub(crate) const SERVICES: [ServiceKind; 4] =
    [ServiceKind::Normaliser, ServiceKind::Gate, ServiceKind::Deduplicator, ServiceKind::Router];

impl ServiceKind {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Normaliser => "normaliser",
            Self::Gate => "gate",
            Self::Deduplicator => "deduplicator",
            Self::Router => "router",
        }
    }
}

/// A topic as the model is to have it.
pub(crate) struct TopicPlan {
    /// Its name.
    pub(crate) name: Topic,
    /// Its partitions.
    pub(crate) partitions: u32,
    /// Whether it is compacted.
    pub(crate) compacted: bool,
}

/// What is configured.
pub struct Site {
    keys: SiteKeys,
    agencies: Vec<Arc<Agency>>,
    matching: Arc<Config>,
    officers: Arc<Officers>,
    answers: Arc<BTreeMap<Topic, String>>,
    release: Arc<Release>,
    specs: BTreeMap<ServiceKind, Arc<ServiceSpec>>,
}

/// The secret key of an officer.
pub(crate) fn officer_key(officer: &str) -> OfficerKey {
    let mut secret = [7; 32];
    secret.iter_mut().zip(officer.bytes()).for_each(|(slot, byte)| *slot = byte);
    OfficerKey::new(secret)
}

impl Site {
    /// Compiles it.
    pub fn new() -> Result<Self, String> {
        let keys = SiteKeys::new([7; 32]);
        let mut agencies = Vec::new();
        for name in AGENCIES {
            let files = SourceFiles {
                name: name.to_owned(),
                source_toml: AGENCY.to_owned(),
                mapping_vrl: None,
                placeholders_toml: None,
            };
            agencies.push(Arc::new(Agency::compile(files).map_err(|error| error.to_string())?));
        }
        let name_of = |path: &str, part: usize| path.split('/').nth(part).unwrap_or(path).to_owned();
        let partners: Vec<_> = PARTNERS.iter().map(|(path, text)| (name_of(path, 1), *text)).collect();
        let partners = Partners::parse(&partners).map_err(|error| error.to_string())?;
        let mut policies: Vec<_> = POLICIES.iter().map(|(path, text)| (name_of(path, 1), *text)).collect();
        policies.push(("hold.cedar".to_owned(), HOLD));
        let policies = Policies::parse(SCHEMA, &policies)
            .and_then(|policies| policies.with_redaction(REDACTION))
            .map_err(|error| error.to_string())?;
        let answers: BTreeMap<_, _> =
            partners.iter().map(|p| (Topic::from(topic::feedback(&p.id)), p.id.clone())).collect();
        let home = Country::parse(HOME).ok_or("the home country is none")?;
        let release = Release::new(Arc::new(partners), Arc::new(policies), keys.clone(), home)
            .map_err(|error| error.to_string())?;
        let officers: Vec<(&str, String)> = OFFICERS
            .iter()
            .map(|officer| {
                let key = officer_key(officer).public();
                (
                    *officer,
                    format!(
                        "key = \"{key}\"\nmay = [\"match\", \"approve\", \"recall\", \"apply\", \"hold\"]\n"
                    ),
                )
            })
            .collect();
        let officers = Officers::parse(&officers).map_err(|error| error.to_string())?;
        let matching = Config::parse(MATCHING).map_err(|error| error.to_string())?;
        let mut site = Self {
            keys,
            agencies,
            matching: Arc::new(matching),
            officers: Arc::new(officers),
            answers: Arc::new(answers),
            release: Arc::new(release),
            specs: BTreeMap::new(),
        };
        site.specs = SERVICES.iter().map(|service| (*service, Arc::new(site.make_spec(*service)))).collect();
        Ok(site)
    }

    fn make_spec(&self, service: ServiceKind) -> ServiceSpec {
        let inputs = match service {
            ServiceKind::Normaliser => self.agencies.iter().map(|a| a.inbound_topic().clone()).collect(),
            ServiceKind::Gate => {
                [Topic::new(topic::OFFICERS)].into_iter().chain(self.answers.keys().cloned()).collect()
            }
            ServiceKind::Deduplicator => vec![Topic::new(topic::NORMALISED)],
            ServiceKind::Router => vec![Topic::new(topic::MATTERS)],
        };
        ServiceSpec {
            name: service.name(),
            inputs,
            changelog: Topic::new(topic::changelog(service.name())),
            dead_letters: Topic::new(topic::dead_letter(service.name())),
        }
    }

    /// What the runtime must know of a service.
    pub(crate) fn spec(&self, service: ServiceKind) -> Option<Arc<ServiceSpec>> {
        self.specs.get(&service).cloned()
    }

    /// The keys of the site.
    pub(crate) fn keys(&self) -> &SiteKeys {
        &self.keys
    }

    /// Every partner and its topic.
    pub(crate) fn partner_topics(&self) -> Vec<(String, Topic)> {
        let Some(home) = Country::parse(HOME) else { return Vec::new() };
        self.release.partners().iter().map(|p| (p.id.clone(), Topic::from(p.topic(home)))).collect()
    }

    /// Every topic.
    pub(crate) fn topics(&self) -> Vec<TopicPlan> {
        let plan = |name: Topic, partitions, compacted| TopicPlan { name, partitions, compacted };
        let mut plans = vec![
            plan(Topic::new(topic::NORMALISED), topic::NORMALISED_PARTITIONS, false),
            plan(Topic::new(topic::MATTERS), 2, false),
            plan(Topic::new(topic::REVIEW), 1, false),
            plan(Topic::new(topic::DECISIONS), 2, false),
            plan(Topic::new(topic::HELD), 1, false),
            plan(Topic::new(topic::LEGAL_HOLDS), 1, false),
            plan(Topic::new(topic::CHECKPOINTS), 1, false),
            plan(Topic::new(topic::OFFICERS), 1, false),
        ];
        plans.extend(self.agencies.iter().map(|agency| plan(agency.inbound_topic().clone(), 1, false)));
        plans.extend(self.answers.keys().map(|name| plan(name.clone(), 1, false)));
        plans.extend(self.partner_topics().into_iter().map(|(_, name)| plan(name, 1, false)));
        for spec in self.specs.values() {
            let inputs = plans.iter().filter(|made| spec.inputs.contains(&made.name));
            let partitions = inputs.map(|made| made.partitions).max().unwrap_or(1);
            plans.push(plan(spec.changelog.clone(), partitions, true));
            plans.push(plan(spec.dead_letters.clone(), 1, false));
        }
        plans
    }

    /// The input partitions of a service.
    pub(crate) fn sources(&self, service: ServiceKind) -> Vec<Source> {
        let Some(spec) = self.specs.get(&service) else { return Vec::new() };
        let partitions = match service {
            ServiceKind::Deduplicator => topic::NORMALISED_PARTITIONS,
            ServiceKind::Router => 2,
            ServiceKind::Normaliser | ServiceKind::Gate => 1,
        };
        let all = |topic: &Topic| {
            let topic = topic.clone();
            (0..partitions).map(move |partition| Source::new(topic.clone(), partition))
        };
        spec.inputs.iter().flat_map(all).collect()
    }

    /// The real processor of an input partition.
    pub(crate) fn processor(
        &self,
        service: ServiceKind,
        source: &Source,
    ) -> Result<Box<dyn Processor>, String> {
        let keys = &self.keys;
        Ok(match service {
            ServiceKind::Normaliser => {
                let agency = self.agencies.iter().find(|a| *a.inbound_topic() == source.topic);
                let agency = agency.ok_or_else(|| format!("{source} belongs to no agency"))?;
                Box::new(Normaliser::new(Arc::clone(agency), keys.clone()).with_clocks(CLOCKS))
            }
            ServiceKind::Gate => {
                Box::new(Gate::new(Arc::clone(&self.officers), keys.clone(), Arc::clone(&self.answers)))
            }
            ServiceKind::Deduplicator => {
                Box::new(Deduplicator::new(Arc::clone(&self.matching), keys.clone()))
            }
            ServiceKind::Router => {
                // Short enough that in a run holds expire and answers are missed.
                let terms = Terms { hold_millis: 60_000, answer_millis: 40_000, duty_millis: 20_000 };
                Box::new(Router::new(Arc::clone(&self.release), terms, keys, source.partition))
            }
        })
    }
}
