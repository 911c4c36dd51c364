//! What a lead costs: `cargo bench -p linkage --profile dev -- 1000000 10000000`.
//!
//! For each size, with so many leads in the index, a row for each of:
//! "restore" takes encoded profiles and builds the index of them; "memory" is that of the whole process, a lead;
//! "write image" and "read image" are those of the whole index, in memory, without a disk and a digest;
//! "profile" makes a profile of texts; "assess + insert" is what one arriving lead costs; "verdicts" is a hash of
//! every assessment, so that two versions can be told to judge alike: also while leads are removed, replaced and
//! moved to other clusters.
//!
//! A lead names a person with birth date, in a third of cases a document, a home, a phone, an e-mail address, an
//! account, a place on the map and a narrative of 40 to 80 words. One in five repeats a former one with errors.
//! Names and streets are drawn so that a few are very common.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "a benchmark prints")]

mod draws;

use std::hint::black_box;

use linkage::{
    Address, Assessment, Birth, Decision, Digester, Document, Id, Identifier, Linker, Narrative, Person,
    Place, Profile, Rulebook, Sex, Table,
};

use draws::{Dice, word};

const CHUNK: u64 = 10_000;
const MEASURED: u64 = 20_000;
/// Changes of other kinds, at the end of a size.
const CHANGED: u64 = 2_000;

fn main() {
    let sizes: Vec<u64> = std::env::args().skip(1).filter_map(|a| a.replace('_', "").parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![100_000, 1_000_000] } else { sizes };
    let text = std::env::var("LINKAGE_TABLE").map_or_else(
        |_| include_str!("../../../config/matching.toml").to_owned(),
        |path| std::fs::read_to_string(path).unwrap(),
    );
    let story = Story { digester: Digester::new([3; 16]) };
    let mut linker = Linker::new(Table::parse(&text).unwrap(), Rulebook::Leads, story.digester);
    let (mut next, empty) = (0, resident_bytes());
    let (mut bytes, mut encoded_leads) = (0u64, 0u64);
    for size in sizes {
        let (mut spent, mut restored) = (0.0, 0u64);
        let more = usize::try_from(size.saturating_sub(next)).unwrap();
        let before = cpu_seconds();
        linker.reserve(more);
        spent += cpu_seconds() - before;
        while next < size {
            let last = (next + CHUNK).min(size);
            let encoded: Vec<Vec<u8>> = (next..last).map(|n| story.lead(n).encode()).collect();
            bytes += encoded.iter().map(|e| u64::try_from(e.len()).unwrap()).sum::<u64>();
            encoded_leads += last - next;
            let before = cpu_seconds();
            for (n, encoded) in (next..last).zip(&encoded) {
                linker.follow(id(n), n + 1, id(n), encoded).unwrap();
            }
            spent += cpu_seconds() - before;
            restored += last - next;
            next = last;
        }
        println!("{size} leads in the index");
        report("restore", restored, spent);
        let memory = resident_bytes() - empty;
        println!(
            "  {:16} {:>9.0} bytes a lead ({:.0} in the index, {:.0} encoded)",
            "memory",
            memory as f64 / size as f64,
            linker.index_bytes() as f64 / size as f64,
            bytes as f64 / encoded_leads as f64
        );
        image(&story, &linker, &text, size);
        let mut verdicts = measure(&story, &mut linker, &mut next);
        change(&story, &mut linker, &mut next, &mut verdicts);
        println!("  {:16} {verdicts:016x}", "verdicts");
    }
    // To take an index of millions apart would cost more than to measure it.
    std::mem::forget(linker);
}

/// Writes the index as it stands, and reads it again.
fn image(story: &Story, linker: &Linker, text: &str, leads: u64) {
    let mut image = Vec::new();
    let before = cpu_seconds();
    linker.write_image(&mut image).unwrap();
    report("write image", leads, cpu_seconds() - before);
    let table = Table::parse(text).unwrap();
    let before = std::time::Instant::now();
    let again = Linker::read_image(table, Rulebook::Leads, story.digester, &mut image.as_slice()).unwrap();
    // On several threads, so it is the time that passes.
    println!("  {:16} {:>9.2} s", "read image", before.elapsed().as_secs_f64());
    println!("  {:16} {:>9.0} bytes a lead", "image", image.len() as f64 / leads as f64);
    std::mem::forget(black_box(again));
}

/// Adds an assessment to a hash of many.
fn note(story: &Story, verdicts: &mut u64, found: &Assessment) {
    *verdicts = story.digester.of(0, &[&verdicts.to_le_bytes(), format!("{found:?}").as_bytes()]);
}

