//! What a site of the tests is configured to do: config/ as it stands, with an agency of the tests that
//! speaks Avro, and changes to single partners.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use deduplicator::Config;
use gate::{OfficerKey, Officers};
use lead::SiteKeys;
use lead::value::Country;
use normaliser::{Clocks, Normaliser, Source as Agency, SourceFiles};
use pipeline::{Processor, Source, Topic};
use release::{Partners, Policies, Release};

use crate::broker::root;

/// The agency of the tests.
pub const AGENCY: &str = "city-desk";
const SOURCE: &str = r#"
kind = "TIP_LINE"
organisation = "City desk"
country = "US"
format = "avro"
"#;

/// The time of an exercise is over at the next tick, so that leads are purged while others come.
const CLOCKS: Clocks = Clocks { tip_days: 90, checked_tip_days: 730, case_days: 1_826, exercise_days: 0 };

/// Officers who may say everything.
pub const OFFICERS: [&str; 2] = ["desk", "night-desk"];

/// The secret key of an officer of the tests.
pub fn secret(officer: &str) -> OfficerKey {
    let mut secret = [7; 32];
    secret.iter_mut().zip(officer.bytes()).for_each(|(slot, byte)| *slot = byte);
    OfficerKey::new(secret)
}

/// What is configured: config/ as it stands, with changes to single partners.
pub struct Definitions {
    agencies: Vec<Arc<Agency>>,
    pub(crate) matching: Arc<Config>,
    partners: Vec<(String, String)>,
    policies: (String, Vec<(String, String)>),
    redaction: String,
    pub(crate) keys: SiteKeys,
}

impl Default for Definitions {
    fn default() -> Self {
        let config = root().join("config");
        let text = |path: &Path| fs::read_to_string(path).unwrap();
        let compile = |name: &str, source_toml: String, mapping_vrl| {
            let placeholders_toml = Some(text(&config.join("sources/placeholders.toml")));
            let files = SourceFiles { name: name.into(), source_toml, mapping_vrl, placeholders_toml };
            Arc::new(Agency::compile(files).unwrap())
        };
        let mut agencies = vec![compile(AGENCY, SOURCE.into(), None)];
        for entry in fs::read_dir(config.join("sources")).unwrap().map(Result::unwrap) {
            let (name, folder) = (entry.file_name().into_string().unwrap(), entry.path());
            if !name.starts_with('_') && folder.is_dir() {
                let mapping = fs::read_to_string(folder.join("mapping.vrl")).ok();
                agencies.push(compile(&name, text(&folder.join("source.toml")), mapping));
            }
        }
        let mut partners = Vec::new();
        let mut policies = Vec::new();
        for entry in fs::read_dir(config.join("partners")).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if !name.starts_with('_') {
                partners.push((name, text(&entry.path().join("partner.toml"))));
            }
        }
        for entry in fs::read_dir(config.join("policies")).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if name.ends_with(".cedar") {
                policies.push((name, text(&entry.path())));
            }
        }
        policies.sort();
        partners.sort();
        Self {
            agencies,
            matching: Arc::new(Config::parse(&text(&config.join("matching.toml"))).unwrap()),
            partners,
            policies: (text(&config.join("policies/leads.cedarschema")), policies),
            redaction: text(&config.join("policies/redaction.toml")),
            keys: SiteKeys::new([7; 32]),
        }
    }
}

impl Definitions {
    /// Changes a partner's file.
    #[must_use]
    pub fn with_partner(mut self, partner: &str, from: &str, to: &str) -> Self {
        let (_, text) = self.partners.iter_mut().find(|(name, _)| name == partner).unwrap();
        assert!(text.contains(from), "{partner} has no `{from}`");
        *text = text.replace(from, to);
        self
    }

    /// Adds a policy.
    #[must_use]
    pub fn with_policy(mut self, file: &str, text: &str) -> Self {
        self.policies.1.push((file.to_owned(), text.to_owned()));
        self
    }

    /// The officers' files: what each is called, and what it says.
    pub fn officer_files(&self) -> Vec<(String, String)> {
        let file = |officer: &str| {
            let key = secret(officer).public();
            format!("key = \"{key}\"\nmay = [\"match\", \"approve\", \"recall\"]\n")
        };
        OFFICERS.iter().map(|officer| ((*officer).to_owned(), file(officer))).collect()
    }

    pub(crate) fn officers(&self) -> Officers {
        Officers::parse(&self.officer_files()).unwrap()
    }

    /// Who answers on which topic.
    pub fn answers(&self) -> BTreeMap<Topic, String> {
        let topic = |partner: &str| Topic::new(lead::topic::feedback(partner));
        self.partners().iter().map(|p| (topic(&p.id), p.id.clone())).collect()
    }

    /// The keys of the site.
    pub fn keys(&self) -> SiteKeys {
        self.keys.clone()
    }

    /// The inbound topics of all agencies.
    pub fn inbound(&self) -> Vec<Topic> {
        self.agencies.iter().map(|a| a.inbound_topic().clone()).collect()
    }

    /// The normaliser of an inbound topic.
    pub fn normaliser(&self, input: &Topic) -> Normaliser {
        let agency = self.agencies.iter().find(|a| a.inbound_topic() == input).unwrap();
        Normaliser::new(Arc::clone(agency), self.keys.clone()).with_clocks(CLOCKS)
    }

    pub(crate) fn normaliser_of(&self, source: &Source) -> Box<dyn Processor> {
        Box::new(self.normaliser(&source.topic))
    }

    fn partners(&self) -> Partners {
        Partners::parse(&self.partners).unwrap()
    }

    /// Who rules on what leaves.
    pub fn release(&self) -> Release {
        let policies = Policies::parse(&self.policies.0, &self.policies.1).unwrap();
        let policies = policies.with_redaction(&self.redaction).unwrap();
        let home = Country::parse("US").unwrap();
        Release::new(Arc::new(self.partners()), Arc::new(policies), self.keys.clone(), home).unwrap()
    }

    /// The topic of each partner.
    pub fn partner_topics(&self) -> Vec<(String, Topic)> {
        let home = Country::parse("US").unwrap();
        self.partners().iter().map(|p| (p.id.clone(), Topic::new(p.topic(home)))).collect()
    }
}
