//! The facts that a reader finds in real-shaped tips of the portal, when such files are at hand.
//!
//! They are not part of this repository: a folder `shared/samples/tip-json` beside it is read if it
//! exists, and the test says so if it does not.

use std::path::PathBuf;

use lead::record::Lead;
use normaliser::Outcome;

use crate::support::{configured, outcome};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/tip-json")
}

fn tip(name: &str) -> Lead {
    let raw = std::fs::read(folder().join(format!("{name}.json"))).unwrap();
    match outcome(&configured("tip-portal"), &raw) {
        Outcome::Lead(lead) => *lead,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn tips_of_the_portal_hold_what_a_reader_finds_in_them() {
    if !folder().exists() {
        return;
    }
    for (name, number, level, score) in [
        ("gaming-platform-minor", "31f8fc6d-9da7-450e-bc2f-c45355d8de98", "HIGH", 82),
        ("foreign-referral", "8f1bab4b-7ffa-451c-8119-d54242f74afc", "ROUTINE", 50),
        ("server-report-1", "8e106a0e-3c69-4248-a0b4-a3b29fce75f9", "ROUTINE", 5),
        ("server-report-2-followup", "99fdb05b-9149-43b2-aa6e-d81fd3da8eb7", "ROUTINE", 5),
        ("esp-not-viewed", "7d639085-6f4f-42ef-b07b-a432880af084", "ROUTINE", 50),
        ("vague", "3989256f-901f-46ce-b5e1-a13d21902c6b", "ROUTINE", 15),
    ] {
        let lead = tip(name);
        let content = &lead.content;
        assert_eq!(lead.report_number.as_deref(), Some(number));
        assert_eq!(
            (content.urgency.level.symbol(), content.urgency.source_score),
            (level, Some(score)),
            "{name}"
        );
        assert_eq!(content.urgency.reason, Some("source priority".into()));
        assert_eq!(content.source.reporter_type.as_deref(), Some("member_public"));
        assert!(content.source.received_at.as_ref().unwrap().instant.unwrap().0 % 1_000_000 != 0, "{name}");
        assert!(content.texts.iter().all(|text| text.name != "normalized_body"), "one narrative, not two");
        assert!(content.categories.iter().all(|c| c.symbol() == "UNKNOWN"));
        assert!(content.countries_involved.iter().any(|c| c.as_str() == "US"));
        let stated: Vec<_> = content.files.iter().filter(|file| file.file_id.is_some()).collect();
        assert_eq!(stated.len(), 2, "{name}");
        assert_eq!((stated[0].size_bytes, stated[1].size_bytes), (Some(5_242_880), Some(4_096)));
        assert!(
            stated[0].annotations.contains(&"ncmec_hash_match".to_owned()) && stated[0].hashes.is_empty()
        );
        assert!(stated.iter().all(|file| file.access_blocked.symbol() == "YES"), "blocked counts");
        assert!(content.quality.warnings.contains(&"contradicting_flags:legal.warrant_required".to_owned()));
    }
}

#[test]
fn what_only_their_narratives_say_is_found_and_marked() {
    if !folder().exists() {
        return;
    }
    let minor = tip("gaming-platform-minor");
    let person =
        |lead: &Lead, role: &str| lead.content.persons.iter().find(|p| p.role.symbol() == role).cloned();
    let victim = person(&minor, "VICTIM").unwrap();
    assert_eq!((victim.age, victim.minor.symbol()), (Some(14), "YES"));
    assert!(person(&minor, "REPORTER").unwrap().relationship.is_some());
    let account = &minor.content.accounts[0];
    assert_eq!(account.handle, Some("darkwolf_gaming99".into()));
    assert_eq!(account.service.as_deref(), Some("streamzone"));
    assert!(!minor.content.network_events[0].ip.as_ref().unwrap().routable);
    assert!(minor.content.quality.from_narrative.contains(&"accounts".to_owned()));

    let foreign = tip("foreign-referral");
    let event = &foreign.content.network_events[0];
    let address = |ip: &Option<lead::value::IpAddress>| ip.as_ref().unwrap().address.clone().unwrap();
    assert_eq!(address(&event.ip), "192.0.2.200".into());
    assert_eq!(address(&event.ip_to), "192.0.2.220".into());
    assert_eq!(foreign.content.network_events.len(), 1, "a range, not its addresses");
    assert!(foreign.content.external_ids.iter().any(|id| id.id == "RC-2025-FICTIONAL-001"));
    let countries: Vec<_> = foreign.content.countries_involved.iter().map(|c| c.as_str()).collect();
    assert_eq!(countries, ["CA", "US"]);
    let warned = "contradicting_flags:countries_involved".to_owned();
    assert!(foreign.content.quality.warnings.contains(&warned));
    let emails: Vec<_> = foreign.content.persons.iter().flat_map(|p| &p.emails).collect();
    assert_eq!(emails[0].address, Some("mtest.fictional@protonmail.com".into()));

    let servers = [tip("server-report-1"), tip("server-report-2-followup")];
    for server in &servers {
        let hash = server.content.files.iter().find_map(|file| file.hashes.first()).unwrap();
        assert_eq!(hash.value, "abcdef1234567890".repeat(4).into());
        assert!(hash.fits);
        assert_eq!(server.content.online_places[0].provider_id, Some("999888777666".into()));
        assert_eq!(server.content.online_places[0].room, Some("GamingHub2025".into()));
        assert!(server.content.source.incident_at.as_ref().unwrap().instant.is_some());
    }
    assert_ne!(servers[0].lead_id, servers[1].lead_id);

    let provider = tip("esp-not-viewed");
    assert!(provider.content.external_ids.iter().any(|id| id.id == "TN-FICTIONAL-2025-00123"));
    let phone = provider.content.persons.iter().find_map(|p| p.phones.first()).unwrap();
    assert!(phone.e164.is_none(), "too few digits");
    assert_eq!(provider.content.network_events[0].event.as_deref(), Some("account creation"));

    let vague = tip("vague");
    assert!(vague.content.quality.completeness_pct < 50 && vague.content.persons.is_empty());
}
