//! Writes: each type says what it is.

use serde::ser::{Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};

use super::NotAvro;

/// Where a record's bytes go.
pub(super) struct Writer<'a>(pub(super) &'a mut Vec<u8>);

impl Writer<'_> {
    /// A zigzag varint of 64 bits.
    fn long(&mut self, value: i64) {
        let mut value = ((value << 1) ^ (value >> 63)).cast_unsigned();
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn length(&mut self, length: usize) -> Result<(), NotAvro> {
        self.long(length.try_into().map_err(|_| NotAvro)?);
        Ok(())
    }
}

/// Declares what has no place in our records.
macro_rules! impossible {
    ($($method:ident: $ty:ty,)*) => {
        $(fn $method(self, _: $ty) -> Result<(), NotAvro> {
            Err(NotAvro)
        })*
    };
}

impl<'w> Serializer for &mut Writer<'w> {
    type Ok = ();
    type Error = NotAvro;
    type SerializeSeq = Self;
    type SerializeTuple = Impossible<(), NotAvro>;
    type SerializeTupleStruct = Impossible<(), NotAvro>;
    type SerializeTupleVariant = Impossible<(), NotAvro>;
    type SerializeMap = Impossible<(), NotAvro>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), NotAvro>;

    fn serialize_bool(self, value: bool) -> Result<(), NotAvro> {
        self.0.push(u8::from(value));
        Ok(())
    }

    fn serialize_i32(self, value: i32) -> Result<(), NotAvro> {
        self.long(value.into());
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), NotAvro> {
        self.long(value);
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), NotAvro> {
        self.0.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), NotAvro> {
        self.length(value.len())?;
        self.0.extend_from_slice(value.as_bytes());
        Ok(())
    }

    fn serialize_none(self) -> Result<(), NotAvro> {
        self.long(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotAvro> {
        self.long(1);
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, place: u32, _: &'static str) -> Result<(), NotAvro> {
        self.long(place.into());
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotAvro> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        place: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotAvro> {
        self.long(place.into());
        value.serialize(self)
    }

    /// One block, then the block of none.
    fn serialize_seq(self, length: Option<usize>) -> Result<Self, NotAvro> {
        let length = length.ok_or(NotAvro)?;
        if length > 0 {
            self.length(length)?;
        }
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, NotAvro> {
        Ok(self)
    }

    impossible! {
        serialize_i8: i8, serialize_i16: i16, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_u64: u64, serialize_f32: f32, serialize_char: char, serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_unit(self) -> Result<(), NotAvro> {
        Err(NotAvro)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NotAvro> {
        Err(NotAvro)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, NotAvro> {
        Err(NotAvro)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NotAvro> {
        Err(NotAvro)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, NotAvro> {
        Err(NotAvro)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NotAvro> {
        Err(NotAvro)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl SerializeSeq for &mut Writer<'_> {
    type Ok = ();
    type Error = NotAvro;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotAvro> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), NotAvro> {
        self.long(0);
        Ok(())
    }
}

impl SerializeStruct for &mut Writer<'_> {
    type Ok = ();
    type Error = NotAvro;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), NotAvro> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), NotAvro> {
        Ok(())
    }
}
