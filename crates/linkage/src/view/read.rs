//! Reads the encoded form of a profile, that of [`Profile::encode`](crate::Profile::encode), without copying.

use crate::birth::Birth;
use crate::identifier::{Identifier, IdentifierKind};
use crate::narrative;
use crate::profile::{Sex, VERSION};

use super::{Document, Name, Person, Place, Span, View};

impl<'a> View<'a> {
    /// Reads an encoded profile in place of what this held; `None` if it is not one.
    ///
    /// A view that is read into again and again takes no memory for each.
    pub(crate) fn read(&mut self, bytes: &'a [u8]) -> Option<()> {
        self.persons.clear();
        self.names.clear();
        self.documents.clear();
        self.places.clear();
        self.identifiers.clear();
        let mut reader = Reader(bytes);
        (reader.byte()? == VERSION).then_some(())?;
        self.stated = reader.length()?;
        for _ in 0..self.stated {
            self.read_person(&mut reader)?;
        }
        for _ in 0..reader.length()? {
            self.identifiers.push(reader.identifier()?);
        }
        self.of_whole = self.read_places(&mut reader)?;
        self.narrative = match reader.byte()? {
            0 => None,
            _ => Some(narrative::View { shingles: reader.hashes()?, bands: reader.hashes()? }),
        };
        reader.0.is_empty().then_some(())
    }

    fn read_person(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        let lengths = (self.names.len(), self.documents.len(), self.places.len());
        let counts = reader.byte()? != 0;
        let person = Person {
            given: self.read_names(reader)?,
            middle: self.read_names(reader)?,
            family: self.read_names(reader)?,
            birth: Birth {
                year: u16::try_from(reader.number()?).ok()?,
                month: reader.byte()?,
                day: reader.byte()?,
            },
            age: reader.byte()?,
            sex: match reader.number()? {
                0 => Sex::Unknown,
                1 => Sex::Female,
                2 => Sex::Male,
                3 => Sex::Other,
                _ => return None,
            },
            documents: {
                let from = self.documents.len();
                for _ in 0..reader.length()? {
                    self.documents.push(Document {
                        kind: reader.text()?,
                        country: reader.text()?,
                        number: reader.text()?,
                    });
                }
                Span { from, to: self.documents.len() }
            },
            places: self.read_places(reader)?,
            employer: self.read_names(reader)?,
        };
        if counts {
            self.persons.push(person);
        } else {
            self.names.truncate(lengths.0);
            self.documents.truncate(lengths.1);
            self.places.truncate(lengths.2);
        }
        Some(())
    }

    fn read_names(&mut self, reader: &mut Reader<'a>) -> Option<Span> {
        let from = self.names.len();
        for _ in 0..reader.length()? {
            self.names.push(Name { latin: reader.text()?, native: reader.text()? });
        }
        Some(Span { from, to: self.names.len() })
    }

    fn read_places(&mut self, reader: &mut Reader<'a>) -> Option<Span> {
        let from = self.places.len();
        for _ in 0..reader.length()? {
            self.places.push(Place {
                cell: reader.number()?,
                wide: reader.number()?,
                number: reader.text()?,
                street: reader.text()?,
                unit: reader.text()?,
                locality: reader.text()?,
                postcode: reader.text()?,
                region: reader.text()?,
            });
            let _country = reader.text()?;
        }
        Some(Span { from, to: self.places.len() })
    }
}

/// What is left of the bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Seven bits of a byte, the lowest first; the eighth says that more follow.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let mut number = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.bytes(length)
    }

    fn eight(&mut self) -> Option<u64> {
        let (taken, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*taken))
    }

    fn hashes(&mut self) -> Option<&'a [[u8; 4]]> {
        let (hashes, rest) = self.text()?.as_chunks::<4>();
        rest.is_empty().then_some(hashes)
    }

    fn identifier(&mut self) -> Option<Identifier> {
        let kind = *IdentifierKind::ALL.get(self.length()?)?;
        let (digest, weak) = (self.eight()?, self.eight()?);
        Some(Identifier { kind, digest, weak, partial: self.byte()? != 0 })
    }
}
