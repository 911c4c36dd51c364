//! The header of a redriven record: the order it had when it first came, and a mac that only this
//! site can write. Without it anybody who writes to an inbound topic could claim any order.

use lead::SiteKeys;
use lead::ident::hex;
use pipeline::{Header, Order};
use sha2::{Digest, Sha256};

/// The header: `<order>;<mac>`.
pub const HEADER: &str = Header::REDRIVE;

/// The value of the header for these bytes: whoever redrives a dead letter writes it.
pub fn header_value(keys: &SiteKeys, order: Order, value: &[u8]) -> String {
    let sha256 = hex(&Sha256::digest(value));
    format!("{order};{}", keys.authenticate("redrive", &format!("{order};{sha256}")))
}

/// The order in the header; `None` when this site did not write it for these bytes.
pub fn verify(keys: &SiteKeys, header: &[u8], value_sha256: &str) -> Option<Order> {
    let (order, mac) = std::str::from_utf8(header).ok()?.split_once(';')?;
    let expected = keys.authenticate("redrive", &format!("{order};{value_sha256}"));
    same(mac.as_bytes(), expected.as_bytes()).then(|| order.parse().ok()).flatten()
}

/// Compares without stopping at the first difference: the time taken says nothing about the mac.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |different, (a, b)| different | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use pipeline::{Offset, Timestamp};

    use super::*;

    #[test]
    fn holds_for_these_bytes_and_this_site_only() {
        let keys = SiteKeys::new([1; 32]);
        let order = Order { timestamp: Timestamp(5), offset: Offset(6), index: 7 };
        let header = header_value(&keys, order, b"value");
        let sha = |bytes: &[u8]| hex(&Sha256::digest(bytes));
        assert_eq!(verify(&keys, header.as_bytes(), &sha(b"value")), Some(order));
        assert_eq!(verify(&keys, header.as_bytes(), &sha(b"other")), None);
        assert_eq!(verify(&SiteKeys::new([2; 32]), header.as_bytes(), &sha(b"value")), None);
        assert_eq!(verify(&keys, header.replace("5-6-7", "9-6-7").as_bytes(), &sha(b"value")), None);
        for forged in ["", ";", "5-6-7;", "5-6-7", "x;y", "\u{e9}"] {
            assert_eq!(verify(&keys, forged.as_bytes(), &sha(b"value")), None, "{forged}");
        }
    }
}
