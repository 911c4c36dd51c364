//! Synthetic leads, said in a line.

use std::sync::Arc;

use deduplicator::{Config, Deduplicator};
use lead::code::{MessageKind, MessageStatus, Role};
use lead::matter::{Judgement, LegalHold, MatchDecision, Purge};
use lead::person::{Person, PersonName};
use lead::value::{E164, ExternalId, Micros, Phone};
use lead::{Lead, LeadId, SiteKeys, wire};

pub(crate) fn keys() -> SiteKeys {
    SiteKeys::new([3; 32])
}

pub(crate) fn deduplicator(config: &str) -> Deduplicator {
    Deduplicator::new(Arc::new(Config::parse(config).unwrap()), keys())
}

/// The configuration that is shipped.
pub(crate) const SHIPPED: &str = include_str!("../../../../config/matching.toml");

/// The shipped configuration with other numbers: what stands there, and what is to stand there.
pub(crate) fn shipped_but(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SHIPPED.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is in the configuration");
        text.replacen(from, to, 1)
    })
}

/// A value is hot when so many leads of two matters or more hold it.
pub(crate) fn hot_at(leads: usize) -> String {
    // Two names on one phone are a question here, however many have it.
    shipped_but(&[
        ("leads = 50", &format!("leads = {leads}")),
        ("clusters = 20", "clusters = 2"),
        ("alias = 19_000", "alias = 3_000"),
    ])
}

/// A report of lead `id` at `order`, without any value.
pub(crate) fn report(id: u8, order: i64) -> Lead {
    let mut lead = Lead {
        lead_id: LeadId([id; 16]),
        agency: "harbour".into(),
        order: format!("{order}-0-0"),
        message_kind: MessageKind::Report,
        ..Lead::default()
    };
    // Something that differs and is no fact.
    lead.content.category_text = vec![format!("told at {order}")];
    lead.says(0)
}

pub(crate) fn cancel(id: u8, order: i64) -> Lead {
    Lead { message_kind: MessageKind::Cancel, ..report(id, order) }
}

pub(crate) fn addition(id: u8, order: i64, key: &str) -> Lead {
    Lead { message_kind: MessageKind::Update, amendment_key: Some(key.into()), ..report(id, order) }
}

/// An officer's word at this time.
pub(crate) fn word(judgement: Judgement, first: u8, second: u8, at: i64) -> MatchDecision {
    let [first, second] = [first, second].map(|id| LeadId([id; 16]));
    MatchDecision {
        judgement,
        first,
        second,
        at: Micros(at),
        officer: "desk".into(),
        ..MatchDecision::default()
    }
}

/// An officer's word at this time on keeping a lead for this reason.
pub(crate) fn hold(id: u8, reason: &str, placed: bool, at: i64) -> Step {
    let (lead_id, at, officer) = (LeadId([id; 16]), Micros(at), "desk".into());
    Step::Hold(LegalHold { lead_id, placed, at, officer, reason: reason.into(), ..LegalHold::default() })
}

/// One record of leads.normalised.v1.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Lead(Box<Lead>),
    Decision(MatchDecision),
    Purge(Purge),
    Hold(LegalHold),
}

impl From<Lead> for Step {
    fn from(lead: Lead) -> Self {
        Self::Lead(Box::new(lead))
    }
}

impl From<MatchDecision> for Step {
    fn from(decision: MatchDecision) -> Self {
        Self::Decision(decision)
    }
}

impl Step {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Lead(lead) => wire::encode(&**lead),
            Self::Decision(decision) => wire::encode(decision),
            Self::Purge(purge) => wire::encode(purge),
            Self::Hold(word) => wire::encode(word),
        }
        .unwrap()
    }
}

pub(crate) trait Says: Sized {
    /// With this content hash.
    fn says(self, content: u8) -> Self;
    /// With a subject's phone, which is a fact; it takes a second group of evidence to link by it.
    fn phone(self, n: u16) -> Self;
    /// With a reference number, which is a fact, and which links alone.
    fn number(self, n: u16) -> Self;
    /// With another number of the same kind.
    fn docket(self, n: u16) -> Self;
    /// With an annotation, which is a fact and no key.
    fn fact(self, n: u16) -> Self;
    /// With a subject's name.
    fn name(self, name: &str) -> Self;
    /// In this domain.
    fn within(self, status: MessageStatus) -> Self;
}

impl Says for Lead {
    fn says(mut self, content: u8) -> Self {
        self.content_hash.0 = [content; 32];
        self
    }

    fn phone(mut self, n: u16) -> Self {
        let number = E164::parse(&format!("+1202555{n:04}")).unwrap();
        let phone = Phone { e164: Some(number), ..Phone::default() };
        self.content.persons.push(Person { role: Role::Subject, phones: vec![phone], ..Person::default() });
        self
    }

    fn number(mut self, n: u16) -> Self {
        let id = ExternalId { scheme: "registry".into(), id: n.to_string(), relation: "case".into() };
        self.content.external_ids.push(id);
        self
    }

    fn docket(mut self, n: u16) -> Self {
        let id = ExternalId { scheme: "docket".into(), id: n.to_string(), relation: "case".into() };
        self.content.external_ids.push(id);
        self
    }

    fn fact(mut self, n: u16) -> Self {
        self.content.annotations.push(format!("note-{n}"));
        self
    }

    fn name(mut self, name: &str) -> Self {
        let name = PersonName { full: Some(name.into()), ..PersonName::default() };
        // A person of the lead has the name, if there is one.
        if self.content.persons.is_empty() {
            self.content.persons.push(Person { role: Role::Subject, ..Person::default() });
        }
        self.content.persons[0].names = vec![name];
        self
    }

    fn within(mut self, status: MessageStatus) -> Self {
        self.message_status = status;
        self
    }
}
