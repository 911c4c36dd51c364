//! Formats whose things refer to each other.

use crate::{LIMIT, filled, refuses, within_memory};

const NIEM: &str = "<e:D xmlns:e='urn:e' xmlns:n='http://release.niem.gov/niem/niem-core/5.0/' \
    xmlns:s='http://release.niem.gov/niem/structures/5.0/'>";
const LEXS: &str = "<PublishMessage xmlns='http://usdoj.gov/leisp/lexs/3.1' xmlns:n='http://niem.gov/niem/niem-core/2.0' \
    xmlns:s='http://niem.gov/niem/structures/2.0'><DataItemPackage><Digest>";
const LEXS_END: &str = "</Digest></DataItemPackage></PublishMessage>";

/// At most one outcome for the whole, in bounded time and memory.
#[track_caller]
fn bears(name: &str, what: &str, value: &[u8]) {
    let (leads, codes) = within_memory(name, what, value);
    assert!(leads + codes.len() <= 1, "{name}: {what}: {leads} leads, {codes:?}");
}

/// Things of which each holds the next twice: without a bound, 2^60 copies.
fn bomb(thing: impl Fn(usize) -> String) -> String {
    (0..60).map(thing).collect()
}

#[test]
fn niem_and_lexs_that_are_made_to_hurt() {
    for (name, head, tail) in [("_template/niem", NIEM, "</e:D>"), ("_template/lexs", LEXS, LEXS_END)] {
        let nested = |n: usize| format!("{head}{}{}{tail}", "<n:a>".repeat(n), "</n:a>".repeat(n));
        refuses(name, "depth 100,000", nested(100_000).as_bytes(), "too_deep");
        for (what, part) in [
            ("empty elements", "<n:a/>"),
            ("elements in elements", "<n:a><n:b><n:c/></n:b></n:a>"),
            ("persons", "<n:Person><n:PersonSexCode>F</n:PersonSexCode></n:Person>"),
            ("places", "<n:Location><n:LocationName>x</n:LocationName></n:Location>"),
            (
                "phones",
                "<n:FullTelephoneNumber><n:TelephoneNumberFullID>1</n:TelephoneNumberFullID></n:FullTelephoneNumber>",
            ),
            ("references to nobody", "<n:Person s:ref='x'/>"),
            ("roles of one", "<n:Victim><n:RoleOfPerson s:ref='P'/></n:Victim>"),
            (
                "associations of one",
                "<n:AAssociation><n:Person s:ref='P'/><n:Location s:ref='L'/></n:AAssociation>",
            ),
            ("addresses of mail", "<n:ContactEmailID>x</n:ContactEmailID>"),
            ("descriptions of one", "<n:Person s:uri='#P'><n:a>b</n:a></n:Person>"),
        ] {
            let head = format!(
                "{head}<n:Person s:id='P'><n:PersonSexCode>F</n:PersonSexCode></n:Person>\
                 <n:Location s:id='L'><n:LocationName>x</n:LocationName></n:Location>"
            );
            bears(name, what, &filled(&head, part, tail));
        }
        refuses(
            name,
            "one text",
            &filled(&format!("{head}<n:a>"), "SECRET", &format!("</n:a>{tail}")),
            "text_too_long",
        );
        let bomb = bomb(|n| format!("<n:a s:id='a{n}'><n:b s:ref='a{0}'/><n:c s:ref='a{0}'/></n:a>", n + 1));
        let (leads, codes) = within_memory(
            name,
            "a bomb",
            format!("{head}{bomb}<n:a s:id='a60'><n:d>x</n:d></n:a>{tail}").as_bytes(),
        );
        assert!(leads == 0 && matches!(codes.as_slice(), ["too_many_values" | "too_deep"]), "{codes:?}");
        bears(
            name,
            "a circle",
            format!("{head}<n:a s:id='a'><n:b s:ref='b'/></n:a><n:b s:id='b'><n:a s:ref='a'/></n:b>{tail}")
                .as_bytes(),
        );
        let statements: String =
            (0..30).map(|name| format!("<n:t{name}>x</n:t{name}>").repeat(9_000)).collect();
        bears(name, "statements", format!("{head}{statements}{tail}").as_bytes());
        // Everybody has the same large thing.
        let shared: String = "<n:x><n:y>z</n:y></n:x>".repeat(2_000);
        let owners: String = (0..2_000)
            .map(|n| format!("<n:Person><n:PersonSexCode>{n}</n:PersonSexCode><n:w s:ref='big'/></n:Person>"))
            .collect();
        bears(name, "one for all", format!("{head}<n:w s:id='big'>{shared}</n:w>{owners}{tail}").as_bytes());
        // A role of a role of a role, round and round.
        let circle: String = (0..9)
            .map(|n| format!("<n:R s:id='r{n}'><n:RoleOfPerson s:ref='r{}'/></n:R>", (n + 1) % 9))
            .collect();
        bears(name, "a circle of roles", format!("{head}{circle}{tail}").as_bytes());
    }
    let packages =
        filled(LEXS.trim_end_matches("<DataItemPackage><Digest>"), "<DataItemPackage/>", "</PublishMessage>");
    let (leads, codes) = within_memory("_template/lexs", "packages", &packages);
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
}

