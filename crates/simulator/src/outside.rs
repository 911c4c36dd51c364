//! Who stands outside: agencies that send leads, officers who decide, partners who answer. It knows what it sent, and so
//! what must become of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lead::code::{Category, CollectionBasis, MessageKind, MessageStatus, Role, Ternary};
use lead::content::{Content, LegalFrame};
use lead::decision::OutcomeCode;
use lead::matter::{Approval, Judgement, LegalHold, MatchDecision, Recall};
use lead::person::{Person, PersonName};
use lead::record::LeadSubmission;
use lead::thing::PlaceOfLead;
use lead::value::{CountryValue, Micros, Moment, Phone};
use lead::{ContentHash, Decision, LeadId, MatterEvent, MatterId, topic, wire};
use pipeline::{Headers, NextOffset, Offset, Order, Source, Timestamp, Topic};

use crate::broker::{Broker, Isolation, Payload};
use crate::random::Random;
use crate::site::{AGENCIES, OFFICERS, Site, officer_key};

const PHONES: [&str; 5] = ["+12025550143", "+12025550144", "+12025550145", "+12025550146", "+12025550147"];
const NAMES: [(&str, &str); 4] =
    [("Wren", "Exemplar"), ("Alex", "Specimen"), ("Robin", "Instance"), ("Lark", "Pattern")];

/// What must be found in the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    /// Messages sent to agencies' topics, and what must become of them.
    pub(crate) messages: u64,
    pub(crate) leads: u64,
    pub(crate) no_leads: u64,
    pub(crate) dead: u64,
    /// Words and answers, and how many the gate must refuse.
    pub(crate) words: u64,
    pub(crate) refused: u64,
}

struct Known {
    agency: &'static str,
    number: String,
    domain: MessageStatus,
    last: Vec<u8>,
}

/// Everybody outside.
pub(crate) struct Outside {
    random: Random,
    /// Messages still to be sent.
    left: usize,
    known: Vec<Known>,
    next: u32,
    /// Where officers and partners have read to.
    read: BTreeMap<Source, NextOffset>,
    ready: VecDeque<(Topic, Payload)>,
    asked: BTreeSet<(LeadId, i32)>,
    pub(crate) expected: Expected,
}

impl Outside {
    pub(crate) fn new(mut random: Random) -> Self {
        Self {
            left: 5 + random.below(15),
            random,
            known: Vec::new(),
            next: 0,
            read: BTreeMap::new(),
            ready: VecDeque::new(),
            asked: BTreeSet::new(),
            expected: Expected::default(),
        }
    }

    /// Whether everything was sent.
    pub(crate) fn is_done(&self) -> bool {
        self.left == 0 && self.ready.is_empty()
    }

    /// Somebody says something. False when there is nothing to say.
    pub(crate) fn speak(&mut self, site: &Site, broker: &mut Broker) -> bool {
        let (topic, payload) = if let Some(ready) = self.ready.pop_front() {
            ready
        } else if self.left > 0 {
            self.left -= 1;
            if self.random.chance(120) && self.known.len() > 1 {
                self.expected.words += 1;
                (Topic::new(topic::OFFICERS), self.word(site, broker.now))
            } else {
                self.expected.messages += 1;
                self.message(site, broker.now)
            }
        } else {
            return false;
        };
        // Nothing goes wrong here: what a sender does not know it sends again, and that is a replay.
        broker.append(&Source { topic, partition: pipeline::Partition(0) }, payload).is_ok()
    }