/// Removes, replaces and moves leads, and inserts others; none of it is measured.
fn change(story: &Story, linker: &mut Linker, next: &mut u64, verdicts: &mut u64) {
    for step in 0..CHANGED {
        let mut dice = Dice(*next + step);
        let chosen = id(dice.next(*next));
        // Who was removed before is absent.
        let _absent = match step % 4 {
            0 => linker.remove(chosen),
            1 => linker.replace(chosen, story.lead(dice.next(*next))),
            2 => linker.recluster(chosen, id(dice.next(*next))),
            _ => {
                let (n, profile) = (*next, story.lead(*next));
                *next += 1;
                note(story, verdicts, &linker.assess(&profile, Some(chosen)));
                linker.insert(id(n), n + 1, id(n), profile)
            }
        };
    }
    let marks: Vec<u8> = linker.hot_marks().iter().flat_map(|mark| mark.to_le_bytes()).collect();
    *verdicts = story.digester.of(0, &[&verdicts.to_le_bytes(), &marks]);
}

fn measure(story: &Story, linker: &mut Linker, next: &mut u64) -> u64 {
    let before = cpu_seconds();
    let leads: Vec<(u64, Profile)> = (*next..*next + MEASURED).map(|n| (n, story.lead(n))).collect();
    report("profile", MEASURED, cpu_seconds() - before);
    let (mut assessed, mut inserted) = (0.0, 0.0);
    let (mut compared, mut links, mut dropped, mut hot, mut verdicts) = (0, 0, 0, 0, 0);
    for (n, profile) in leads {
        let before = cpu_seconds();
        let found = black_box(linker.assess(&profile, None));
        let between = cpu_seconds();
        let joined = found.candidates.first().filter(|_| found.best == Decision::Link);
        let cluster = joined.map_or(id(n), |c| c.cluster);
        linker.insert(id(n), n + 1, cluster, profile).unwrap();
        assessed += between - before;
        inserted += cpu_seconds() - between;
        note(story, &mut verdicts, &found);
        compared += found.candidates.len();
        links += usize::from(found.best == Decision::Link);
        dropped += found.dropped;
        hot += found.hot.len();
    }
    *next += MEASURED;
    report("assess + insert", MEASURED, assessed + inserted);
    let each = |n: f64| n / MEASURED as f64;
    println!(
        "  of which assess {:.1} us, insert {:.1} us; a lead: {:.1} candidates, {:.2} hot keys, {:.1} dropped; {} linked",
        each(assessed) * 1e6,
        each(inserted) * 1e6,
        each(compared as f64),
        each(hot as f64),
        each(f64::from(dropped)),
        links
    );
    verdicts
}

fn report(what: &str, leads: u64, seconds: f64) {
    println!("  {what:16} {:>9.0} leads per CPU-second", leads as f64 / seconds);
}

fn id(n: u64) -> Id {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&n.to_le_bytes());
    id
}

/// CPU seconds of this thread. The reading itself costs some 300 ns, which is counted.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}

/// Which lead comes when. Any lead can be made again from its number alone.
struct Story {
    digester: Digester,
}

impl Story {
    fn lead(&self, n: u64) -> Profile {
        // One in five tells again what another told, with a typing error and another clause.
        let repeats = n % 5 == 4 && n > 100;
        let matter = if repeats { Dice(n).next(n) } else { n };
        let matter = if matter % 5 == 4 { matter - 1 } else { matter };
        let mut dice = Dice(matter.wrapping_mul(0xd134_2543_de82_ef95));
        let mut given = word(dice.common(4_000), 2);
        let family = word(dice.common(60_000) + 10_000, 3);
        let birth = Birth {
            year: 1950 + dice.next(60) as u16,
            month: 1 + dice.next(12) as u8,
            day: 1 + dice.next(28) as u8,
        };
        let number = dice.next(900).to_string();
        let street = word(dice.common(30_000) + 500_000, 3);
        let postcode = (10_000 + dice.common(20_000)).to_string();
        let document = format!("{:09}", dice.next(1_000_000_000));
        let phone = format!("+1713{:07}", dice.common(8_000_000));
        let email = format!("{family}{}@mail.example", dice.next(10_000));
        let handle = format!("{given}{}", dice.next(100_000));
        let cell = format!("9v{:05}", dice.common(90_000));
        let words = 40 + dice.next(40);
        let mut told: Vec<String> = (0..words).map(|_| word(dice.common(8_000), 2)).collect();
        if repeats {
            given.pop();
            told.rotate_left(7);
        }
        let home = Place::new(Address {
            number: &number,
            street: &street,
            postcode: &postcode,
            ..Address::default()
        });
        let person = Person {
            counts: true,
            birth,
            sex: if dice.next(2) == 0 { Sex::Female } else { Sex::Male },
            documents: Document::new("passport", "US", &document)
                .filter(|_| matter % 3 == 0)
                .into_iter()
                .collect(),
            places: Box::new([home]),
            ..Person::default()
        };
        let person = person.with_names(&given, "", &family, "");
        let identifiers = [
            Identifier::phone(&self.digester, &phone, "US"),
            Identifier::email(&self.digester, &email),
            Identifier::account(&self.digester, "service", &handle),
        ];
        Profile::new(
            vec![person],
            identifiers.into_iter().flatten().collect(),
            vec![Place::default().with_geohash(&self.digester, &cell)],
            Narrative::new(&self.digester, &told.join(" ")),
        )
    }
}
