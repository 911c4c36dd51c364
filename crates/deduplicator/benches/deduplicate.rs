//! Leads per CPU-second: `cargo bench -p deduplicator --profile dev`.
//!
//! "core" is decoded lead in, verdict out, its index in a map in memory: no codec, no transactions.
//! "memory" adds the runtime: batches, savepoints, commits, and the ordered store of the tests.
//! "fjall" is the whole service step: record bytes in, record bytes out, state on disk.
//!
//! A lead says some 50 facts. It names a subject with birth date, phone and e-mail address, a victim with month of
//! birth, a motel with its address, and tells a narrative of 60 to 100 words; half have an account and a device, a third
//! a file, a quarter a plate. Names, streets and motels are drawn so that a few are very common, and one phone in twenty
//! is a motel's desk's. One lead in five repeats: a replay, an update, a cancel, or another agency's report of the same
//! matter, which misspells a name and tells in another order. All begin with 50,000 leads in the index, or as many as
//! `-- fjall 1000000` says. In the end "fjall" is started again, from its image and without one.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "a benchmark prints")]

#[path = "../../linkage/benches/draws/mod.rs"]
mod draws;

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use deduplicator::{Assessor, Config, Deduplicator, Profiler, State};
use lead::code::MessageKind;
use lead::{Content, Lead, SiteKeys, wire};
use pipeline::{
    Action, Batch, Event, Failure, Headers, Limits, Mark, MemoryStore, NextOffset, Offset, Processor, Record,
    RecoverError, Replica, Sealed, ServiceSpec, Source, Store, StoreError, Task, Timestamp, Topic, Transport,
};
use pipeline_fjall::FjallStores;
use serde_json::json;

use draws::{Dice, word};

const BATCH: u64 = 1_000;
const INDEXED: u64 = 50_000;
const MEASURED: u64 = 50_000;
const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn main() {
    let keys = SiteKeys::new([7; 32]);
    let config = Arc::new(Config::parse(include_str!("../../../config/matching.toml")).unwrap());
    let story = Story::new();
    let sample = story.lead(1);
    println!(
        "a lead: {} facts, {} identifiers, {} bytes",
        sample.content.facts(&keys.facts).len(),
        Profiler::new(&keys, config.clone()).profile(&sample).identifiers.len(),
        wire::encode(&sample).unwrap().len()
    );
    // `-- core`, `-- memory` or `-- fjall` runs one of them.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let indexed = chosen.iter().find_map(|arg| arg.parse().ok()).unwrap_or(INDEXED);
    let wanted = |name: &str| {
        let mut names = chosen.iter().filter(|arg| arg.parse::<u64>().is_err()).peekable();
        names.peek().is_none() || names.any(|arg| arg == name)
    };
    if wanted("core") {
        core(&story, &config, &keys, indexed);
    }
    if wanted("memory") {
        in_memory(&story, &config, &keys, indexed);
    }
    if wanted("fjall") {
        on_disk(&story, &config, &keys, indexed);
    }
}

fn core(story: &Story, config: &Arc<Config>, keys: &SiteKeys, indexed: u64) {
    let mut assessor = Assessor::new(Arc::clone(config), keys.clone());
    let mut index = MapIndex::default();
    index.hashed.reserve(1 << 20);
    let mut spent = 0.0;
    for first in (0..indexed + MEASURED).step_by(usize::try_from(BATCH).unwrap()) {
        let leads: Vec<Lead> = (first..first + BATCH).map(|n| story.lead(n)).collect();
        let before = cpu_seconds();
        for (n, lead) in (first..).zip(&leads) {
            let order = lead.order.parse().unwrap();
            black_box(assessor.assess(lead, order, Offset(n), &mut index).unwrap());
            assessor.commit();
        }
        if first >= indexed {
            spent += cpu_seconds() - before;
        }
    }
    report("core", 4_000.0, spent);
    println!();
}

