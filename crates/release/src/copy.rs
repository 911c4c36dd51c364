//! The redacted copy of a lead for one partner.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use lead::code::MessageStatus;
use lead::decision::LeadFacts;
use lead::ident::content_hash;
use lead::partner::{Outline, Token};
use lead::value::ExternalId;
use lead::{ClassSet, Content, Document, FactDigest, Facts, FieldClass, Lead, LeadId, SiteKeys};

use crate::caveat::caveats;
use crate::facts::lead_facts;
use crate::form::{self, Forms, Granted};
use crate::partner::Partner;
use crate::redaction::Redaction;
use crate::ruling::Permit;
use crate::scan::{self, Original};

/// A digest of what a partner would read, less its revision and links: equal digests mean that there
/// is nothing new to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CopyDigest(pub [u8; 32]);

/// The permitted part of a lead for one partner.
///
/// INVARIANT: every value in it needs permitted classes only, no reference number of the lead
/// itself is in it, and no text in it holds a value that was cleared (PL-9). What it gives of a value
/// that it lacks was granted as that form. Only [`Copies`] makes one.
pub struct PartnerCopy {
    pub(crate) partner: String,
    pub(crate) lead_id: LeadId,
    pub(crate) content: Content,
    pub(crate) caveats: Vec<String>,
    pub(crate) exercise: bool,
    pub(crate) domain: MessageStatus,
    pub(crate) forms: Forms,
    cleared: usize,
    withheld: Vec<String>,
    facts: Vec<FactDigest>,
    digest: CopyDigest,
}

/// The agency's own number for the report would let two partners join their copies.
fn is_own_number(id: &ExternalId) -> bool {
    id.relation.trim().eq_ignore_ascii_case("self")
}

/// What identifies somebody in a lead, the agency's own numbers for it among them: under which number
/// it was reported is for those who may know who reported.
fn original(lead: &Lead, whole: &Content) -> Original {
    let own = lead.content.external_ids.iter().filter(|id| is_own_number(id)).map(|id| id.id.as_str());
    Original::of(whole, own.chain(lead.report_number.as_deref()))
}

/// Facts of a whole lead, less what no copy ever shows.
pub(crate) fn facts(lead: &Lead, keys: &SiteKeys) -> Facts {
    if !lead.content.external_ids.iter().any(is_own_number) {
        return lead.content.facts(&keys.facts);
    }
    let mut content = lead.content.clone();
    content.external_ids.retain(|id| !is_own_number(id));
    content.facts(&keys.facts)
}

/// The copies of one lead. What partners with the same permitted classes read is redacted once.
pub struct Copies<'l> {
    lead: &'l Lead,
    facts: LeadFacts,
    keys: SiteKeys,
    /// The content less what no copy ever shows.
    whole: Content,
    original: Option<Original>,
    redacted: BTreeMap<ClassSet, Redacted>,
    /// Coarser forms, by the classes that a copy shows and those of which it gives such a form.
    outlines: BTreeMap<(ClassSet, ClassSet), Vec<Outline>>,
    /// What is done with values that are denied.
    table: &'l Redaction,
    /// Texts that the scan withheld from somebody.
    alarms: &'l AtomicU64,
}

/// What is left of a lead for a set of classes.
#[derive(Default)]
struct Redacted {
    content: Content,
    text: String,
    facts: Vec<FactDigest>,
    cleared: usize,
    withheld: Vec<String>,
    /// The digest of a copy by what it says beside the content: many partners have the same caveats.
    digests: BTreeMap<String, CopyDigest>,
}

impl<'l> Copies<'l> {
    pub(crate) fn new(lead: &'l Lead, keys: &SiteKeys, table: &'l Redaction, alarms: &'l AtomicU64) -> Self {
        let mut whole = lead.content.clone();
        whole.external_ids.retain(|id| !is_own_number(id));
        let facts = lead_facts(lead);
        let (keys, redacted, outlines) = (keys.clone(), BTreeMap::new(), BTreeMap::new());
        Self { lead, facts, keys, whole, original: None, redacted, outlines, table, alarms }
    }

