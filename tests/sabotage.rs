//! A guarantee taken away on purpose: the checker, or the test of the guarantee, must turn red. What the
//! Kafka worker alone can show is shown beside it; here whole sites are judged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lead::code::{Category, Role};
use lead::content::Content;
use lead::decision::OutcomeCode;
use lead::person::Person;
use lead::thing::PlaceOfLead;
use lead::value::{CountryValue, Phone};
use leadshare_tests::broker::Broker;
use leadshare_tests::checker_run::check;
use leadshare_tests::definitions::Definitions;
use leadshare_tests::site::{Site, report};
use leadshare_tests::transport::{Embedded, Kafka};
use pipeline::Action;
use pipeline_kafka::{Fault, FaultPlan, Moment, Sabotage};

const OFFICE: &str = "us-field-office-houston";

fn content(n: usize) -> Content {
    let phone = Phone { text: format!("+120255501{n:02}").as_str().into(), ..Phone::default() };
    Content {
        categories: vec![Category::SexTrafficking],
        persons: vec![Person {
            person_ref: "p1".into(),
            role: Role::Subject,
            age: Some(40),
            phones: vec![phone],
            ..Person::default()
        }],
        places: vec![PlaceOfLead {
            country: Some(CountryValue { text: "US".into(), ..CountryValue::default() }),
            ..PlaceOfLead::default()
        }],
        ..Content::default()
    }
}

/// A fault at the end of the first few transactions' deliveries: the batch is aborted and made again.
fn aborts(times: usize) -> FaultPlan {
    let struck = AtomicUsize::new(0);
    Arc::new(move |_, action, moment| {
        let strikes = *action == Action::Drain
            && moment == Moment::After
            && struck.fetch_add(1, Ordering::SeqCst) < times;
        strikes.then_some(Fault::Abort)
    })
}

/// PL-3 and PL-4: with the store written before the commit, a batch that is made again meets its own
/// traces, and leads are called repeats that nobody has received.
#[test]
fn a_store_before_the_commit_turns_the_checker_red() {
    for (sabotage, kept) in [(None, true), (Some(Sabotage::StoreBeforeCommit), false)] {
        let broker = Broker::start();
        let kafka = Kafka::at(&broker.bootstrap, "sabotage").with_faults("deduplicator", sabotage, aborts(2));
        let site = Site::new(&kafka, Definitions::default(), &[]);
        for n in 0..20 {
            site.submit(&report(&format!("R{n}"), content(n)));
        }
        site.run(|running| running.routed(20));
        let verdict = check(&site);
        assert_eq!(verdict.kept, kept, "{sabotage:?}\n{}", verdict.report);
        assert_eq!(verdict.report.contains("the fold says NEW"), !kept, "{}", verdict.report);
    }
}

/// PL-3: with offsets outside the transaction, a crash before the commit would lose what was read. The
/// state knows better, and the service refuses to go on.
#[test]
fn offsets_outside_the_transaction_are_refused() {
    for (sabotage, goes_on) in [(None, true), (Some(Sabotage::OffsetsOutsideTransaction), false)] {
        let broker = Broker::start();
        let crash: FaultPlan = Arc::new(|_, action, moment| {
            (matches!(action, Action::SendOffsets(_)) && moment == Moment::After).then_some(Fault::Crash)
        });
        let mut kafka = Kafka::at(&broker.bootstrap, "offsets").with_faults("deduplicator", sabotage, crash);
        {
            let site = Site::new(&kafka, Definitions::default(), &[]);
            site.submit(&report("R", content(1)));
            site.run(|running| running.ended("deduplicator"));
        }
        kafka = kafka.without_faults();
        let site = Site::new(&kafka, Definitions::default(), &[]);
        let ended =
            site.try_run(|running| if goes_on { running.routed(1) } else { running.ended("deduplicator") });
        assert_eq!(ended.is_ok(), goes_on, "{sabotage:?}: {ended:?}");
        assert_eq!(site.copies(OFFICE).len(), usize::from(goes_on));
        if goes_on {
            assert!(check(&site).kept);
        }
    }
}

/// PL-10: a forbid that cannot be evaluated denies. Treated as if it were not there, as Cedar by itself
/// does, it would let through what it forbids.
#[test]
fn a_forbid_that_errors_is_no_permission() {
    let erring = r#"
@id("overflows")
@reason("a hard stop that cannot be evaluated")
forbid (principal, action == Action::"receive", resource) when { 9223372036854775807 + 1 > 0 };
"#;
    let outcome = |definitions: Definitions| {
        let embedded = Embedded::new();
        let site = Site::new(&embedded, definitions, &[]);
        site.run(|running| running.submit(&[report("R", content(1))], 1));
        let delivered = site.outcome(site.lead_id("R"), OFFICE).map(|o| o.outcome);
        (delivered, site.copies(OFFICE).len())
    };
    let (denied, copies) = outcome(Definitions::default().with_policy("erring.cedar", erring));
    assert_ne!(denied, Some(OutcomeCode::Delivered));
    assert_eq!(copies, 0, "the forbid that errors forbids");
    assert_eq!(
        outcome(Definitions::default()),
        (Some(OutcomeCode::Delivered), 1),
        "skipped, it would have let the lead through"
    );
}