    fn message(&mut self, site: &Site, now: Timestamp) -> (Topic, Payload) {
        let dice = self.random.below(100);
        let agency = self.random.pick(&AGENCIES).copied().unwrap_or("city-desk");
        let inbound = |agency: &str| Topic::from(topic::inbound(agency));
        if dice < 6 {
            self.expected.dead += 1;
            return (inbound(agency), plain(vec![0, 1, 2, 3]));
        }
        self.expected.leads += 1;
        if dice < 50 || self.known.is_empty() {
            self.next += 1;
            let (number, domain) = (format!("R{}", self.next), self.domain());
            let submission = LeadSubmission {
                report_number: Some(number.clone()),
                message_status: domain,
                content: self.content(now),
                ..LeadSubmission::default()
            };
            if domain == MessageStatus::System {
                self.expected.leads -= 1;
                self.expected.no_leads += 1;
            }
            let last = wire::encode(&submission).unwrap_or_default();
            if domain != MessageStatus::System {
                self.known.push(Known { agency, number, domain, last: last.clone() });
            }
            return (inbound(agency), plain(last));
        }
        let at = self.random.below(self.known.len());
        let content = self.content(now);
        let Some(known) = self.known.get_mut(at) else { return (inbound(agency), plain(Vec::new())) };
        let submission = LeadSubmission {
            report_number: Some(known.number.clone()),
            message_status: known.domain,
            ..LeadSubmission::default()
        };
        let submission = match dice {
            50..62 => LeadSubmission { message_kind: MessageKind::Update, content, ..submission },
            62..70 => LeadSubmission {
                message_kind: MessageKind::Update,
                amendment_key: Some("file".to_owned()),
                content,
                ..submission
            },
            70..86 => LeadSubmission { message_kind: MessageKind::Cancel, ..submission },
            86..94 => return (inbound(known.agency), plain(known.last.clone())),
            _ => return (inbound(known.agency), redriven(site, known.last.clone())),
        };
        (inbound(known.agency), plain(wire::encode(&submission).unwrap_or_default()))
    }

    fn domain(&mut self) -> MessageStatus {
        match self.random.below(20) {
            0 => MessageStatus::System,
            1 | 2 => MessageStatus::Exercise,
            _ => MessageStatus::Actual,
        }
    }

    /// Half of what is told is told of the same few, in the same words: so leads repeat and cover each other.
    fn content(&mut self, now: Timestamp) -> Content {
        let of_few = self.random.chance(500);
        let place = self.random.below(if of_few { 2 } else { PHONES.len() });
        let phone = PHONES.get(place).copied().unwrap_or_default();
        let place = if of_few { place } else { self.random.below(NAMES.len()) };
        let (given, surname) = NAMES.get(place).copied().unwrap_or_default();
        let victim = !of_few && self.random.chance(200);
        let country = if self.random.chance(if of_few { 100 } else { 300 }) { "MX" } else { "US" };
        let person = Person {
            person_ref: "p1".into(),
            role: if victim { Role::Victim } else { Role::Subject },
            names: vec![PersonName {
                given: Some(given.into()),
                surname: Some(surname.into()),
                ..PersonName::default()
            }],
            age: Some(if !of_few && self.random.chance(150) { 15 } else { 44 }),
            minor: Ternary::Unknown,
            phones: vec![Phone { text: phone.into(), ..Phone::default() }],
            ..Person::default()
        };
        // A bare tip is kept a little while.
        let (collection_basis, legal) = if self.random.chance(250) {
            let millis = i64::try_from(self.random.below(40_000)).unwrap_or_default();
            let until = Moment { instant: Some(Micros::of_millis(now.0 + millis)), ..Moment::default() };
            (CollectionBasis::Tip, LegalFrame { preservation_until: Some(until), ..LegalFrame::default() })
        } else {
            (CollectionBasis::CaseRecord, LegalFrame::default())
        };
        Content {
            collection_basis,
            legal,
            categories: vec![Category::SexTrafficking],
            persons: vec![person],
            places: vec![PlaceOfLead {
                country: Some(CountryValue { text: country.into(), ..CountryValue::default() }),
                ..PlaceOfLead::default()
            }],
            ..Content::default()
        }
    }

    fn lead_id(site: &Site, known: &Known) -> LeadId {
        site.keys().lead_id(known.agency, Some(&known.number), &ContentHash::default())
    }

