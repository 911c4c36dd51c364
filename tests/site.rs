//! All services on one transport.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use deduplicator::Deduplicator;
use gate::Gate;
use lead::content::Content;
use lead::decision::{Decision, Outcome};
use lead::record::LeadSubmission;
use lead::{LeadId, PartnerLead, topic, wire};
use pipeline::{
    Counter, Headers, Limits, Output, Processor, Record, Retention, Service, ServiceSpec, Source, StopSignal,
    Topic, TopicSpec,
};
use router::{Router, Terms};

use crate::definitions::{AGENCY, Definitions};
use crate::tally::{LONG, Seen, StopOnDrop, Watch};
use crate::transport::Transport;

/// The names of the services, in the order of a lead's way; the gate stands beside it.
pub const SERVICES: [&str; 4] = ["normaliser", "deduplicator", "router", "gate"];
const NORMALISER: usize = 0;
const DEDUPLICATOR: usize = 1;
const ROUTER: usize = 2;
const GATE: usize = 3;

fn service(name: &'static str, inputs: Vec<Topic>) -> Arc<ServiceSpec> {
    Arc::new(ServiceSpec {
        name,
        inputs,
        changelog: Topic::new(topic::changelog(name)),
        dead_letters: Topic::new(topic::dead_letter(name)),
    })
}

type MakeProcessor<'a> = dyn Fn(&Source) -> Box<dyn Processor> + Sync + 'a;

/// A site on a transport.
pub struct Site<'t> {
    transport: &'t dyn Transport,
    /// What is configured; change it between two runs.
    pub definitions: Definitions,
}

/// A site whose services run.
pub struct Running<'s> {
    site: &'s Site<'s>,
    watches: [Watch; 4],
}

impl<'t> Site<'t> {
    /// A site with all its topics but those of the partners named.
    pub fn new(transport: &'t dyn Transport, definitions: Definitions, without: &[&str]) -> Self {
        let site = Self { transport, definitions };
        transport.create(&site.topics(without));
        site
    }

    /// Its topics, without those of the partners named.
    pub fn topics(&self, without: &[&str]) -> Vec<TopicSpec> {
        let spec = |name: Topic, partitions, retention| TopicSpec {
            name,
            partitions,
            retention,
            max_record_bytes: 1 << 20,
            stateful: true,
            append_time: true,
        };
        let kept = |name: String, partitions| spec(Topic::new(name), partitions, Retention::Delete(None));
        let mut specs: Vec<_> = self
            .definitions
            .inbound()
            .into_iter()
            .map(|name| spec(name, 1, Retention::Delete(None)))
            .collect();
        specs.extend([
            kept(topic::NORMALISED.into(), topic::NORMALISED_PARTITIONS),
            kept(topic::MATTERS.into(), 2),
            kept(topic::REVIEW.into(), 1),
            kept(topic::DECISIONS.into(), 2),
            spec(Topic::new(topic::HELD), 1, Retention::Compact),
            spec(Topic::new(topic::LEGAL_HOLDS), 1, Retention::Compact),
            kept(topic::CHECKPOINTS.into(), 1),
            kept(topic::OFFICERS.into(), 1),
        ]);
        specs.extend(
            self.definitions.answers().into_keys().map(|name| spec(name, 1, Retention::Delete(None))),
        );
        for (name, partitions) in SERVICES.into_iter().zip([1, topic::NORMALISED_PARTITIONS, 2, 1]) {
            specs.push(kept(topic::dead_letter(name), 1));
            specs.push(spec(Topic::new(topic::changelog(name)), partitions, Retention::Compact));
        }
        for (partner, name) in self.definitions.partner_topics() {
            if !without.contains(&partner.as_str()) {
                specs.push(spec(name, 1, Retention::Delete(None)));
            }
        }
        specs
    }