#[test]
fn graphs_of_json_that_are_made_to_hurt() {
    let context =
        "\"@context\":{\"nc\":\"http://release.niem.gov/niem/niem-core/5.0/#\",\"uco-core\":\"http://x/\"}";
    for name in ["_template/case", "_template/niem"] {
        let head = format!("{{{context},\"@graph\":[");
        refuses(
            name,
            "depth 100,000",
            format!("{head}{}", "{\"nc:a\":".repeat(100_000)).as_bytes(),
            "too_deep",
        );
        refuses(name, "many things", &filled(&head, "{\"@id\":\"a\"},", "{}]}"), "too_many_entries");
        refuses(name, "duplicate keys", b"{\"@id\":\"a\",\"@id\":\"b\"}", "duplicate_key");
        refuses(
            name,
            "one text",
            &filled(&format!("{head}{{\"nc:a\":\""), "SECRET", "\"}]}"),
            "text_too_long",
        );
        // Lists of the longest length that is allowed, up to the limit of values.
        let things = |thing: &dyn Fn(usize) -> String, n: usize| {
            let list: Vec<String> = (0..n).map(thing).collect();
            format!("{head}{}]}}", list.join(","))
        };
        let facet = "\"uco-core:hasFacet\":{\"@type\":\"AccountFacet\",\"accountIdentifier\":\"1\"}";
        bears(
            name,
            "accounts",
            things(&|n| format!("{{\"@id\":\"a{n}\",\"@type\":\"Account\",{facet}}}"), 9_999).as_bytes(),
        );
        bears(
            name,
            "persons",
            things(&|n| format!("{{\"@id\":\"p{n}\",\"@type\":\"Person\",\"PersonName\":\"x\"}}"), 9_999)
                .as_bytes(),
        );
        // Each is a lead: it may be long, and ends in time.
        let investigation = |n: usize| {
            format!("{{\"@id\":\"i{n}\",\"@type\":\"Investigation\",\"object\":{{\"@id\":\"i0\"}}}}")
        };
        within_memory(name, "investigations of the same", things(&investigation, 9_999).as_bytes());
        bears(
            name,
            "relationships of one",
            things(
                &|n| format!("{{\"@id\":\"r{n}\",\"@type\":\"Relationship\",\"source\":{{\"@id\":\"p\"}},\"target\":{{\"@id\":\"r{}\"}}}}", n + 1),
                9_999,
            )
            .as_bytes(),
        );
        bears(
            name,
            "facets of one",
            things(
                &|n| format!("{{\"@id\":\"a{n}\",\"@type\":\"File\",\"hasFacet\":{{\"@id\":\"a0\"}}}}"),
                9_999,
            )
            .as_bytes(),
        );
        let bomb = bomb(|n| {
            format!(
                "{{\"@id\":\"a{n}\",\"nc:b\":{{\"@id\":\"a{0}\"}},\"nc:c\":{{\"@id\":\"a{0}\"}}}},",
                n + 1
            )
        });
        let root =
            format!("{{{context},\"nc:Root\":{{\"nc:list\":[{bomb}{{\"@id\":\"a60\",\"nc:d\":1}}]}}}}");
        bears(name, "a bomb", root.as_bytes());
        let terms: String =
            (0..90_000).map(|n| format!("\"t{n}\":{{\"@id\":\"t{}\",\"@type\":\"@id\"}},", n + 1)).collect();
        let fields: String = (0..20_000).map(|n| format!("\"t{n}\":\"x\",")).collect();
        let bent = format!(
            "{{\"@context\":{{{terms}\"nc\":\"http://niem.gov/uco/\"}},\"nc:a\":{{{fields}\"z\":1}}}}"
        );
        assert!(bent.len() < LIMIT);
        bears(name, "a chain of terms", bent.as_bytes());
    }
}