/// An index in memory: tables that are scanned in an ordered map, all others hashed.
#[derive(Default)]
struct MapIndex {
    hashed: HashMap<Vec<u8>, Vec<u8>, BuildHasherDefault<Digests>>,
    ordered: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// Keys end in keyed digests, which need no second hash.
#[derive(Default)]
struct Digests(u64);

impl Hasher for Digests {
    fn write(&mut self, bytes: &[u8]) {
        let table = u64::from(bytes[0]);
        self.0 = bytes.last_chunk().map_or(self.0, |c| u64::from_le_bytes(*c)) ^ (table << 40);
    }
    fn write_usize(&mut self, _: usize) {}
    fn finish(&self) -> u64 {
        self.0
    }
}

impl MapIndex {
    fn is_scanned(key: &[u8]) -> bool {
        matches!(key.first(), Some(b'c' | b'e' | b'x' | b'a'))
    }
}

impl State for MapIndex {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(if Self::is_scanned(key) { self.ordered.get(key) } else { self.hashed.get(key) }.cloned())
    }
    fn scan(&self, prefix: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let pairs = self.ordered.range(prefix.to_vec()..).take_while(|(k, _)| k.starts_with(prefix));
        Ok(pairs.take(limit).map(|(k, v)| (k.clone(), v.clone())).collect())
    }
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        if Self::is_scanned(&key) {
            self.ordered.insert(key, value);
        } else {
            self.hashed.insert(key, value);
        }
    }
    fn delete(&mut self, key: Vec<u8>) {
        if Self::is_scanned(&key) {
            self.ordered.remove(&key);
        } else {
            self.hashed.remove(&key);
        }
    }
}

fn in_memory(story: &Story, config: &Arc<Config>, keys: &SiteKeys, indexed: u64) {
    let leads = Arc::new(Mutex::new(Vec::new()));
    let core = Core { assessor: Assessor::new(Arc::clone(config), keys.clone()), leads: Arc::clone(&leads) };
    measure("memory", 4_000.0, indexed, core, Box::new(MemoryStore::default()), |n| {
        let lead = story.lead(n);
        let mut leads = leads.lock().unwrap();
        if n % BATCH == 0 {
            leads.clear();
        }
        leads.push(lead);
        None
    });
}

fn on_disk(story: &Story, config: &Arc<Config>, keys: &SiteKeys, indexed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        let stores = FjallStores::open(&dir.path().join("state"), 64 << 20).unwrap();
        let store = stores.store("deduplicator", &source()).unwrap();
        let service = Deduplicator::new(Arc::clone(config), keys.clone());
        (stores, service, store)
    };
    let (stores, service, store) = open();
    let value = |n| Some(wire::encode(&story.lead(n)).unwrap());
    let mut task = measure("fjall and codec", 2_000.0, indexed, service, Box::new(store), value);
    task.keep_image(NOW).unwrap();
    drop((task, stores));
    for from in ["from its image", "without an image"] {
        let before = Instant::now();
        let (stores, service, store) = open();
        let entries = store.size().unwrap_or_default().entries;
        let mut replica = Replica::new(service, Box::new(store));
        replica.derive().unwrap();
        // The time that passes, for an image is read by several threads.
        println!("start {from:<17} {:>6.2} s, a state of {entries} entries", before.elapsed().as_secs_f64());
        drop((replica, stores));
        let images = std::fs::read_dir(dir.path()).unwrap().flatten().map(|file| file.path());
        images.filter(|path| path.extension().is_some_and(|end| end == "images")).for_each(|path| {
            std::fs::remove_dir_all(path).unwrap();
        });
    }
}

/// The pure core: the record only says which decoded lead is meant.
struct Core {
    assessor: Assessor,
    leads: Arc<Mutex<Vec<Lead>>>,
}

impl Processor for Core {
    fn process(&mut self, record: &Record, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let leads = self.leads.lock().unwrap();
        let lead = &leads[usize::try_from(record.offset.0 % BATCH).unwrap()];
        black_box(self.assessor.assess(lead, lead.order.parse().unwrap(), record.offset, batch)?);
        Ok(())
    }
}

fn measure<P: Processor>(
    name: &str,
    floor: f64,
    indexed: u64,
    processor: P,
    store: Box<dyn Store>,
    value: impl Fn(u64) -> Option<Vec<u8>>,
) -> Task<P> {
    let spec = Arc::new(ServiceSpec {
        name: "deduplicator",
        inputs: vec![Topic::new(lead::topic::NORMALISED)],
        changelog: Topic::new("changelog"),
        dead_letters: Topic::new("dead-letters"),
    });
    let mut transport = Committing::default();
    let mut task =
        Task::open(processor, store, source(), spec, Limits::default(), NOW, &mut transport).unwrap();
    let (mut spent, mut changes, mut bytes) = (0.0, 0, 0);
    for first in (0..indexed + MEASURED).step_by(usize::try_from(BATCH).unwrap()) {
        let records: Vec<Record> = (first..first + BATCH).map(|n| record(n, value(n))).collect();
        let before = cpu_seconds();
        task.run(&records, NOW, &mut transport, &()).unwrap();
        if first >= indexed {
            spent += cpu_seconds() - before;
            changes += transport.changes;
            bytes += transport.bytes;
        }
    }
    let measured = MEASURED as f64;
    report(name, floor, spent);
    println!(
        "; a lead changes {:.1} entries, {:.0} bytes of state",
        f64::from(changes) / measured,
        f64::from(bytes) / measured
    );
    task
}

