//! IP addresses: canonical text, and whether they can be anybody's in particular.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lead::value::IpAddress;

use crate::warning::WarningCode;

pub(super) fn canonicalise(ip: &mut IpAddress) -> Option<WarningCode> {
    if ip.text.is_empty() {
        ip.text = ip.address.clone().unwrap_or_default();
    }
    match ip.text.expose().trim().parse::<IpAddr>() {
        Ok(address) => {
            ip.address = Some(address.to_string().into());
            ip.routable = is_routable(address);
            None
        }
        Err(_) => {
            ip.address = None;
            ip.routable = false;
            (!ip.text.is_empty()).then_some(WarningCode::IpNotValid)
        }
    }
}

/// Whether an address is routed in the internet (IANA's registries of special addresses).
fn is_routable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_routable_v4(v4),
        IpAddr::V6(v6) => is_routable_v6(v6),
    }
}

fn is_routable_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = a == 0
        || a >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || (a == 100 && (64..128).contains(&b)) // shared by carriers
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)); // benchmarks
    !reserved
}

fn is_routable_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_routable_v4(v4);
    }
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second <= 0x0fff);
    let protocols = first == 0x2001 && second < 0x0200;
    global && !documentation && !protocols
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_what_is_not_routed() {
        for (text, canonical, routable) in [
            ("8.8.8.8", "8.8.8.8", true),
            ("192.0.1.1", "192.0.1.1", true),
            ("192.168.1.100", "192.168.1.100", false),
            ("10.0.0.50", "10.0.0.50", false),
            ("172.16.0.1", "172.16.0.1", false),
            ("172.32.0.1", "172.32.0.1", true),
            ("127.0.0.1", "127.0.0.1", false),
            ("169.254.1.1", "169.254.1.1", false),
            ("100.64.0.1", "100.64.0.1", false),
            ("192.0.2.45", "192.0.2.45", false),
            ("198.51.100.22", "198.51.100.22", false),
            ("203.0.113.9", "203.0.113.9", false),
            ("198.18.0.1", "198.18.0.1", false),
            ("0.0.0.0", "0.0.0.0", false),
            ("255.255.255.255", "255.255.255.255", false),
            ("2001:4860:4860:0:0:0:0:8888", "2001:4860:4860::8888", true),
            ("2001:DB8::1", "2001:db8::1", false),
            ("3fff::1", "3fff::1", false),
            ("::1", "::1", false),
            ("fe80::1", "fe80::1", false),
            ("fd00::1", "fd00::1", false),
            ("ff02::1", "ff02::1", false),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.1", false),
        ] {
            let mut ip = IpAddress { text: text.into(), routable: true, ..IpAddress::default() };
            assert_eq!(canonicalise(&mut ip), None, "{text}");
            assert_eq!(ip.address, Some(canonical.into()), "{text}");
            assert_eq!(ip.routable, routable, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_stays_text() {
        for text in ["256.1.1.1", "1.2.3", "010.0.0.1", "host.example", "1.2.3.4:80"] {
            let mut ip = IpAddress { text: text.into(), routable: true, ..IpAddress::default() };
            assert_eq!(canonicalise(&mut ip), Some(WarningCode::IpNotValid), "{text}");
            assert!(ip.address.is_none() && !ip.routable);
        }
    }
}
