//! The only list of services: each is a crate with a processor, and an entry here.

use std::sync::Arc;

use lead::{SiteKeys, topic};
use pipeline::{Batch, Failure, Processor, Record, ServiceSpec, Source, StateError, Topic};
use release::Release;

use crate::access::ServiceTopics;
use crate::config::Workers;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;

/// Makes the processor of an input partition.
pub(crate) type MakeProcessor = Box<dyn Fn(&Source) -> Box<dyn Processor> + Send + Sync>;

/// What processors are made from.
pub(crate) struct Setup<'a> {
    pub(crate) site: &'a Site,
    pub(crate) definitions: &'a Definitions,
    pub(crate) keys: &'a SiteKeys,
    /// Shared with whoever exports its alarms.
    pub(crate) release: &'a Arc<Release>,
}

/// One service.
pub(crate) struct Definition {
    /// Folder, crate, subcommand, metric label and topic word.
    pub(crate) name: &'static str,
    /// What it does, for help texts.
    pub(crate) about: &'static str,
    /// The topics it reads.
    pub(crate) inputs: fn(&Definitions) -> Vec<Topic>,
    /// Its threads in one process, on Kafka.
    pub(crate) threads: fn(&Workers) -> usize,
    /// Whether it has a state that takes long to restore, so that somebody should stand by.
    pub(crate) stands_by: bool,
    /// What makes its processors.
    pub(crate) processors: fn(&Setup<'_>) -> Result<MakeProcessor, Fault>,
}

/// Every service, in the order of a lead's way.
pub(crate) const SERVICES: [Definition; 4] = [
    Definition {
        name: "normaliser",
        about: "makes a lead of an agency's bytes",
        inputs: |definitions| definitions.sources.iter().map(|s| s.inbound_topic().clone()).collect(),
        threads: |workers| workers.normaliser,
        stands_by: false,
        processors: |setup| {
            let (sources, keys) = (setup.definitions.sources.clone(), setup.keys.clone());
            let clocks = setup.site.config.retention;
            Ok(Box::new(move |input| {
                match sources.iter().find(|source| *source.inbound_topic() == input.topic) {
                    Some(source) => {
                        let normaliser = normaliser::Normaliser::new(Arc::clone(source), keys.clone());
                        Box::new(normaliser.with_clocks(clocks))
                    }
                    None => Box::new(NoSource),
                }
            }))
        },
    },
    Definition {
        name: "gate",
        about: "lets in what officers say and signed, and what partners answer",
        inputs: |definitions| {
            let answers = definitions.partners.iter().map(|partner| topic::feedback(&partner.id));
            [topic::OFFICERS.to_owned()].into_iter().chain(answers).map(Topic::from).collect()
        },
        threads: |workers| workers.gate,
        stands_by: false,
        processors: |setup| {
            let (officers, keys) = (Arc::clone(&setup.definitions.officers), setup.keys.clone());
            let partners = setup.definitions.partners.iter();
            let answers = partners.map(|p| (Topic::from(topic::feedback(&p.id)), p.id.clone()));
            let answers = Arc::new(answers.collect());
            Ok(Box::new(move |_| {
                Box::new(gate::Gate::new(Arc::clone(&officers), keys.clone(), Arc::clone(&answers)))
            }))
        },
    },
    Definition {
        name: "deduplicator",
        about: "says which leads are of one matter",
        inputs: |_| vec![Topic::new(topic::NORMALISED)],
        threads: |workers| workers.deduplicator,
        stands_by: true,
        processors: |setup| {
            let (matching, keys) = (Arc::clone(&setup.definitions.matching), setup.keys.clone());
            Ok(Box::new(move |_| {
                Box::new(deduplicator::Deduplicator::new(Arc::clone(&matching), keys.clone()))
            }))
        },
    },
    Definition {
        name: "router",
        about: "decides what each partner receives",
        inputs: |_| vec![Topic::new(topic::MATTERS)],
        threads: |workers| workers.router,
        stands_by: true,
        processors: |setup| {
            let (release, keys) = (Arc::clone(setup.release), setup.keys.clone());
            let terms = setup.site.config.release.terms();
            Ok(Box::new(move |input| {
                Box::new(router::Router::new(Arc::clone(&release), terms, &keys, input.partition))
            }))
        },
    },
];

/// Serves an input that belongs to no source, which the list above does not let happen: stops.
struct NoSource;

impl Processor for NoSource {
    fn process(&mut self, _: &Record, _: &mut Batch<'_>) -> Result<(), Failure> {
        let detail = "no source has this inbound topic".to_owned();
        Err(StateError::Corrupt { entry: "input", detail }.into())
    }
}

impl Definition {
    /// What the runtime must know of it.
    pub(crate) fn spec(&self, definitions: &Definitions) -> ServiceSpec {
        ServiceSpec {
            name: self.name,
            inputs: (self.inputs)(definitions),
            changelog: Topic::new(topic::changelog(self.name)),
            dead_letters: Topic::new(topic::dead_letter(self.name)),
        }
    }
}

/// The topics of every service.
pub(crate) fn service_topics(definitions: &Definitions) -> Vec<ServiceTopics> {
    SERVICES
        .iter()
        .map(|service| {
            let spec = service.spec(definitions);
            ServiceTopics { name: spec.name, inputs: spec.inputs, changelog: spec.changelog }
        })
        .collect()
}
