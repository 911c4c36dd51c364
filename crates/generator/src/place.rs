//! Places where matters happen.

use crate::random::Random;

/// A city: name, region as its country writes it, country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct City {
    pub(crate) name: &'static str,
    pub(crate) region: &'static str,
    pub(crate) country: &'static str,
}

const fn city(name: &'static str, region: &'static str, country: &'static str) -> City {
    City { name, region, country }
}

/// More of the home country than of others, as leads are.
const CITIES: [City; 26] = [
    city("Houston", "TX", "US"),
    city("Houston", "TX", "US"),
    city("Galveston", "TX", "US"),
    city("San Antonio", "TX", "US"),
    city("El Paso", "TX", "US"),
    city("Dallas", "TX", "US"),
    city("New Orleans", "LA", "US"),
    city("Atlanta", "GA", "US"),
    city("Los Angeles", "CA", "US"),
    city("Fresno", "CA", "US"),
    city("New York", "NY", "US"),
    city("Chicago", "IL", "US"),
    city("Monterrey", "NLE", "MX"),
    city("Ciudad de México", "CMX", "MX"),
    city("Tijuana", "BCN", "MX"),
    city("Reynosa", "TAM", "MX"),
    city("Київ", "Київ", "UA"),
    city("Львів", "Львівська", "UA"),
    city("Одеса", "Одеська", "UA"),
    city("Leeds", "West Yorkshire", "GB"),
    city("London", "Greater London", "GB"),
    city("Rotterdam", "Zuid-Holland", "NL"),
    city("Manila", "NCR", "PH"),
    city("Cebu City", "Central Visayas", "PH"),
    city("Toronto", "ON", "CA"),
    city("Vancouver", "BC", "CA"),
];
const STREETS: [&str; 12] = [
    "Harbour Road",
    "Mill Lane",
    "Canal Street",
    "Airport Boulevard",
    "Station Way",
    "Old Market Street",
    "Ringway",
    "Depot Avenue",
    "River Walk",
    "Quarry Hill",
    "Lindenallee",
    "Calle del Puente",
];
const VENUES: [&str; 10] = [
    "Lantern Motel",
    "Blue Heron Inn",
    "Crossroads Lodge",
    "Saffron Spa",
    "Twin Palms Motel",
    "Night Harbour Bar",
    "Fairview Farm",
    "Ironbridge Works",
    "Hotel Miramar",
    "Juniper Nails",
];

/// A motel, a farm, a spa.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Venue {
    pub(crate) name: String,
    pub(crate) street: String,
    pub(crate) postal_code: String,
    pub(crate) city: City,
    pub(crate) phone: String,
}

impl Venue {
    pub(crate) fn new(random: &mut Random, phone: String) -> Self {
        let city = random.one(&CITIES).copied().unwrap_or(city("Houston", "TX", "US"));
        Self {
            name: format!("{} {}", random.word(&VENUES), random.between(1, 40)),
            street: street(random),
            postal_code: format!("{:05}", random.between(10_000, 99_999)),
            city,
            phone,
        }
    }
}

pub(crate) fn street(random: &mut Random) -> String {
    format!("{} {}", random.between(1, 990), random.word(&STREETS))
}
