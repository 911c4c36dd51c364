//! Reads the records of a CSV file as profiles: what the example programs have in common.

use std::collections::HashMap;

use linkage::{Address, Birth, Digester, Document, Identifier, Name, Person, Place, Profile, Sex};

/// `--name value` pairs of the command line, and the file of records.
pub(crate) fn arguments() -> (HashMap<String, String>, Option<String>) {
    let (mut named, mut file) = (HashMap::new(), None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some(name) => {
                let value = words.next().unwrap_or_else(|| panic!("--{name} needs a value"));
                named.insert(name.to_owned(), value);
            }
            None => file = Some(word),
        }
    }
    (named, file)
}

/// Where each column stands.
pub(crate) struct Columns(HashMap<String, usize>);

const KNOWN: [&str; 20] = [
    "id",
    "given",
    "family",
    "birth_date",
    "sex",
    "age",
    "street_number",
    "street",
    "address_2",
    "suburb",
    "city",
    "postcode",
    "state",
    "country",
    "document",
    "document_kind",
    "phone",
    "email",
    "employer",
    "middle",
];

impl Columns {
    pub(crate) fn read(header: &csv::StringRecord) -> Self {
        let columns: HashMap<String, usize> =
            header.iter().enumerate().map(|(at, name)| (name.trim().to_owned(), at)).collect();
        for name in columns.keys() {
            assert!(KNOWN.contains(&name.as_str()), "column `{name}` is not known; known are {KNOWN:?}");
        }
        assert!(columns.contains_key("id"), "column `id` is missing");
        Self(columns)
    }

    pub(crate) fn text<'r>(&self, row: &'r csv::StringRecord, column: &str) -> &'r str {
        self.0.get(column).and_then(|at| row.get(*at)).unwrap_or("").trim()
    }

    pub(crate) fn profile(&self, row: &csv::StringRecord, digester: &Digester) -> Profile {
        let text = |column: &str| self.text(row, column);
        let (suburb, city) = (text("suburb"), text("city"));
        let place = Place::new(Address {
            number: text("street_number"),
            street: text("street"),
            unit: text("address_2"),
            locality: if suburb.is_empty() { city } else { suburb },
            postcode: text("postcode"),
            region: text("state"),
            country: text("country"),
        });
        let person = Person {
            counts: true,
            birth: Birth::parse(text("birth_date")),
            age: text("age").parse::<f64>().map_or(0, |age| age as u8),
            sex: match text("sex").to_lowercase().as_str() {
                "f" | "female" | "w" => Sex::Female,
                "m" | "male" => Sex::Male,
                _ => Sex::Unknown,
            },
            documents: Document::new(text("document_kind"), text("country"), text("document"))
                .into_iter()
                .collect(),
            places: if place.is_missing() { Box::default() } else { Box::new([place]) },
            employer: Name::new(text("employer")).into_iter().collect(),
            ..Person::default()
        }
        .with_names(text("given"), text("middle"), text("family"), "");
        let identifiers = [
            Identifier::phone(digester, text("phone"), text("country")),
            Identifier::email(digester, text("email")),
        ];
        Profile::new(vec![person], identifiers.into_iter().flatten().collect(), Vec::new(), None)
    }
}