fn report(name: &str, floor: f64, spent: f64) {
    let measured = MEASURED as f64;
    print!(
        "{name:<16} {:>7.0} leads per CPU-second (floor {floor:.0}), {:.2} us",
        measured / spent,
        spent * 1e6 / measured
    );
}

/// Always commits; measures what the changelog would hold.
#[derive(Default)]
struct Committing {
    changes: u32,
    bytes: u32,
}

impl Transport for Committing {
    fn execute(&mut self, action: &Action, sealed: &Sealed) -> Event {
        if *action == Action::Commit {
            self.changes = u32::try_from(sealed.changes.len()).unwrap();
            let bytes: usize =
                sealed.changes.iter().map(|(k, v)| k.len() + v.as_ref().map_or(0, Vec::len)).sum();
            self.bytes = u32::try_from(bytes).unwrap();
            black_box(&sealed.outputs);
        }
        Event::Done
    }
    fn recover(&mut self, _: &mut dyn Store) -> Result<Option<NextOffset>, RecoverError> {
        Ok(None)
    }
    fn mark(&self) -> Option<Mark> {
        Some(Mark::default())
    }
}

fn source() -> Source {
    Source::new(lead::topic::NORMALISED, 0)
}

fn record(n: u64, value: Option<Vec<u8>>) -> Record {
    let mut headers = Headers::default();
    headers.push("leadshare-order", format!("{n}-0-0"));
    headers.push("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    Record { source: source(), offset: Offset(n), timestamp: NOW, key: None, value, headers }
}

/// CPU time of all threads of this process: user and system, of the threads that live.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let nanos: f64 = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split(' ').next()?.parse::<f64>().ok())
        .sum();
    nanos / 1e9
}

/// Which lead comes when. Any lead can be made again from its number alone.
struct Story {
    template: Content,
    keys: SiteKeys,
}

impl Story {
    fn new() -> Self {
        let template = json!({
            "source": { "kind": "TIP_LINE", "organisation": "Harbour tip line", "channel": "phone", "language": "en",
                "incident_at": { "instant": 1_700_000_000_000_000_i64, "text": "2023-11-14T22:13:20Z" } },
            "originator": { "agency_id": "harbour", "country": "US" },
            "categories": ["CHILD_SEX_TRAFFICKING"], "annotations": ["sextortion"], "offence_codes": ["64A"],
            "external_ids": [{ "scheme": "harbour", "id": "0", "relation": "case" }],
            "persons": [
                { "person_ref": "p1", "role": "SUBJECT", "minor": "NO", "age": 35, "sex": "male",
                  "names": [{ "full": "Alan Exemplar", "given": "Alan", "surname": "Exemplar" }],
                  "birth_date": { "local": "1980-03-09", "text": "9 March 1980" },
                  "appearance": [{ "name": "hair", "text": "brown" }, { "name": "height", "text": "180" }],
                  "phones": [{ "text": "202-555-0123", "country": "US" }], "emails": [{ "text": "A@Example.org" }] },
                { "person_ref": "p2", "role": "VICTIM", "age": 15, "minor": "YES", "sex": "female", "names": [{ "given": "Bea", "full": "Bea" }],
                  "nationalities": [{ "code": "MX", "text": "Mexico" }], "birth_date": { "local": "2008-03", "text": "March 2008" } },
                { "person_ref": "p3", "role": "REPORTER", "minor": "NO", "names": [{ "full": "Cem Exemplar" }] },
            ],
            "accounts": [{ "person_ref": "p2", "service": "chat.example", "display_names": ["bea"] }],
            "network_events": [{ "ip": { "address": "203.0.113.7", "text": "203.0.113.7" }, "event": "Login",
                "at": { "instant": 1_700_000_000_000_000_i64, "text": "2023-11-14T22:13:20Z" } }],
            "devices": [{ "person_ref": "p1", "id_type": "IMEI" }],
            "vehicles": [{ "person_ref": "p1", "plate": "EX-123", "description": "red saloon" }],
            "files": [{ "name": "a.jpg", "file_id": "1", "hashes": [{ "algorithm": "MD5", "fits": true }] }],
            "places": [{ "role": "incident", "name": "Harbour Motel", "street": "1 Main St", "city": "Springfield", "admin1": "TX",
                "postal_code": "00000", "country": { "code": "US", "text": "USA" } }],
            "countries_involved": ["MX", "US"],
            "handling": { "tlp": "AMBER" },
        });
        Self { template: serde_json::from_value(template).unwrap(), keys: SiteKeys::new([7; 32]) }
    }