    /// Runs all services while `body` runs; each must end well.
    pub fn run<R>(&self, body: impl FnOnce(&Running<'_>) -> R) -> R {
        self.try_run(body).unwrap()
    }

    /// The same; what made a service end before it was asked to is the error.
    pub fn try_run<R>(&self, body: impl FnOnce(&Running<'_>) -> R) -> Result<R, String> {
        let specs = [
            service(SERVICES[NORMALISER], self.definitions.inbound()),
            service(SERVICES[DEDUPLICATOR], vec![Topic::new(topic::NORMALISED)]),
            service(SERVICES[ROUTER], vec![Topic::new(topic::MATTERS)]),
            service(SERVICES[GATE], self.spoken()),
        ];
        let defined = &self.definitions;
        let (officers, answers) = (Arc::new(defined.officers()), Arc::new(defined.answers()));
        let listen = |_: &Source| -> Box<dyn Processor> {
            Box::new(Gate::new(Arc::clone(&officers), defined.keys.clone(), Arc::clone(&answers)))
        };
        let release = Arc::new(defined.release());
        let normalise = |source: &Source| defined.normaliser_of(source);
        let deduplicate = |_: &Source| -> Box<dyn Processor> {
            Box::new(Deduplicator::new(Arc::clone(&defined.matching), defined.keys.clone()))
        };
        let route = |input: &Source| -> Box<dyn Processor> {
            Box::new(Router::new(Arc::clone(&release), Terms::default(), &defined.keys, input.partition))
        };
        let processors: [&MakeProcessor<'_>; 4] = [&normalise, &deduplicate, &route, &listen];
        let running = Running { site: self, watches: Default::default() };
        let (limits, stop) = (Limits { tick_millis: 200, ..Limits::default() }, StopSignal::new());
        let stores = self.transport.stores();
        thread::scope(|scope| {
            let mut workers = Vec::new();
            for ((spec, make_processor), observer) in specs.iter().zip(processors).zip(&running.watches) {
                let service = Service {
                    spec,
                    make_processor,
                    stores: stores.as_ref(),
                    limits: &limits,
                    observer,
                    stop: &stop,
                };
                workers.push(scope.spawn(move || {
                    let ended = self.transport.run(&service);
                    observer.ended();
                    ended
                }));
            }
            let ends = StopOnDrop(stop.clone());
            let result = body(&running);
            drop(ends);
            let ended: Vec<_> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
            ended.into_iter().collect::<Result<Vec<()>, String>>().map(|_| result)
        })
    }

    /// Sends a submission of the tests' agency.
    pub fn submit(&self, submission: &LeadSubmission) {
        self.send_bytes(wire::encode(submission).unwrap(), Headers::default());
    }

    /// Sends bytes to the inbound topic.
    pub fn send_bytes(&self, value: Vec<u8>, headers: Headers) {
        let input = Topic::new(topic::inbound(AGENCY));
        self.transport.send(&[Output {
            topic: input,
            partition: None,
            key: None,
            value: Some(value),
            headers,
        }]);
    }

    /// What the gate reads.
    fn spoken(&self) -> Vec<Topic> {
        [Topic::new(topic::OFFICERS)].into_iter().chain(self.definitions.answers().into_keys()).collect()
    }

    /// Sends an officer's signed word.
    pub fn say(&self, word: &impl wire::Encode) {
        self.put(Topic::new(topic::OFFICERS), wire::encode(word).unwrap());
    }

    /// Sends what a partner answers.
    pub fn answer(&self, partner: &str, json: &serde_json::Value) {
        self.put(Topic::new(topic::feedback(partner)), json.to_string().into_bytes());
    }

    fn put(&self, topic: Topic, value: Vec<u8>) {
        let (key, value, headers) = (None, Some(value), Headers::default());
        self.transport.send(&[Output { topic, partition: None, key, value, headers }]);
    }

    /// Sends bytes as a redrive does: under the order that they had first.
    pub fn redrive(&self, original: &Record) {
        let (value, order) = (original.value.clone().unwrap(), pipeline::Order::of(original, 0));
        let mut headers = Headers::default();
        headers.push(
            normaliser::redrive::HEADER,
            normaliser::redrive::header_value(&self.definitions.keys, order, &value),
        );
        self.send_bytes(value, headers);
    }

    /// Committed records of a topic.
    pub fn committed(&self, name: &str) -> Vec<Record> {
        self.transport.committed(&Topic::new(name))
    }

    /// Decisions on a lead, oldest first.
    pub fn decisions(&self, lead: LeadId) -> Vec<Decision> {
        let decode = |r: Record| wire::decode::<Decision>(&r.value.unwrap()).unwrap();
        self.committed(topic::DECISIONS).into_iter().map(decode).filter(|d| d.lead_id == lead).collect()
    }

    /// The newest outcome of a lead for a partner that stands by itself in a decision.
    pub fn outcome(&self, lead: LeadId, partner: &str) -> Option<Outcome> {
        let decisions = self.decisions(lead);
        decisions.iter().rev().flat_map(|d| &d.outcomes).find(|o| o.partner == partner).cloned()
    }

    /// What a partner received, oldest first.
    pub fn copies(&self, partner: &str) -> Vec<PartnerLead> {
        let topics = self.definitions.partner_topics();
        let (_, name) = topics.iter().find(|(id, _)| id == partner).unwrap();
        let decode = |r: Record| release::decode_partner_lead(&r.value.unwrap()).unwrap();
        self.committed(name.as_str()).into_iter().map(decode).collect()
    }

    /// The id of the agency's report of this number.
    pub fn lead_id(&self, number: &str) -> LeadId {
        self.definitions.keys.lead_id(AGENCY, Some(number), &lead::ContentHash::default())
    }

    /// Every topic, for the checker.
    pub fn all_topics(&self) -> Vec<Topic> {
        self.topics(&[]).into_iter().map(|s| s.name).filter(|t| !t.as_str().contains(".changelog.")).collect()
    }

    /// The transport.
    pub fn transport(&self) -> &dyn Transport {
        self.transport
    }
}

impl Running<'_> {
    /// Waits until the router has worked off so many events in all its life.
    pub fn routed(&self, events: u64) {
        // Ten a second and more, on the slowest machine.
        let limit = LONG + Duration::from_millis(events * 100);
        let what = format!("{events} routed events");
        // A regrouping comes beside the events that are counted here.
        let leads = |s: &Seen| s.count(Counter::Messages) - s.count(Counter::NotALead);
        self.watches[ROUTER].wait_for(&what, limit, |s| leads(s) >= events);
    }

    /// Waits until the router has read every regrouping that the deduplicator has sent since it runs here.
    pub fn regrouped(&self) {
        let sent = self.watches[DEDUPLICATOR].count(Counter::Events);
        self.watches[ROUTER].wait(&format!("{sent} regroupings"), |s| s.count(Counter::NotALead) >= sent);
    }

    /// Waits until so many messages were written to partners.
    pub fn disclosed(&self, messages: u64) {
        let what = format!("{messages} disclosures");
        self.watches[ROUTER].wait(&what, |s| s.count(Counter::Disclosures) >= messages);
    }

    /// Waits until the gate has read so many words and answers, and the router all that passed.
    pub fn heard(&self, messages: u64) {
        self.watches[GATE].wait(&format!("{messages} words"), |s| s.count(Counter::Messages) >= messages);
        let passed = self.watches[GATE].count(Counter::Events);
        self.watches[ROUTER].wait(&format!("{passed} words"), |s| s.count(Counter::NotALead) >= passed);
    }

    /// Waits until the normaliser has read so many messages.
    pub fn normalised(&self, messages: u64) {
        self.watches[NORMALISER]
            .wait(&format!("{messages} messages"), |s| s.count(Counter::Messages) >= messages);
    }

    /// Waits until the worker of a service has ended by itself.
    pub fn ended(&self, service: &str) {
        let at = SERVICES.iter().position(|name| *name == service).unwrap();
        self.watches[at].wait(&format!("the end of the {service}"), |s| s.ended);
    }

    /// Submits, and waits until all of it is routed.
    pub fn submit(&self, submissions: &[LeadSubmission], events: u64) {
        for submission in submissions {
            self.site.submit(submission);
        }
        self.routed(events);
    }
}

/// A report of this number with this content.
pub fn report(number: &str, content: Content) -> LeadSubmission {
    LeadSubmission { report_number: Some(number.to_owned()), content, ..LeadSubmission::default() }
}
