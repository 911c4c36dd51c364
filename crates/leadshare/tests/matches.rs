//! Which leads are one matter, by the real binary: why, what another table would say, and what cannot be learned yet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;

use support::{Running, json, leadshare, site, succeeds};

/// One report, told twice under two numbers, and another that has nothing to do with it.
///
/// Sabotage: let `explain` take the sum of another pair, let `Shadow::note` compare verdicts alone, or let both folds of
/// `shadow` use one table.
#[test]
fn a_sum_is_explained_and_another_table_is_held_against_history() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    let service = Running::start(dir, "all");
    service.ready();
    let first = fs::read_to_string(dir.join("sources/houston-tips/01.raw")).unwrap();
    let second = dir.join("second.json");
    fs::write(&second, first.replace("HT-2026-0101", "HT-2026-0999")).unwrap();
    let samples = dir.join("sources");
    for (agency, file) in [
        ("houston-tips", samples.join("houston-tips/01.raw")),
        ("houston-tips", second),
        ("fiscalia-mx", samples.join("fiscalia-mx/01.raw")),
    ] {
        succeeds(&["-C", site, "submit", agency, file.to_str().unwrap()]);
        succeeds(&["-C", site, "status", "--wait", "60"]);
    }

    let [a, b] = ["houston-tips/HT-2026-0101", "houston-tips/HT-2026-0999"];
    let picture = dir.join("why.svg");
    let said = succeeds(&["-C", site, "match", "explain", a, b, "--svg", picture.to_str().unwrap()]);
    for part in ["one matter", "account", "before: any two", "total", "link from +6.6", "ACCOUNT equal"] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    // Three digits are no telephone number: the random name of a lead may hold them.
    for value in ["Night_Owl", "night_owl", "5550142", "555-0142", "5550107", "555-0107", "Marco", "TEST 713"]
    {
        assert!(!said.contains(value), "{value} of a lead is shown in\n{said}");
    }
    let svg = fs::read_to_string(&picture).unwrap();
    assert!(svg.contains("account") && svg.contains("total") && !svg.contains("Night_Owl"));

    // The sum that is said is the sum of its parts, whoever is named first.
    for pair in [[a, b], [b, a]] {
        let said = &json(&["-C", site, "match", "explain", pair[0], pair[1]])[0];
        assert_eq!(said["one_matter"], true);
        let link = &said["judged"]["link"];
        let groups = link["groups"].as_array().unwrap();
        let counted: i64 = groups.iter().map(|g| g["counted_millibits"].as_i64().unwrap()).sum();
        let total = counted + link["prior_millibits"].as_i64().unwrap();
        assert_eq!(link["weight_millibits"].as_i64().unwrap(), total);
    }
    // Matters stand on several partitions: which comes first is chance.
    let assessed = json(&["-C", site, "tail", "leads.matters.v1"]);
    let mut leads = assessed.iter().map(|record| &record["value"]["AssessedLead"]["lead"]);
    let unlike = leads.find(|lead| lead["agency"] == "fiscalia-mx").unwrap();
    let unlike = unlike["lead_id"].as_str().unwrap().to_owned();
    assert_eq!(json(&["-C", site, "match", "explain", a, &unlike])[0]["one_matter"], false);
    assert!(succeeds(&["-C", site, "match", "explain", a, &unlike]).contains("two matters"));

    // The table that is in force would change nothing; one that links nothing changes one verdict.
    let table = dir.join("matching.toml");
    assert!(
        succeeds(&["-C", site, "match", "shadow", table.to_str().unwrap()])
            .contains("no verdict would differ")
    );
    let text = fs::read_to_string(&table).unwrap();
    let strict = dir.join("strict.toml");
    fs::write(&strict, text.replacen("[leads]\nlink = 6_600", "[leads]\nlink = 64_000", 1)).unwrap();
    let said = &json(&["-C", site, "match", "shadow", strict.to_str().unwrap()])[0];
    assert_eq!((&said["leads"], &said["pairs_now"], &said["pairs_then"]), (&3.into(), &1.into(), &0.into()));
    let differences = said["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert_eq!((&differences[0]["report"], &differences[0]["then"]), (&b.into(), &"REVIEW".into()));

    // Three leads are nothing to learn from, and then nothing is written.
    let out = dir.join("learned.toml");
    let said = leadshare(&["-C", site, "match", "train", "--out", out.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{}", said.stdout);
    assert!(said.stderr.contains("nothing is learned") && said.stderr.contains("needed"), "{}", said.stderr);
    assert!(!out.exists());

    for (words, part) in [
        (vec!["match", "shadow", "absent.toml"], "absent.toml"),
        (vec!["match", "explain", a, "houston-tips/none"], "no lead"),
        (vec!["match", "explain", a, b, "--domain", "exercise"], "no lead"),
        (vec!["match", "explain", a, "x"], "AGENCY/REPORT-NUMBER"),
    ] {
        let said = leadshare(&[&["-C", site], &words[..]].concat());
        assert_ne!(said.code, 0);
        assert!(said.stderr.contains(part), "{words:?}: {}", said.stderr);
    }
    service.stop(rustix::process::Signal::TERM);
}
