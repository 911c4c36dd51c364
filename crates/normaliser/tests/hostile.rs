//! Every decoder against messages that are made to hurt: cut at every byte, in another encoding, deep, many, large,
//! bent at random. Each has a typed reason, no panic, and takes memory within a fixed bound.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "hostile/bundles.rs"]
mod bundles;
#[path = "hostile/graphs.rs"]
mod graphs;
#[path = "hostile/nibrs.rs"]
mod nibrs;
mod support;

#[path = "hostile/fincen.rs"]
mod fincen;
#[path = "hostile/htcds.rs"]
mod htcds;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use normaliser::{Normaliser, Outcome, REASONS, Source};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;

use support::{NOW, configured, folder, keys, record};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One source for each decoder, with a sample.
const DECODERS: &[(&str, &str)] = &[
    ("houston-tips", "01"),
    ("platform-reports", "01"),
    ("rescue-hotline", "01"),
    ("_template/nibrs", "01"),
    ("_template/case", "02"),
    ("_template/niem", "02"),
    ("_template/lexs", "02"),
    ("_template/mail", "01"),
    ("_template/cybertip-text", "01"),
    ("_template/cybertip", "02"),
    ("_template/cybertip-dialect", "02"),
    ("_template/htcds", "01"),
    ("_template/fincen", "01"),
    ("_template/stix", "02"),
    ("_template/misp", "02"),
    ("fiscalia-mx", "01"),
];
/// Decoders of JSON, which allows no byte order mark.
const JSON: &[&str] =
    &["houston-tips", "_template/case", "_template/niem", "_template/stix", "_template/misp"];
/// What says itself in which encoding it is, or is no text at all.
const NOT_UTF8: [&str; 2] = ["fiscalia-mx", "_template/mail"];
/// Texts of lines: cut, they are shorter texts.
const LINES: [&str; 2] = ["rescue-hotline", "_template/cybertip-text"];
/// The largest message.
const LIMIT: usize = 8 << 20;
/// What a message may take besides itself while it is read: 32 times the largest. The most is taken by XML of empty
/// elements, up to the limit of values.
const MEMORY_MAX: usize = 32 * LIMIT;

/// Far more than any message takes, and far less than what is not linear.
const PATIENCE: Duration = Duration::from_secs(20);

#[path = "hostile/cybertip.rs"]
mod cybertip;
#[path = "hostile/mail.rs"]
mod mail;

fn sample(name: &str, sample: &str) -> Vec<u8> {
    std::fs::read(folder(name).join(format!("{sample}.raw"))).unwrap()
}

/// Mappings take longer to compile than a case to run.
fn decoder(name: &str) -> Arc<Source> {
    static SOURCES: Mutex<BTreeMap<String, Arc<Source>>> = Mutex::new(BTreeMap::new());
    let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(sources.entry(name.to_owned()).or_insert_with(|| configured(name)))
}

/// How many leads, and the reasons of what was refused, which must be typed and must not repeat the input.
fn read(name: &str, value: &[u8]) -> (usize, Vec<&'static str>) {
    let source = decoder(name);
    let mut normaliser = Normaliser::new(Arc::clone(&source), keys());
    let outcomes = match normaliser.normalise(&record(&source, value), NOW) {
        Ok(outcomes) => outcomes,
        Err(reason) => vec![Outcome::Rejected(reason)],
    };
    let (mut leads, mut codes) = (0, Vec::new());
    for outcome in outcomes {
        match outcome {
            Outcome::Lead(_) => leads += 1,
            Outcome::NotALead(_) => {}
            Outcome::Rejected(reason) => {
                assert!(
                    REASONS.iter().any(|(code, stage, _)| *code == reason.code && *stage == reason.stage),
                    "{name}: {reason:?} is not in the table"
                );
                assert!(!reason.message.contains("SECRET"), "{name}: {}", reason.message);
                codes.push(reason.code);
            }
        }
    }
    (leads, codes)
}

/// One message that must be refused as a whole, with this reason, in bounded memory.
#[track_caller]
fn refuses(name: &str, what: &str, value: &[u8], code: &str) {
    assert_eq!(within_memory(name, what, value), (0, vec![code]), "{name}: {what}");
}

