//! The order of versions of one lead: that of its original inbound record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::dead_letter::Header;
use crate::record::{Offset, Record, Timestamp};

/// When an entry first reached the federation: broker timestamp, offset, index in the message.
/// It is kept in the header [`Order::HEADER`] through every hop and redrive, so that a redriven
/// older version never overtakes a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Order {
    /// Append time of the inbound record.
    pub timestamp: Timestamp,
    /// Its offset, which breaks ties of the same millisecond.
    pub offset: Offset,
    /// The entry's place in a message of many.
    pub index: u32,
}

impl Order {
    /// The header that carries it.
    pub const HEADER: &'static str = "leadshare-order";

    /// The order of entry `index` of an inbound record that was read for the first time.
    pub fn of(record: &Record, index: u32) -> Self {
        Self { timestamp: record.timestamp, offset: record.offset, index }
    }

    /// The record with this order in its header and without what it claims of itself: whoever writes to us from outside
    /// may not bring an order, which a redrive of the dead letter would then make authentic.
    pub fn stamp(self, record: &Record) -> Record {
        let mut record = record.clone();
        record
            .headers
            .0
            .retain(|(name, _)| !matches!(name.as_str(), Self::HEADER | Header::REDRIVE | Header::ENTRY));
        record.headers.push(Self::HEADER, self.to_string());
        record
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.timestamp.0, self.offset.0, self.index)
    }
}

/// The text is not `timestamp-offset-index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an order: expected `timestamp-offset-index` in decimal")]
pub struct OrderError;

impl FromStr for Order {
    type Err = OrderError;

    fn from_str(text: &str) -> Result<Self, OrderError> {
        let mut parts = text.rsplitn(3, '-');
        let index = parts.next().and_then(|p| p.parse().ok()).ok_or(OrderError)?;
        let offset = parts.next().and_then(|p| p.parse().ok()).ok_or(OrderError)?;
        let timestamp = parts.next().and_then(|p| p.parse().ok()).ok_or(OrderError)?;
        Ok(Self { timestamp: Timestamp(timestamp), offset: Offset(offset), index })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_as_text_even_before_1970() {
        for (timestamp, offset, index) in [(0, 0, 0), (-5, 7, 1), (i64::MAX, u64::MAX, u32::MAX)] {
            let order = Order { timestamp: Timestamp(timestamp), offset: Offset(offset), index };
            assert_eq!(order.to_string().parse(), Ok(order));
        }
        assert_eq!("1-2".parse::<Order>(), Err(OrderError));
        assert_eq!("1-2-x".parse::<Order>(), Err(OrderError));
    }

    #[test]
    fn orders_by_time_then_offset_then_index() {
        let order = |t, o, i| Order { timestamp: Timestamp(t), offset: Offset(o), index: i };
        assert!(order(1, 9, 9) < order(2, 0, 0));
        assert!(order(1, 1, 9) < order(1, 2, 0));
        assert!(order(1, 1, 1) < order(1, 1, 2));
    }
}
