//! An agency and a partner join, by the commands of the README and by edits of data, without code: what a
//! newcomer types, from an empty directory to the partner's topic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use support::{Running, json, leadshare, site, succeeds};

/// Does what an editor would.
fn edit(file: &Path, changes: &[(&str, &str)]) {
    let mut text = fs::read_to_string(file).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{} has no `{old}`", file.display());
        text = text.replace(old, new);
    }
    fs::write(file, text).unwrap();
}

/// The agency's table: a column that the template has not, and another separator.
fn agency(site: &str, dir: &Path) {
    succeeds(&["-C", site, "source", "new", "harbour-police", "--format", "csv"]);
    let folder = dir.join("sources/harbour-police");
    edit(
        &folder.join("source.toml"),
        &[
            ("delimiter = \",\"", "delimiter = \";\""),
            ("\"phone_country\", \"story\"]", "\"phone_country\", \"ship\", \"offence\", \"story\"]"),
            ("organisation = \"Example agency\"", "organisation = \"Harbour police\""),
            ("country = \"US\"", "country = \"GB\""),
        ],
    );
    edit(
        &folder.join("mapping.vrl"),
        &[(
            "    \"narrative\": .story,\n",
            "    \"narrative\": .story,\n    \"category_text\": [.offence],\n    \
             \"categories\": get!({ \"child\": [\"CHILD_SEX_TRAFFICKING\"] }, [string(.offence) ?? \"\"]),\n    \
             \"other\": [{ \"name\": \"ship\", \"text\": .ship }],\n",
        )],
    );
    for sample in ["01.raw", "01.lead.json", "02.raw", "02.lead.json"] {
        fs::remove_file(folder.join(sample)).unwrap();
    }
    let header = "number;withdrawn;received;happened;name;suspect;phone;phone_country;ship;offence;story\n";
    let report = dir.join("monday.csv");
    let row = "HP-1;;2026-02-03T14:05:00Z;02/01/2026;Alex Exemplar;yes;020 7946 0018;GB;Example Star;child;Seen at dusk.\n";
    fs::write(&report, format!("{header}{row}")).unwrap();
    let report = report.to_str().unwrap();
    let tried = succeeds(&["-C", site, "source", "try", "harbour-police", report, "--accept"]);
    for part in ["a lead,", "+442079460018", "content.other[0].text", "kept as sample 01"] {
        assert!(tried.contains(part), "{part} is not in\n{tried}");
    }
    assert!(!tried.contains("NOTHING READS IT"), "{tried}");
    let withdrawal = dir.join("tuesday.csv");
    fs::write(&withdrawal, format!("{header}HP-1;yes;;;;;;;;;\n")).unwrap();
    succeeds(&["-C", site, "source", "try", "harbour-police", withdrawal.to_str().unwrap(), "--accept"]);
}

fn partner(site: &str, dir: &Path) {
    succeeds(&["-C", site, "partner", "new", "gb-port-unit"]);
    let folder = dir.join("partners/gb-port-unit");
    edit(
        &folder.join("partner.toml"),
        &[
            ("name = \"Example police\"", "name = \"Port unit\""),
            ("state = \"SANDBOX\"", "state = \"ACTIVE\""),
        ],
    );
    fs::copy(dir.join("sources/harbour-police/01.lead.json"), folder.join("02.lead.json")).unwrap();
    succeeds(&["-C", site, "check", "--write-samples"]);
    let told = fs::read_to_string(folder.join("02.released.json")).unwrap();
    assert!(told.contains("\"outcome\": \"DELIVERED\""), "{told}");
}

#[test]
fn an_agency_and_a_partner_join_without_code() {
    let temporary = site();
    let (dir, site) = (temporary.path(), temporary.path().to_str().unwrap());
    agency(site, dir);
    partner(site, dir);
    assert!(succeeds(&["-C", site, "check"]).contains("no faults"));
    assert!(succeeds(&["-C", site, "partner", "list"]).contains("gb-port-unit"));

    let service = Running::start(dir, "all");
    service.ready();
    let report = dir.join("monday.csv");
    succeeds(&["-C", site, "submit", "harbour-police", report.to_str().unwrap()]);
    succeeds(&["-C", site, "status", "--wait", "60"]);
    let received = json(&["-C", site, "tail", "leads.international.gb-port-unit.v1"]);
    assert_eq!(received.len(), 1, "{received:?}");
    let copy = &received[0]["value"];
    assert_eq!(copy["content"]["persons"][0]["phones"][0]["e164"], "+442079460018", "{copy}");
    assert_eq!(copy["caveats"].as_array().unwrap().last().unwrap(), "NO_ONWARD_RELEASE", "{copy}");
    // The template grants no view of who said it.
    assert!(copy["content"]["source"]["organisation"].is_null(), "{copy}");
    assert!(succeeds(&["-C", site, "trace", "harbour-police/HP-1"]).contains("gb-port-unit"));
    assert_eq!(service.stop(Signal::TERM).0, 0);
}

#[test]
fn every_format_has_a_template_that_passes_the_check() {
    let temporary = site();
    let site = temporary.path().to_str().unwrap();
    let mut formats = 0;
    for template in fs::read_dir(temporary.path().join("sources/_template")).unwrap() {
        let name = template.unwrap().file_name().into_string().unwrap();
        succeeds(&["-C", site, "source", "new", &format!("new-{name}"), "--format", &name]);
        formats += 1;
    }
    assert!(formats >= 4, "{formats}");
    let unknown = leadshare(&["-C", site, "source", "new", "other", "--format", "telex"]);
    assert_eq!(unknown.code, 64);
    assert!(unknown.stderr.contains("there are: avro, "), "{}", unknown.stderr);
    assert!(succeeds(&["-C", site, "check"]).contains("no faults"));
    // A name that could leave the folder, and one that is taken.
    for (name, code) in [("../x", 64), ("new-json", 64), ("", 64)] {
        assert_eq!(leadshare(&["-C", site, "source", "new", name]).code, code, "{name}");
        assert_eq!(leadshare(&["-C", site, "partner", "new", "triage-desk"]).code, 64);
    }
}