#[track_caller]
fn within_memory(name: &str, what: &str, value: &[u8]) -> (usize, Vec<&'static str>) {
    // Measured for the whole process, so one at a time.
    static ONE: Mutex<()> = Mutex::new(());
    let _turn = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    decoder(name);
    let before = MEMORY.current_usage();
    assert!(before >= value.len(), "memory is measured");
    MEMORY.reset_peak_usage();
    let began = busy();
    let result = read(name, value);
    let took = busy() - began;
    assert!(took < PATIENCE, "{name}: {what} took {took:?}");
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used < MEMORY_MAX, "{name}: {what} of {} bytes took {} MiB", value.len(), used >> 20);
    result
}

/// How long this thread was on a processor: other tests run beside this one. Where the kernel does not count, the time
/// that passed.
fn busy() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = counted.as_deref().and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| BEGAN.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// `open` so often, that what follows fills the limit.
fn filled(head: &str, part: &str, tail: &str) -> Vec<u8> {
    let times = (LIMIT - head.len() - tail.len()) / part.len();
    [head.as_bytes(), part.repeat(times).as_bytes(), tail.as_bytes()].concat()
}

#[test]
fn a_message_that_is_cut_at_any_byte_is_refused_or_is_a_shorter_table() {
    for &(name, number) in DECODERS {
        let raw = sample(name, number);
        let whole = raw.trim_ascii_end().len();
        for end in 0..whole {
            let (leads, codes) = read(name, &raw[..end]);
            if LINES.contains(&name) {
                // A table may end anywhere: rows that are whole are rows.
                assert!(leads < 2 && codes.len() <= 1, "{name} at {end}: {leads} leads, {codes:?}");
            } else {
                assert_eq!((leads, codes.len()), (0, 1), "{name} at {end}: {codes:?}");
            }
        }
    }
}

#[test]
fn another_encoding_is_named_and_never_guessed() {
    let text = |name: &str, number: &str| String::from_utf8(sample(name, number)).unwrap();
    for (name, number) in DECODERS.iter().filter(|(name, _)| !NOT_UTF8.contains(name)) {
        let text = text(name, number);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        refuses(
            name,
            "UTF-16, little endian, with its mark",
            &[&[0xff, 0xfe][..], &little].concat(),
            "not_utf8",
        );
        refuses(name, "UTF-16, big endian, with its mark", &[&[0xfe, 0xff][..], &big].concat(), "not_utf8");
        for (what, bytes) in [("little", little), ("big", big)] {
            let (leads, codes) = read(name, &bytes);
            assert_eq!((leads, codes.len()), (0, 1), "{name}: UTF-16, {what} endian, unmarked: {codes:?}");
        }
        // XML allows the mark, and spreadsheets write it; JSON does not.
        let marked = [&[0xef, 0xbb, 0xbf][..], text.as_bytes()].concat();
        match JSON.contains(name) {
            true => refuses(name, "UTF-8 with a mark", &marked, "byte_order_mark"),
            false => assert_eq!(read(name, &marked).1, [""; 0], "{name}"),
        }
        let mut latin = text.clone().into_bytes();
        let at = latin.iter().position(|byte| *byte == b'a').unwrap();
        latin[at] = 0xe4;
        refuses(name, "Latin-1", &latin, "not_utf8");
        let (leads, codes) = read(name, &[text.as_bytes(), b"\0"].concat());
        assert!(leads == 0 || codes.is_empty(), "{name}: a zero byte at the end: {codes:?}");
    }
}

