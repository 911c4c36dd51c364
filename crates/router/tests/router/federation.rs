//! A small federation: three partners, a handful of policies, and leads that say what a test needs.

use std::sync::Arc;

use lead::code::{MessageKind, MessageStatus};
use lead::matter::{AssessedLead, Regrouping};
use lead::value::Country;
use lead::{Content, Document, Lead, LeadId, MatterEvent, MatterId, SiteKeys, Verdict, wire};
use pipeline::Partition;
use release::{Partners, Policies, Release};
use router::{Router, Terms};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../../../config/policies/leads.cedarschema");

/// Everybody in service receives what touches its country; alpha sees all but secrets, bravo no
/// minors and no accounts, charlie (abroad) contacts of subjects only and nothing marked RED.
const POLICIES: &str = r#"
@id("receive") @reason("partners receive what touches their country")
permit (principal, action == Action::"receive", resource) when { context.country_touched };
@id("no-approval") @reason("no person has to read a handling text first")
permit (principal, action == Action::"release_without_approval", resource) unless { resource.handling_text };
@id("two-officers") @reason("two officers read what a court sealed") @officers("2")
forbid (principal, action == Action::"release_without_approval", resource) when { resource.sealed };
@id("in-service") @reason("the partner is not in service")
forbid (principal, action == Action::"receive", resource) unless { context.state == State::"ACTIVE" || resource.exercise };
@id("exercise") @reason("exercises go to partners that take them")
forbid (principal, action == Action::"receive", resource) when { resource.exercise } unless { principal.takes_exercises };
@id("agreement") @reason("no agreement in force")
forbid (principal, action == Action::"receive", resource) unless { context.agreement_in_force };
@id("ceiling") @reason("above the ceiling")
forbid (principal, action == Action::"receive", resource) when { context.tlp_above_ceiling };
@id("alpha-sees") @reason("field offices see all")
permit (principal, action in [Action::"view_handling", Action::"view_provenance", Action::"view_identity",
  Action::"view_contact", Action::"view_account", Action::"view_location", Action::"view_narrative",
  Action::"view_evidence", Action::"view_subject", Action::"view_victim", Action::"view_minor",
  Action::"view_witness", Action::"view_other_person"], resource)
when { principal.kind == Kind::"field_office" };
@id("bravo-sees") @reason("shelters see adults")
permit (principal, action in [Action::"view_identity", Action::"view_contact", Action::"view_account",
  Action::"view_subject", Action::"view_victim"], resource)
when { principal.kind == Kind::"ngo_shelter" };
@id("bravo-outlines") @reason("shelters are told how old a minor in danger is")
permit (principal, action in [Action::"outline_identity", Action::"outline_minor"], resource)
when { principal.kind == Kind::"ngo_shelter" && resource.imminent_danger };
@id("charlie-sees") @reason("police abroad see contacts of subjects")
permit (principal, action in [Action::"view_contact", Action::"view_subject"], resource)
when { principal.kind == Kind::"foreign_police" };
"#;

/// The topics of the three partners.
pub(crate) const ALPHA: &str = "leads.domestic.alpha.v1";
pub(crate) const BRAVO: &str = "leads.domestic.bravo.v1";
pub(crate) const CHARLIE: &str = "leads.international.charlie.v1";

/// What a test may change about the partners.
#[derive(Debug, Clone)]
pub(crate) struct Federation {
    pub(crate) charlie_state: &'static str,
    pub(crate) charlie_starts: &'static str,
    pub(crate) bravo_exercises: bool,
    pub(crate) with_charlie: bool,
    /// How many officers read what a court sealed.
    pub(crate) officers: u8,
    /// A policy more.
    pub(crate) policy: &'static str,
}

impl Default for Federation {
    fn default() -> Self {
        Self {
            charlie_state: "ACTIVE",
            charlie_starts: "2026-01-01",
            bravo_exercises: false,
            with_charlie: true,
            officers: 2,
            policy: "",
        }
    }
}

