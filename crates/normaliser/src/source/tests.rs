#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
use super::*;

const JSON: &str = "kind = \"TIP_LINE\"\norganisation = \"Example\"\nformat = \"json\"\n";

fn compile(toml: &str, mapping: Option<&str>) -> Result<Source, SourceError> {
    Source::compile(SourceFiles {
        name: "harbour".into(),
        source_toml: toml.into(),
        mapping_vrl: mapping.map(Into::into),
        placeholders_toml: None,
    })
}

#[test]
fn says_what_a_folder_holds() {
    let source = compile(
        &format!(
            "{JSON}country = \"US\"\n[report_number]\nfrom = \"key\"\n[inbound]\npartitions = 4\n[limits]\ndepth = 8\n"
        ),
        Some(". = {}"),
    )
    .unwrap();
    assert_eq!(source.inbound_topic().as_str(), "leads.inbound.harbour.v1");
    assert_eq!(source.partitions(), 4);
    assert_eq!(source.limits().depth, 8);
    assert_eq!(source.limits().bytes, 8 << 20);
    assert_eq!(source.originator_country, Country::parse("US"));
    assert!(source.version().starts_with("harbour@"));
    let other = compile(&format!("{JSON}country = \"US\"\n"), Some(". = {}")).unwrap();
    assert_ne!(other.version(), source.version());
}

#[test]
fn refuses_what_cannot_be() {
    for (toml, mapping, expected) in [
        ("kind = \"TIP_LINE\"\n", Some(". = {}"), "harbour/source.toml:1:1: missing field `organisation`"),
        ("kind = \"NOBODY\"\n", Some(". = {}"), "unknown variant `NOBODY`"),
        (&format!("{JSON}colour = 1\n"), Some(". = {}"), "source.toml:4:1: unknown field `colour`"),
        (&format!("{JSON}[limits]\nbytes = -1\n"), Some(". = {}"), "source.toml:5:9"),
        (&format!("{JSON}[limits]\ndepth = 1000\n"), Some(". = {}"), "between 1 and 100"),
        (JSON, None, "add mapping.vrl"),
        (&JSON.replace("json", "avro"), Some(". = {}"), "remove mapping.vrl"),
        (&format!("{JSON}[inbound]\npartitions = 2\n"), Some(". = {}"), "must be 1 unless"),
        (&format!("{JSON}[report_number]\nfrom = \"entry\"\n"), Some(". = {}"), "report_number.path"),
        (&format!("{JSON}[report_number]\nfrom = \"key\"\npath = \"a\"\n"), Some(". = {}"), "takes `path`"),
        (&format!("{JSON}[message]\nentries = \"a..b\"\n"), Some(". = {}"), "message.entries"),
        (&format!("{JSON}[message]\nor_single = true\n"), Some(". = {}"), "message.or_single"),
        (&format!("{JSON}[message]\nvolatile = [\"\"]\n"), Some(". = {}"), "message.volatile"),
        (
            &format!("{JSON}[message]\nentries = \"a\"\n[report_number]\nfrom = \"key\"\n"),
            Some(". = {}"),
            "many entries",
        ),
        (JSON, Some(". = {\n  \"a\": now()\n}"), "mapping.vrl does not compile:\n  2:8"),
    ] {
        let error = compile(toml, mapping).unwrap_err().to_string();
        assert!(error.contains(expected), "{toml} gave {error}");
    }
    let files = SourceFiles {
        name: "Bad Name".into(),
        source_toml: JSON.into(),
        mapping_vrl: None,
        placeholders_toml: None,
    };
    assert!(matches!(Source::compile(files), Err(SourceError::Name { .. })));
}
