//! The world: matters, with the values that reports of them may name.

use crate::random::Random;

/// Area codes; with 555-0100 to 555-0199 each gives a hundred numbers that nobody has.
const AREAS: [&str; 48] = [
    "201", "202", "203", "205", "206", "207", "208", "209", "210", "212", "213", "214", "215", "216", "217",
    "281", "301", "303", "305", "310", "312", "313", "314", "323", "346", "401", "402", "404", "405", "407",
    "408", "409", "410", "412", "414", "415", "504", "505", "512", "602", "615", "702", "713", "718", "801",
    "817", "832", "915",
];
const GIVEN: [&str; 16] = [
    "Tamsin", "Orla", "Quillon", "Bexley", "Marisol", "Odalys", "Wren", "Calder", "Ximena", "Lazaro",
    "Perpetua", "Iver", "Saoirse", "Anselmo", "Fenna", "Dario",
];
const FAMILY: [&str; 16] = [
    "Quillfeather",
    "Marrowby",
    "Tanglewood",
    "Oakhollow",
    "Verdugal",
    "Pedrosillo",
    "Ashcombe",
    "Finchley-Roe",
    "Montesol",
    "Larkspur",
    "Brindlewick",
    "Casaluz",
    "Thornebury",
    "Valdemora",
    "Winterhay",
    "Estrellado",
];
const SERVICES: [&str; 4] = ["chirpline", "fotolink", "parley", "gamebarn"];
const CITIES: [(&str, &str, &str); 8] = [
    ("Houston", "TX", "US"),
    ("Galveston", "TX", "US"),
    ("San Antonio", "TX", "US"),
    ("El Paso", "TX", "US"),
    ("Monterrey", "NLE", "MX"),
    ("Ciudad de México", "CMX", "MX"),
    ("Tijuana", "BCN", "MX"),
    ("Reynosa", "TAM", "MX"),
];

/// What a matter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    SexTrafficking,
    ChildSexTrafficking,
    LabourTrafficking,
    OnlineEnticement,
}

/// A person of a matter.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
    pub(crate) age: Option<u64>,
}

/// A matter: one truth, of which reports tell parts.
#[derive(Debug, Clone)]
pub(crate) struct Matter {
    pub(crate) id: u64,
    pub(crate) theme: Theme,
    pub(crate) subject: Figure,
    pub(crate) victim: Option<Figure>,
    pub(crate) phones: Vec<String>,
    pub(crate) handles: Vec<(&'static str, String)>,
    pub(crate) email: String,
    pub(crate) plate: String,
    pub(crate) file_sha256: String,
    pub(crate) city: (&'static str, &'static str, &'static str),
    pub(crate) day: u64,
}

impl Matter {
    pub(crate) fn new(id: u64, random: &mut Random) -> Self {
        let theme = match random.below(4) {
            0 => Theme::SexTrafficking,
            1 => Theme::ChildSexTrafficking,
            2 => Theme::LabourTrafficking,
            _ => Theme::OnlineEnticement,
        };
        let subject = figure(random, 19, 60);
        let is_child = matches!(theme, Theme::ChildSexTrafficking | Theme::OnlineEnticement);
        let victim = random
            .chance(700)
            .then(|| figure(random, if is_child { 11 } else { 18 }, if is_child { 17 } else { 45 }));
        let handle = |random: &mut Random| {
            let service = random.word(&SERVICES);
            (service, format!("{}_{}{:05}", subject.given.to_lowercase(), random.hex(2), id % 100_000))
        };
        let handles = vec![handle(random), handle(random)];
        Self {
            id,
            theme,
            phones: vec![phone(random), phone(random)],
            handles,
            email: format!("{}.{id}@example.org", subject.given.to_lowercase()),
            plate: format!("{}-{:04}", random.hex(3).to_uppercase(), random.below(10_000)),
            file_sha256: random.hex(64),
            city: random
                .index(CITIES.len())
                .and_then(|at| CITIES.get(at))
                .copied()
                .unwrap_or(("Houston", "TX", "US")),
            day: random.below(330),
            victim,
            subject,
        }
    }
}

/// A number as people write it, without the country.
fn phone(random: &mut Random) -> String {
    format!("({}) 555-01{:02}", random.word(&AREAS), random.below(100))
}

/// The number of the hotline, which stands in reports of every matter.
pub(crate) const HOTLINE: &str = "(713) 555-0199";

fn figure(random: &mut Random, youngest: u64, oldest: u64) -> Figure {
    let age = random.between(youngest, oldest);
    Figure {
        given: random.word(&GIVEN),
        family: random.word(&FAMILY),
        age: random.chance(550).then_some(age),
    }
}
