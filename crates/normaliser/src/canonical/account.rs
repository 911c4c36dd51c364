//! Accounts and devices: forms in which the same one is written the same way.

use lead::Personal;
use lead::thing::{Account, Device};

use crate::canonical::names::fold;
use crate::canonical::placeholders::Placeholders;

pub(super) fn canonicalise(account: &mut Account, placeholders: &Placeholders) {
    if let Some(source) = account.service_text.take().or_else(|| account.service.take()) {
        let canonical = fold(&source);
        account.service_text = (source != canonical).then_some(source);
        account.service = Some(canonical).filter(|s| !s.is_empty());
    }
    if let Some(source) = account.handle_text.take().or_else(|| account.handle.take()) {
        let trimmed = source.expose().trim();
        let canonical = trimmed.strip_prefix('@').unwrap_or(trimmed).to_lowercase();
        if placeholders.has_name(&canonical) {
            account.placeholder = true;
        }
        account.handle_text = (source.expose() != canonical).then_some(source);
        account.handle = Some(Personal::from(canonical)).filter(|h| !h.is_empty());
    }
}

pub(super) fn canonicalise_device(device: &mut Device, placeholders: &Placeholders) {
    if let Some(kind) = &mut device.id_type {
        *kind = kind.trim().to_ascii_uppercase();
    }
    let Some(source) = device.id_text.take().or_else(|| device.id_value.take()) else { return };
    let text = source.expose().trim();
    let plain = || text.chars().filter(char::is_ascii_alphanumeric);
    let canonical = match device.id_type.as_deref() {
        Some("IMEI" | "IMSI" | "MEID" | "ICCID") => plain().collect::<String>().to_ascii_uppercase(),
        Some("MAC") if plain().count() == 12 => {
            let digits: Vec<char> = plain().map(|c| c.to_ascii_lowercase()).collect();
            digits.chunks(2).map(|pair| pair.iter().collect::<String>()).collect::<Vec<_>>().join(":")
        }
        // A number with its country is written without what divides it.
        Some("MSISDN") if text.starts_with('+') => {
            let divides = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/');
            text.chars().filter(|c| !divides(*c)).collect()
        }
        Some("IDFA" | "IDFV" | "GAID" | "AAID") => text.to_ascii_lowercase(),
        _ => text.to_owned(),
    };
    if placeholders.has_number(&canonical) {
        device.placeholder = true;
    }
    device.id_text = (source.expose() != canonical).then_some(source);
    device.id_value = Some(Personal::from(canonical)).filter(|v| !v.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::placeholders::tests::shipped;

    #[test]
    fn one_account_is_written_one_way() {
        for (service, handle, canonical) in [
            ("Instagram", "@Night_Owl", ("instagram", "night_owl")),
            ("instagram", "night_owl", ("instagram", "night_owl")),
            (" Chat Example ", " ÉVA ", ("chat example", "éva")),
        ] {
            let mut account =
                Account { service: Some(service.into()), handle: Some(handle.into()), ..Account::default() };
            for _ in 0..2 {
                canonicalise(&mut account, &shipped());
                assert_eq!(account.service.as_deref(), Some(canonical.0));
                assert_eq!(account.handle, Some(canonical.1.into()));
                assert_eq!(account.service_text.as_deref(), (service != canonical.0).then_some(service));
                assert_eq!(account.handle_text, (handle != canonical.1).then(|| handle.into()));
            }
            assert!(!account.placeholder);
        }
        let mut account = Account { handle: Some("Unknown".into()), ..Account::default() };
        canonicalise(&mut account, &shipped());
        assert!(account.placeholder);
    }

    #[test]
    fn one_device_is_written_one_way() {
        for (kind, value, canonical) in [
            ("imei", "35-412345-678901-2", "354123456789012"),
            ("MAC", "00-1A-2B-3C-4D-5E", "00:1a:2b:3c:4d:5e"),
            ("IDFA", "ABCD-12", "abcd-12"),
            ("msisdn", "+1 (202) 555-0171", "+12025550171"),
            ("MSISDN", "0112-233", "0112-233"),
            ("serial", "aB-1", "aB-1"),
        ] {
            let mut device =
                Device { id_type: Some(kind.into()), id_value: Some(value.into()), ..Device::default() };
            for _ in 0..2 {
                canonicalise_device(&mut device, &shipped());
                assert_eq!(device.id_value, Some(canonical.into()), "{kind}");
                assert_eq!(device.id_text, (value != canonical).then(|| value.into()), "{kind}");
                assert!(!device.placeholder, "{kind}");
            }
        }
        let zeros = Some("00-000000-000000-0".into());
        let mut device = Device { id_type: Some("IMEI".into()), id_value: zeros, ..Device::default() };
        canonicalise_device(&mut device, &shipped());
        assert!(device.placeholder);
    }
}