#[test]
fn json_that_is_made_to_hurt() {
    let json = "houston-tips";
    for open in ["[", "{\"a\":", "[{\"a\":"] {
        refuses(json, "depth 100,000", format!("{{\"a\":{}", open.repeat(100_000)).as_bytes(), "too_deep");
    }
    refuses(json, "many values", &filled("{\"a\":[", "[0],", "[0]]}"), "too_many_entries");
    refuses(
        json,
        "values in values",
        &filled("{\"a\":[", "[0,0,0,0,0,0,0,0,0],", "[0]]}"),
        "too_many_entries",
    );
    let wide: String = (0..600_000).map(|n| format!("\"{n}\":0,")).collect();
    refuses(json, "many fields", format!("{{{wide}\"z\":0}}").as_bytes(), "too_many_values");
    refuses(json, "one text", &filled("{\"a\":\"", "SECRET", "\"}"), "text_too_long");
    refuses(json, "one text of escapes", &filled("{\"a\":\"", "\\u00e4", "\"}"), "text_too_long");
    refuses(json, "one name", &filled("{\"", "SECRET", "\":1}"), "text_too_long");
    refuses(json, "one number", &filled("{\"a\":", "7", "}"), "number_not_exact");
    refuses(json, "an exponent", b"{\"a\":1e999999999}", "number_not_exact");
    refuses(json, "white space", &filled("", " ", ""), "truncated");
    refuses(json, "one byte too many", &vec![b' '; LIMIT + 1], "too_large");
}

#[test]
fn xml_that_is_made_to_hurt() {
    let xml = "platform-reports";
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    refuses(xml, "depth 100,000", nested(100_000).as_bytes(), "too_deep");
    refuses(xml, "depth 100,000, open", "<a>".repeat(100_000).as_bytes(), "truncated");
    refuses(xml, "many elements", &filled("<r>", "<a/>", "</r>"), "too_many_values");
    // Enough to take minutes where each is compared with each other, and not hours: the test must end.
    let attributes: String = (0..100_000).map(|n| format!(" a{n}=''")).collect();
    refuses(xml, "many attributes", format!("<r{attributes}/>").as_bytes(), "too_many_values");
    let (leads, codes) = within_memory(xml, "comments", &filled("<r>", "<!-- -->", "</r>"));
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    let (leads, codes) = within_memory(xml, "instructions", &filled("<r>", "<?a b?>", "</r>"));
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    let spaces: String = (0..50_000).map(|n| format!(" xmlns:n{n}='u'")).collect();
    let (leads, codes) = within_memory(xml, "namespaces", format!("<r{spaces}><n1:a/></r>").as_bytes());
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    // Every prefix is looked for among all namespaces in scope.
    let declared =
        |level: usize| -> String { (0..32).map(|n| format!(" xmlns:n{level}x{n}='u{level}x{n}'")).collect() };
    let scopes: String = (0..60).map(|level| format!("<r{}>", declared(level))).collect();
    let (leads, codes) = within_memory(xml, "namespaces in scope", &filled(&scopes, "<n0x0:a/>", ""));
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    refuses(xml, "one text", &filled("<report><a>", "SECRET", "</a></report>"), "text_too_long");
    refuses(xml, "one attribute", &filled("<report a='", "SECRET", "'/>"), "text_too_long");
    let bomb = "<!DOCTYPE r [<!ENTITY a 'SECRET'><!ENTITY b '&a;&a;&a;&a;'>]><r>&b;</r>";
    refuses(xml, "entities of entities", bomb.as_bytes(), "document_type");
    refuses(xml, "a file of ours", b"<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>", "document_type");
    for (what, text) in [
        ("an entity that nobody declared", "<r>&SECRET;</r>"),
        ("a character that is none", "<r>&#0;</r>"),
        ("an attribute twice", "<r a='1' a='2'/>"),
        ("a prefix that nobody declared", "<x:r/>"),
        ("two roots", "<r/><r/>"),
        ("text after the root", "<r/>SECRET"),
        ("ends that are swapped", "<r><a></r></a>"),
        ("a control character", "<r>\u{1}</r>"),
    ] {
        let (leads, codes) = read(xml, text.as_bytes());
        assert!(
            leads == 0 && matches!(codes.as_slice(), ["not_xml" | "truncated" | "duplicate_key"]),
            "{what}: {codes:?}"
        );
    }
    refuses(xml, "one byte too many", &vec![b' '; LIMIT + 1], "too_large");
}

