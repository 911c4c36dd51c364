//! What a verdict shows an officer.

use lead::matter::{Evidence, HotKey, LeadLink};
use lead::{MatterId, Verdict};
use serde::Serialize;

use crate::example::{SHIPPED, Says, deduplicator, report};
use crate::run::Run;

/// A record keeps its fields in order, whatever features the build gives to JSON maps.
#[derive(Serialize)]
struct Shown {
    verdict: Verdict,
    matter_id: MatterId,
    version: i32,
    links: Vec<LeadLink>,
    evidence: Vec<Evidence>,
    hot: Vec<HotKey>,
}

/// Two matters, a number that many hold, and a lead that touches all of it.
#[test]
fn names_the_keys_that_agreed_and_those_that_were_too_common() {
    let mut leads = vec![
        report(1, 1).phone(1).number(7).fact(1),
        report(2, 2).phone(2).number(8),
        report(3, 3).phone(1).fact(3),
    ];
    leads.extend((10..60).map(|id| report(id, 4).phone(99)));
    leads.push(report(100, 9).phone(1).number(7).phone(2).phone(99).name("Alan Exemplar"));
    let assessed = Run::default().batch(deduplicator(SHIPPED), &leads).pop().unwrap();
    insta::assert_json_snapshot!(Shown {
        verdict: assessed.verdict,
        matter_id: assessed.matter_id,
        version: assessed.version,
        links: assessed.links,
        evidence: assessed.evidence,
        hot: assessed.hot,
    });
}
