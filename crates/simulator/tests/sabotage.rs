//! Each guarantee, taken away, is missed, and by the condition that is about it.
//!
//! | sabotage | missed by |
//! |---|---|
//! | offsets committed outside the transaction | PL-3: the state is behind what is committed |
//! | store written before the commit | PL-1: leads that are called repeats of themselves, or are never sent |
//! | no generation check | PL-3: an offset from whom the group took the partition |
//! | restore up to the last stable offset | PL-3: the state is behind what is committed |
//! | dead letters by a second producer | PL-7: more dead letters than are counted |
//! | producer kept after an unknown outcome | PL-3: a late commit ends the next transaction, and the state is behind |
//! | overlay of an aborted batch kept | PL-4: the state does not decode, or verdicts are others |
//! | coverage not restored | PL-11: covered by a copy that the partner does not hold, or that is purged |
//! | covered leads not decided again after a Cancel | PL-11: the same |
//! | a Cancel overtakes its Report | PL-5: entries in another order |
//! | a tick outside the transaction | PL-3: topics hold what no committed batch makes |
//! | derived state of a standby not kept up to date | PL-4: verdicts are others |
//! | changes after an image not noted | PL-4: the same |

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use simulator::{Options, SABOTAGES, Sabotage, Site, simulate};

/// More seeds than any sabotage needs.
const SEEDS: u64 = 2_000;

/// The promise by which it must be missed.
fn promise(sabotage: Sabotage) -> &'static str {
    match sabotage {
        Sabotage::OffsetsOutside
        | Sabotage::NoGenerationCheck
        | Sabotage::RestoreToLastStable
        | Sabotage::ProducerKept
        | Sabotage::TickOutside => "PL-3",
        Sabotage::StoreBeforeCommit => "PL-1",
        Sabotage::DeadLettersOutside => "PL-7",
        Sabotage::StaleOverlay | Sabotage::StandbyUnheard | Sabotage::ImageUnheard => "PL-4",
        Sabotage::CoverageNotRestored | Sabotage::CoveredForgotten => "PL-11",
        Sabotage::Overtaking => "PL-5",
    }
}

/// Runs seeds until the condition strikes. Whoever is missed by another one first is not yet proven to be missed by this.
fn is_missed(site: &Site, sabotage: Sabotage) -> Result<u64, BTreeSet<&'static str>> {
    let mut others = BTreeSet::new();
    for seed in 0..SEEDS {
        let report = simulate(site, seed, Options { sabotage: Some(sabotage), ..Options::default() });
        if report.violations.iter().any(|violation| violation.promise == promise(sabotage)) {
            return Ok(seed);
        }
        others.extend(report.violations.iter().map(|violation| violation.promise));
    }
    Err(others)
}

#[test]
fn every_sabotage_is_missed() {
    let site = Site::new().unwrap();
    for sabotage in SABOTAGES {
        let seed = is_missed(&site, sabotage).unwrap_or_else(|others| {
            panic!("{sabotage:?} is not missed in {SEEDS} seeds, but for {others:?}")
        });
        // The same seed without it is clean.
        let clean = simulate(&site, seed, Options::default()).violations;
        assert!(clean.is_empty(), "{sabotage:?}: seed {seed} fails without it: {clean:?}");
    }
}