    fn lead(&self, n: u64) -> Lead {
        // One in five repeats a lead some thousands before it.
        let before = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let original = if n % 5 == 4 { n.saturating_sub(1 + before % 20_000) / 5 * 5 } else { n };
        let repeat = if original == n { None } else { Some(before % 10) };
        let (id, matter) = if repeat.is_some_and(|r| r >= 5) { (n, original) } else { (original, original) };
        let version = if repeat.is_some_and(|r| r < 5) { n } else { original };
        let mut content = self.template.clone();
        content.external_ids[0].id = matter.to_string();
        tell(&mut content, original, repeat.is_some_and(|r| r >= 5));
        content.persons[2].names[0].full = Some(format!("Cem Exemplar {id}").into());
        let hash = if repeat.is_some_and(|r| r < 2) { original } else { version };
        let number = id.to_string();
        let content_hash = lead::ident::content_hash(&hash.to_be_bytes());
        Lead {
            lead_id: self.keys.lead_id("harbour", Some(&number), &content_hash),
            agency: "harbour".into(),
            report_number: Some(number),
            content_hash,
            order: format!("{n}-0-0"),
            message_kind: if repeat == Some(4) { MessageKind::Cancel } else { MessageKind::Report },
            content,
            ..Lead::default()
        }
    }
}

/// Writes a matter into a lead; told again it is spelled and ordered otherwise.
fn tell(content: &mut Content, matter: u64, again: bool) {
    let mut dice = Dice(matter.wrapping_mul(0xd134_2543_de82_ef95));
    let (mut given, family) = (word(dice.common(4_000), 2), word(dice.common(60_000) + 10_000, 3));
    let motel = dice.common(20_000);
    let desk = dice.next(20) == 0;
    let phone = if desk { motel } else { 1_000_000 + dice.next(8_000_000) };
    let mut words: Vec<String> = (0..60 + dice.next(40)).map(|_| word(dice.common(8_000), 2)).collect();
    if again {
        given.pop();
        words.rotate_left(7);
    }
    let subject = &mut content.persons[0];
    subject.names[0].full = Some(format!("{given} {family}").into());
    let birth = format!("{}-{:02}-{:02}", 1950 + dice.next(55), 1 + dice.next(12), 1 + dice.next(28));
    subject.birth_date.as_mut().unwrap().local = Some(birth);
    subject.phones[0].e164 = lead::value::E164::parse(&format!("+1713{phone:07}"));
    subject.emails[0].address = Some(format!("{family}{}@example.org", dice.next(10_000)).into());
    subject.names[0].given = Some(given.into());
    subject.names[0].surname = Some(family.into());
    let victim = &mut content.persons[1];
    let name = word(dice.common(4_000), 2);
    victim.names[0].given = Some(name.clone().into());
    victim.names[0].full = Some(name.clone().into());
    victim.birth_date.as_mut().unwrap().local =
        Some(format!("{}-{:02}", 2005 + dice.next(8), 1 + dice.next(12)));
    if matter.is_multiple_of(2) {
        content.accounts[0].handle = Some(format!("{name}{}", dice.next(100_000)).into());
        content.devices[0].id_value = Some(format!("35{:013}", dice.next(10_000_000_000)).into());
    }
    if matter.is_multiple_of(3) {
        content.files[0].hashes[0].value = format!("{:032x}", dice.next(u64::MAX)).into();
    }
    content.vehicles[0].plate =
        matter.is_multiple_of(4).then(|| format!("EX-{}", dice.next(1_000_000)).into());
    let mut of_motel = Dice(motel);
    let place = &mut content.places[0];
    place.name = Some(format!("{} Motel", word(motel, 3)).into());
    place.street = Some(format!("{} {}", 1 + of_motel.next(900), word(of_motel.common(30_000), 3)).into());
    place.city = Some(word(of_motel.common(3_000), 3).into());
    place.postal_code = Some(format!("{:05}", 10_000 + of_motel.common(20_000)).into());
    content.narrative = Some(words.join(" ").into());
}
