//! Leads that are drawn: what policies see of them has the frequencies of a mixed intake.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "a benchmark; each uses a part")]

use std::sync::Arc;

use lead::{Lead, LeadId};
use release::{Partners, Policies, Release};
use serde_json::{Value as Json, json};

use crate::site;

/// Partners of the site.
pub const PARTNERS: usize = 50;

/// The shipped partners, some of them several times under other names.
pub fn site_of_fifty(policies: Policies) -> Release {
    let files = site::partner_files().into_iter().filter(|(id, _)| !id.starts_with('_'));
    let files: Vec<(String, String)> = files.collect();
    let like = |n: usize| {
        let (id, text) = &files[n % files.len()];
        (if n < files.len() { id.clone() } else { format!("{id}-{}", n / files.len()) }, text.clone())
    };
    let partners = Partners::parse(&(0..PARTNERS).map(like).collect::<Vec<_>>()).unwrap();
    assert_eq!(partners.len(), PARTNERS);
    Release::new(Arc::new(partners), Arc::new(policies), site::keys(), site::home()).unwrap()
}

/// Nanoseconds that this thread ran.
pub fn cpu_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Draws leads: independent statements with the frequencies of a mixed intake.
pub struct Draw(pub u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn permille(&mut self, n: usize) -> bool {
        self.below(1000) < n
    }

    fn of(&mut self, weighted: &[(&'static str, usize)]) -> &'static str {
        let mut at = self.below(weighted.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in weighted {
            if at < *weight {
                return value;
            }
            at -= weight;
        }
        weighted[0].0
    }

    fn yes(&mut self, permille: usize) -> &'static str {
        if self.permille(permille) { "YES" } else { "UNKNOWN" }
    }

    fn person(&mut self, n: usize, lead: usize) -> Json {
        let role =
            self.of(&[("SUBJECT", 50), ("VICTIM", 30), ("REPORTER", 12), ("WITNESS", 4), ("OTHER", 4)]);
        let minor = self.of(&[("NO", 45), ("YES", 20), ("UNKNOWN", 35)]);
        let digits = self.below(10_000);
        json!({
            "person_ref": format!("p{n}"), "role": role, "minor": minor,
            "names": if self.chance(60) { json!([{ "full": format!("Person{lead} Sample{n}") }]) } else { json!([]) },
            "phones": if self.chance(40) { json!([{ "text": format!("+1 202 555 {digits:04}"), "e164": format!("+1202555{digits:04}") }]) } else { json!([]) },
        })
    }

    pub fn lead(&mut self, n: usize) -> Lead {
        let category = &[
            ("SEX_TRAFFICKING", 25),
            ("LABOUR_TRAFFICKING", 20),
            ("CSAM", 20),
            ("CHILD_SEX_TRAFFICKING", 10),
            ("ONLINE_ENTICEMENT", 8),
            ("UNKNOWN", 8),
            ("MONEY_LAUNDERING", 4),
            ("MISSING_CHILD", 3),
            ("OTHER", 2),
        ];
        let mut categories = vec![self.of(category)];
        if self.chance(10) {
            categories.push(self.of(category));
        }
        let country = &[("US", 55), ("MX", 20), ("GB", 5), ("DE", 3), ("PH", 8), ("CA", 4), ("NG", 5)];
        let mut countries = vec![self.of(country)];
        if self.chance(25) {
            countries.push(self.of(country));
        }
        let known = !self.chance(4);
        if !known {
            countries.clear();
        }
        let persons: Vec<Json> = (0..1 + self.below(4)).map(|p| self.person(p, n)).collect();
        let mut caveats = Vec::new();
        for (caveat, permille) in [("NO_FOREIGN", 40), ("NO_NGO", 30), ("ORCON", 20)] {
            if self.permille(permille) {
                caveats.push(caveat);
            }
        }
        let recipients: Vec<&str> =
            if self.permille(30) { vec!["mx-fiscalia", "us-field-office-houston"] } else { vec![] };
        let purposes: Vec<&str> =
            if self.chance(10) { vec![self.of(&[("RESCUE", 3), ("VICTIM_ASSISTANCE", 1)])] } else { vec![] };
        let content = json!({
            "source": {
                "kind": self.of(&[("TIP_LINE", 30), ("PLATFORM_REPORT", 40), ("HOTLINE", 20), ("AGENCY_REFERRAL", 10)]),
                "organisation": "Sample line",
                "prohibited_source_risk": self.of(&[("UNKNOWN", 90), ("NONE", 7), ("POSSIBLE", 3)]),
            },
            "collection_basis": self.of(&[("UNKNOWN", 50), ("TIP", 30), ("CHECKED_TIP", 10), ("REASONABLE_SUSPICION", 7), ("CASE_RECORD", 3)]),
            "categories": categories,
            "urgency": { "imminent_danger": self.yes(30) },
            "narrative": "A caller reports what was seen at a motel by the road, and asks to be called back.",
            "summary_public": "Concern for persons at a motel.",
            "persons": persons,
            "accounts": if self.chance(50) { json!([{ "person_ref": if self.chance(70) { Some("p0") } else { None }, "service": "chat.example", "handle": format!("handle_{n}") }]) } else { json!([]) },
            "places": [{ "role": "incident", "city": "Springfield", "country": { "code": countries.first(), "text": "" } }],
            "files": if self.chance(30) { json!([{ "hashes": [{ "algorithm": "SHA-256", "value": format!("{n:064x}"), "fits": true }], "access_blocked": self.yes(150) }]) } else { json!([]) },
            "countries_involved": countries,
            "handling": {
                "tlp": self.of(&[("NOT_STATED", 70), ("GREEN", 5), ("AMBER", 15), ("AMBER_STRICT", 8), ("RED", 2)]),
                "caveats": caveats, "recipients": recipients,
                "h_codes": if self.permille(10) { vec!["H3"] } else { vec![] },
            },
            "protections": {
                "v1367": self.yes(10), "sar_derived": self.yes(5), "sealed": self.yes(3), "juvenile": self.yes(10),
                "consent": if self.chance(5) { json!({ "given": "YES", "scope": ["RESCUE"] }) } else { Json::Null },
            },
            "legal": { "purposes": purposes, "eu_data": self.yes(40) },
        });
        let status = self.of(&[("ACTUAL", 98), ("EXERCISE", 1), ("TEST", 1)]);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        Lead {
            lead_id: LeadId(id),
            agency: "sample".into(),
            message_status: serde_json::from_value(json!(status)).unwrap(),
            routing_country: known.then(|| lead::value::Country::parse(countries[0]).unwrap()),
            content: serde_json::from_value(content).unwrap(),
            ..Lead::default()
        }
    }
}