#[test]
fn tables_that_are_made_to_hurt() {
    let csv = "rescue-hotline";
    let raw = String::from_utf8(sample(csv, "01")).unwrap();
    let header = raw.lines().next().unwrap();
    let cells = header.split(',').count();
    let row = format!("{}\n", ",".repeat(cells - 1));
    let (leads, codes) = within_memory(csv, "rows of nothing", &filled(&format!("{header}\n"), &row, ""));
    assert_eq!((leads, codes), (0, vec!["too_many_entries"]));
    let one = format!("{header}\n{}\"", ",".repeat(cells - 1));
    refuses(csv, "one cell", &filled(&one, "SECRET", "\"\n"), "text_too_long");
    refuses(csv, "a cell that does not end", &filled(&one, "SECRET", ""), "truncated");
    let (leads, codes) = within_memory(csv, "quotes", &filled(&one, "\"\"", "\"\n"));
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    let (leads, codes) = within_memory(csv, "a row of cells", &filled(&format!("{header}\n"), ",", "\n"));
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    refuses(csv, "another header", &filled("", "SECRET,", "\n"), "unknown_columns");
    refuses(csv, "the header twice", format!("{header}\n{header}\n").as_bytes(), "mapping_refused");
    refuses(csv, "a column twice", format!("{header},{header}\n").as_bytes(), "unknown_columns");
    refuses(csv, "one byte too many", &vec![b','; LIMIT + 1], "too_large");
}

#[test]
fn avro_that_is_made_to_hurt() {
    let avro = "fiscalia-mx";
    let raw = sample(avro, "01");
    // A long of Avro: zigzag, seven bits a byte.
    let long = |n: i64| -> Vec<u8> {
        let mut left = ((n << 1) ^ (n >> 63)) as u64;
        let mut bytes = Vec::new();
        while left >= 0x80 {
            bytes.push((left as u8 & 0x7f) | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
        bytes
    };
    for n in [i64::MAX, i64::MIN, -1, 1 << 40, 1 << 31, 400_000_000] {
        // As the length of the first text, and as the count of every list that follows.
        for at in [6, 7, 12, 40, 80, 120].into_iter().filter(|at| *at < raw.len()) {
            let bent = [&raw[..at], &long(n), &raw[at..]].concat();
            let (_, codes) = within_memory(avro, "a length that lies", &bent);
            assert!(codes.len() <= 1, "{n} at {at}: {codes:?}");
        }
    }
    let (leads, codes) = within_memory(avro, "zeros", &filled("\0\0\0\0\u{1}", "\0", ""));
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    let (leads, codes) = within_memory(avro, "twos", &[&[0, 0, 0, 0, 1][..], &vec![2; LIMIT - 5]].concat());
    assert_eq!((leads, codes.len()), (0, 1), "{codes:?}");
    refuses(avro, "one byte too many", &vec![0; LIMIT + 1], "too_large");
}

/// A sample, bent: bytes flipped, cut out, doubled, or those of another sample put in.
fn bent() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let bends = proptest::collection::vec((any::<u16>(), any::<u16>(), 0_u8..5, any::<u8>()), 1..6);
    (0..DECODERS.len(), 0..DECODERS.len(), bends).prop_map(|(which, other, bends)| {
        let (name, number) = DECODERS[which];
        let (mut bytes, other) = (sample(name, number), sample(DECODERS[other].0, DECODERS[other].1));
        for (from, length, how, with) in bends {
            let from = usize::from(from) % bytes.len().max(1);
            let to = bytes.len().min(from + usize::from(length) % 40);
            match how {
                0 => bytes[from..to].iter_mut().for_each(|byte| *byte ^= with),
                1 => drop(bytes.drain(from..to)),
                2 => bytes.extend_from_within(from..to),
                3 => {
                    drop(bytes.splice(from..to, other[..other.len().min(usize::from(with))].iter().copied()))
                }
                _ => drop(bytes.splice(from..to, std::iter::repeat_n(with, usize::from(length) % 300))),
            }
        }
        (name, bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bent_samples_have_typed_reasons((name, bytes) in bent()) {
        read(name, &bytes);
    }
}