    /// The redacted copy for a partner. With a permit that is for somebody else, or for a lead of which
    /// policies saw something else, it shows nothing.
    pub fn of(&mut self, partner: &Partner, permit: &Permit) -> PartnerCopy {
        let granted = self.granted(partner, permit);
        let forms = self.forms(partner, granted);
        let classes = granted.view;
        let caveats = caveats(self.lead, &self.facts, partner, classes);
        let exercise = self.facts.exercise;
        let (lead_id, domain) = (self.lead.lead_id, self.lead.domain());
        let alarms = self.alarms;
        let redacted = self.redacted(classes);
        alarms.fetch_add(redacted.withheld.len() as u64, Ordering::Relaxed);
        let mut beside = ["", &caveats.join("\u{1f}"), &exercise.to_string()].join("\u{1e}");
        for part in forms.parts() {
            beside.push('\u{1e}');
            beside.push_str(&part);
        }
        let digest = match redacted.digests.get(&beside) {
            Some(digest) => *digest,
            None => {
                let digest = CopyDigest(content_hash(format!("{}{beside}", redacted.text).as_bytes()).0);
                redacted.digests.insert(beside, digest);
                digest
            }
        };
        PartnerCopy {
            partner: partner.id.clone(),
            lead_id,
            facts: redacted.facts.clone(),
            digest,
            content: redacted.content.clone(),
            caveats,
            exercise,
            domain,
            forms,
            cleared: redacted.cleared,
            withheld: redacted.withheld.clone(),
        }
    }

    /// Whether the copy for a partner gives a form of a value that it lacks: such a copy is never
    /// covered, for no copy that the partner holds is known to give the same.
    pub fn gives_forms(&mut self, partner: &Partner, permit: &Permit) -> bool {
        let granted = self.granted(partner, permit);
        !self.forms(partner, granted).is_empty()
    }

    /// What a permit grants, if it is for this partner and for leads of which policies saw the same.
    fn granted(&self, partner: &Partner, permit: &Permit) -> Granted {
        if permit.is_for(partner, &self.facts) { permit.granted() } else { Granted::NOTHING }
    }

    fn forms(&mut self, partner: &Partner, granted: Granted) -> Forms {
        if granted.outlines.is_empty() && granted.links.is_empty() {
            return Forms::default();
        }
        self.redacted(granted.view);
        let Some(redacted) = self.redacted.get(&granted.view) else { return Forms::default() };
        let original = self.original.get_or_insert_with(|| original(self.lead, &self.whole));
        let (whole, kept) = (&self.whole, &redacted.content);
        let outlines = self.outlines.entry((granted.view, granted.outlines));
        let outlines = outlines.or_insert_with(|| form::outlines(whole, kept, original, granted, self.table));
        Forms {
            outlines: outlines.clone(),
            tokens: form::tokens(whole, kept, granted, self.table, &self.keys, &partner.id),
        }
    }

    fn redacted(&mut self, classes: ClassSet) -> &mut Redacted {
        if !self.redacted.contains_key(&classes) {
            let redacted = self.redact(classes);
            self.redacted.insert(classes, redacted);
        }
        self.redacted.entry(classes).or_default()
    }

    fn redact(&mut self, classes: ClassSet) -> Redacted {
        let mut content = self.whole.clone();
        let cleared = content.retain(classes);
        let shows_own = classes.contains(FieldClass::Provenance);
        let withheld = if cleared == 0 && shows_own {
            Vec::new()
        } else {
            let original = self.original.get_or_insert_with(|| original(self.lead, &self.whole));
            scan::withhold(original, &mut content, shows_own)
        };
        Redacted {
            // Where what is not stated counts, a cleared value looks like one that is not.
            facts: content.facts(&self.keys.facts).visible(classes).collect(),
            text: content.to_json_text(),
            content,
            cleared: cleared + withheld.len(),
            withheld,
            digests: BTreeMap::new(),
        }
    }
}

impl PartnerCopy {
    /// The digest of what the partner would read.
    pub fn digest(&self) -> CopyDigest {
        self.digest
    }

    /// The facts that the partner holds with it, sorted: what coverage counts.
    pub fn facts(&self) -> &[FactDigest] {
        &self.facts
    }

    /// Coarser forms of values that it lacks.
    pub fn outlines(&self) -> &[Outline] {
        &self.forms.outlines
    }

    /// Tokens of identifiers that it lacks.
    pub fn tokens(&self) -> &[Token] {
        &self.forms.tokens
    }

    /// How many values were cleared, texts that the scan withheld among them.
    pub fn cleared(&self) -> usize {
        self.cleared
    }

    /// Paths of the texts that the scan withheld: each is an alarm.
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }
}