    /// A word that nobody asked for: which leads belong together, that one is taken back, or kept beyond its time.
    fn word(&mut self, site: &Site, now: Timestamp) -> Payload {
        let count = self.known.len();
        let a = self.random.below(count);
        let b = (a + 1 + self.random.below(count - 1)) % count;
        let ids: Vec<(LeadId, MessageStatus)> = [a, b]
            .iter()
            .filter_map(|at| self.known.get(*at))
            .map(|known| (Self::lead_id(site, known), known.domain))
            .collect();
        let (Some((first, domain)), Some((second, _))) = (ids.first().copied(), ids.last().copied()) else {
            return plain(Vec::new());
        };
        let officer = self.random.pick(&OFFICERS).copied().unwrap_or_default();
        let signer = if self.random.chance(80) {
            self.expected.refused += 1;
            officer_key("nobody")
        } else {
            officer_key(officer)
        };
        let (reason, officer, at) = ("seen".to_owned(), officer.to_owned(), Micros::of_millis(now.0));
        let value = if self.random.chance(300) {
            let matter_id = MatterId::from(first);
            let word = Recall { matter_id, lead_id: first, domain, reason, officer, at, ..Recall::default() };
            wire::encode(&MatterEvent::Recall(signer.sign(word)))
        } else if self.random.chance(350) {
            let placed = self.random.chance(600);
            let reason = if self.random.chance(600) { reason } else { "order-2".to_owned() };
            let word =
                LegalHold { lead_id: first, domain, placed, reason, officer, at, ..LegalHold::default() };
            wire::encode(&signer.sign(word))
        } else {
            let judgement = if self.random.chance(500) { Judgement::Same } else { Judgement::Different };
            let word = MatchDecision {
                judgement,
                domain,
                first,
                second,
                reason,
                officer,
                at,
                ..MatchDecision::default()
            };
            wire::encode(&signer.sign(word))
        };
        plain(value.unwrap_or_default())
    }

    /// Officers read what is held, and partners what they received; some of it is answered later.
    pub(crate) fn listen(&mut self, site: &Site, broker: &Broker) {
        for partition in 0..2 {
            let source = Source::new(topic::DECISIONS, partition);
            for value in self.news(broker, &source) {
                if let Ok(decision) = wire::decode::<Decision>(&value) {
                    self.approve(&decision, broker.now);
                }
            }
        }
        for (partner, topic) in site.partner_topics() {
            for value in self.news(broker, &Source { topic, partition: pipeline::Partition(0) }) {
                let Ok(copy) = release::decode_partner_lead(&value) else { continue };
                if self.random.chance(150) {
                    let answers = ["DESTROYED", "RECEIVED", "RETAINED"];
                    let answer = self.random.pick(&answers).copied().unwrap_or_default();
                    let json = serde_json::json!({ "reference": copy.reference, "answer": answer });
                    let topic = Topic::from(topic::feedback(&partner));
                    self.expected.words += 1;
                    self.ready.push_back((topic, plain(json.to_string().into_bytes())));
                }
            }
        }
    }

    fn news(&mut self, broker: &Broker, source: &Source) -> Vec<Vec<u8>> {
        let from = self.read.get(source).copied().unwrap_or_default();
        let (found, next) = broker.read(source, from, Isolation::Committed, usize::MAX);
        self.read.insert(source.clone(), next);
        found.into_iter().filter_map(|(record, _)| record.value).collect()
    }

    fn approve(&mut self, decision: &Decision, now: Timestamp) {
        for outcome in decision.outcomes.iter().filter(|outcome| outcome.outcome == OutcomeCode::Held) {
            if !self.random.chance(700) || !self.asked.insert((decision.lead_id, decision.version)) {
                continue;
            }
            let officer = self.random.pick(&OFFICERS).copied().unwrap_or_default();
            let word = Approval {
                matter_id: decision.matter_id,
                lead_id: decision.lead_id,
                domain: decision.domain,
                version: decision.version,
                partner: outcome.partner.clone(),
                approved: self.random.chance(700),
                reason: "read".to_owned(),
                officer: officer.to_owned(),
                at: Micros::of_millis(now.0),
                ..Approval::default()
            };
            let word = MatterEvent::Approval(officer_key(officer).sign(word));
            self.expected.words += 1;
            self.ready
                .push_back((Topic::new(topic::OFFICERS), plain(wire::encode(&word).unwrap_or_default())));
        }
    }
}

fn plain(value: Vec<u8>) -> Payload {
    Payload { key: None, value: Some(value), headers: Headers::default() }
}

/// As a redrive does: under an order from long before.
fn redriven(site: &Site, value: Vec<u8>) -> Payload {
    let order = Order { timestamp: Timestamp(1_000), offset: Offset(0), index: 0 };
    let mut headers = Headers::default();
    let header = normaliser::redrive::header_value(site.keys(), order, &value);
    headers.push(normaliser::redrive::HEADER, header);
    Payload { key: None, value: Some(value), headers }
}