impl Federation {
    pub(crate) fn release(&self) -> Arc<Release> {
        let partner = |kind: &str, country: &str, tlp: &str, state: &str, starts: &str, exercises: bool| {
            format!(
                "name = \"{kind}\"\nkind = \"{kind}\"\ncountry = \"{country}\"\nsworn = true\nmax_tlp = \"{tlp}\"\n\
                 purposes = [\"RESCUE\"]\nstate = \"{state}\"\nexercises = {exercises}\n[[agreements]]\nid = \"a\"\n\
                 legal_basis = \"memorandum\"\ncategories = \"any\"\nstarts = {starts}\nends = 2030-01-01\n"
            )
        };
        let mut files = vec![
            ("alpha", partner("field_office", "US", "RED", "ACTIVE", "2026-01-01", false)),
            ("bravo", partner("ngo_shelter", "US", "RED", "ACTIVE", "2026-01-01", self.bravo_exercises)),
        ];
        if self.with_charlie {
            let charlie =
                partner("foreign_police", "MX", "AMBER", self.charlie_state, self.charlie_starts, false);
            files.push(("charlie", charlie));
        }
        let partners = Partners::parse(&files).unwrap();
        let policies = POLICIES.replace("@officers(\"2\")", &format!("@officers(\"{}\")", self.officers));
        let policies = policies + self.policy;
        let policies = Policies::parse(SCHEMA, &[("test.cedar", policies)]).unwrap();
        let table = "birth_date = \"generalise\"\nage_bands = [12, 16, 18]\n";
        let policies = policies.with_redaction(table).unwrap();
        let home = Country::parse("US").unwrap();
        let release =
            Release::new(Arc::new(partners), Arc::new(policies), SiteKeys::new([7; 32]), home).unwrap();
        Arc::new(release)
    }

    pub(crate) fn router(&self) -> Router {
        router(self.release())
    }
}

/// A router of the first partition.
pub(crate) fn router(release: Arc<Release>) -> Router {
    Router::new(release, Terms::default(), &SiteKeys::new([7; 32]), Partition(0))
}

/// What a lead says: one adult subject with these phones, and what a test adds.
pub(crate) fn content(phones: &[u8], more: Value) -> Value {
    let phones: Vec<Value> = phones
        .iter()
        .map(|n| json!({ "text": format!("202-555-01{n:02}"), "e164": format!("+120255501{n:02}") }))
        .collect();
    let mut content = json!({
        "categories": ["SEX_TRAFFICKING"],
        "countries_involved": ["US", "MX"],
        "handling": { "tlp": "GREEN" },
        "persons": [{ "person_ref": "p1", "role": "SUBJECT", "minor": "NO", "phones": phones }],
    });
    if let (Some(content), Value::Object(more)) = (content.as_object_mut(), more) {
        content.extend(more);
    }
    content
}

pub(crate) fn lead_id(n: u8) -> LeadId {
    LeadId([n; 16])
}

/// An event in the making.
#[derive(Clone)]
pub(crate) struct Event(AssessedLead);

impl Event {
    pub(crate) fn new(lead: u8, version: i32, verdict: Verdict) -> Self {
        let lead = Lead {
            lead_id: lead_id(lead),
            agency: "harbour".into(),
            order: format!("{version}-0-0"),
            ..Lead::default()
        };
        let matter_id = MatterId([1; 16]);
        let (cluster_id, place) = (matter_id, version.into());
        Self(AssessedLead { verdict, version, matter_id, cluster_id, place, lead, ..AssessedLead::default() })
    }

    pub(crate) fn says(mut self, content: Value) -> Self {
        self.0.lead.content = Content::from_json(content).unwrap();
        self
    }

    pub(crate) fn phones(self, phones: &[u8]) -> Self {
        self.says(content(phones, json!({})))
    }

    pub(crate) fn matter(mut self, matter: u8) -> Self {
        self.0.matter_id = MatterId([matter; 16]);
        self
    }

    /// Where the lead stands, said at this place of the committed order.
    pub(crate) fn cluster(mut self, cluster: u8, place: i64) -> Self {
        self.0.cluster_id = MatterId([cluster; 16]);
        self.0.place = place;
        self
    }

    pub(crate) fn addition(mut self, key: &str) -> Self {
        self.0.lead.amendment_key = Some(key.to_owned());
        self
    }

    pub(crate) fn status(mut self, status: MessageStatus) -> Self {
        self.0.lead.message_status = status;
        self
    }

    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.0.lead.message_kind = match self.0.verdict {
            Verdict::Cancel => MessageKind::Cancel,
            Verdict::Update | Verdict::Amendment => MessageKind::Update,
            _ => MessageKind::Report,
        };
        wire::encode(&MatterEvent::AssessedLead(Box::new(self.0))).unwrap()
    }
}

/// Leads of one home matter that stand in another cluster from this place on.
pub(crate) fn regrouping(matter: u8, leads: &[u8], cluster: u8, place: i64) -> Vec<u8> {
    let event = Regrouping {
        matter_id: MatterId([matter; 16]),
        cluster_id: MatterId([cluster; 16]),
        leads: leads.iter().map(|n| lead_id(*n)).collect(),
        caused_by: lead_id(99),
        place,
        ..Regrouping::default()
    };
    wire::encode(&MatterEvent::Regrouping(event)).unwrap()
}
