//! Reads: each type asks for what comes next.

use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, SeqAccess, VariantAccess, Visitor,
};

use super::NotAvro;

/// What is left of a record's bytes.
pub(super) struct Reader<'de>(pub(super) &'de [u8]);

impl<'de> Reader<'de> {
    fn take(&mut self, n: usize) -> Result<&'de [u8], NotAvro> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(NotAvro)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, NotAvro> {
        let (byte, rest) = self.0.split_first().ok_or(NotAvro)?;
        self.0 = rest;
        Ok(*byte)
    }

    /// A zigzag varint of 64 bits. Most are one byte: what is absent, short or small.
    #[inline]
    fn long(&mut self) -> Result<i64, NotAvro> {
        match self.0 {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.0 = rest;
                Ok(i64::from(*byte >> 1) ^ -i64::from(*byte & 1))
            }
            _ => self.wide_long(),
        }
    }

    fn wide_long(&mut self) -> Result<i64, NotAvro> {
        let (mut value, mut shift) = (0_u64, 0_u32);
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            if shift > 63 || (shift == 63 && bits > 1) {
                return Err(NotAvro);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
            shift += 7;
        }
    }

    fn int(&mut self) -> Result<i32, NotAvro> {
        self.long()?.try_into().map_err(|_| NotAvro)
    }

    /// The place in an enumeration or union.
    fn place(&mut self) -> Result<u32, NotAvro> {
        self.long()?.try_into().map_err(|_| NotAvro)
    }

    /// How many items the next block of an array has; none ends the array.
    fn block(&mut self) -> Result<usize, NotAvro> {
        let count = self.long()?;
        if count < 0 {
            // The block's size in bytes follows.
            self.long()?;
        }
        usize::try_from(count.unsigned_abs()).map_err(|_| NotAvro)
    }

    fn bytes(&mut self) -> Result<&'de [u8], NotAvro> {
        let length = self.long()?.try_into().map_err(|_| NotAvro)?;
        self.take(length)
    }

    fn text(&mut self) -> Result<&'de str, NotAvro> {
        std::str::from_utf8(self.bytes()?).map_err(|_| NotAvro)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = NotAvro;

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAvro> {
        match self.byte()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            _ => Err(NotAvro),
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAvro> {
        visitor.visit_i32(self.int()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAvro> {
        visitor.visit_i64(self.long()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAvro> {
        let bytes = self.take(8)?.try_into().map_err(|_| NotAvro)?;
        visitor.visit_f64(f64::from_le_bytes(bytes))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAvro> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAvro> {
        visitor.visit_borrowed_str(self.text()?)
    }

    /// A union of null and the value, in this order.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAvro> {
        match self.place()? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(self),
            _ => Err(NotAvro),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, NotAvro> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotAvro> {
        visitor.visit_seq(Items { left: self.block()?, reader: self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotAvro> {
        visitor.visit_seq(Fields { reader: self, left: fields.len() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotAvro> {
        visitor.visit_enum(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotAvro> {
        Err(NotAvro)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 char bytes byte_buf unit unit_struct tuple tuple_struct map
        identifier ignored_any
    }
}

/// The fields of a record.
struct Fields<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = NotAvro;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, NotAvro> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

/// The items of an array: blocks, each preceded by its count, until a block of none.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = NotAvro;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, NotAvro> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        // Every item takes a byte at least, so that a count that lies meets the end of the bytes.
        let before = self.reader.0.len();
        let item = seed.deserialize(&mut *self.reader)?;
        if self.reader.0.len() == before {
            return Err(NotAvro);
        }
        self.left = if left == 0 { self.reader.block()? } else { left };
        Ok(Some(item))
    }

    /// Room for the first block, and never for more items than there are bytes.
    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.reader.0.len()))
    }
}

impl<'de> EnumAccess<'de> for &mut Reader<'de> {
    type Error = NotAvro;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), NotAvro> {
        let place: U32Deserializer<NotAvro> = self.place()?.into_deserializer();
        Ok((seed.deserialize(place)?, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = NotAvro;

    fn unit_variant(self) -> Result<(), NotAvro> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, NotAvro> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, NotAvro> {
        Err(NotAvro)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, NotAvro> {
        Err(NotAvro)
    }
}
