//! Hashes of files: the name of the algorithm, and whether the value can be one of its values.

use lead::thing::FileHash;

use crate::warning::WarningCode;

/// Algorithms with hexadecimal values of one length.
const HEXADECIMAL: &[(&str, &str, usize)] = &[
    ("MD5", "MD5", 32),
    ("SHA1", "SHA-1", 40),
    ("SHA224", "SHA-224", 56),
    ("SHA256", "SHA-256", 64),
    ("SHA384", "SHA-384", 96),
    ("SHA512", "SHA-512", 128),
    ("PDQ", "PDQ", 64),
];

pub(super) fn canonicalise(hash: &mut FileHash) -> Option<WarningCode> {
    let value = hash.value.expose().trim();
    if value.is_empty() {
        hash.fits = false;
        return None;
    }
    let plain: String =
        hash.algorithm.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let is_hexadecimal = value.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some((_, name, length)) = HEXADECIMAL.iter().find(|(known, ..)| *known == plain) {
        hash.algorithm = (*name).to_owned();
        hash.fits = is_hexadecimal && value.len() == *length;
        // In another case it is the same value; of what does not fit nothing is changed.
        if hash.fits {
            hash.value = value.to_ascii_lowercase().into();
        }
        return (!hash.fits).then_some(WarningCode::HashDoesNotFit);
    }
    hash.algorithm = hash.algorithm.trim().to_ascii_uppercase();
    if plain == "PHOTODNA" {
        // 144 bytes, in hexadecimal or base64.
        let is_base64 = value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
        hash.fits = (is_hexadecimal && value.len() == 288) || (is_base64 && value.len() == 192);
        return (!hash.fits).then_some(WarningCode::HashDoesNotFit);
    }
    hash.fits = false;
    Some(WarningCode::HashAlgorithmUnknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_fits_its_algorithm_or_is_no_key() {
        let sha256 = "ABCDEF1234567890".repeat(4);
        for (algorithm, value, name, fits, warning) in [
            ("md5", "E86FDC2283AFF4179685F2A918A769EB", "MD5", true, None),
            ("sha256", sha256.as_str(), "SHA-256", true, None),
            ("SHA-256", sha256.as_str(), "SHA-256", true, None),
            ("SHA1", sha256.as_str(), "SHA-1", false, Some(WarningCode::HashDoesNotFit)),
            ("MD5", "zz", "MD5", false, Some(WarningCode::HashDoesNotFit)),
            ("PhotoDNA", "hash_value_1", "PHOTODNA", false, Some(WarningCode::HashDoesNotFit)),
            ("ssdeep", "3:a:b", "SSDEEP", false, Some(WarningCode::HashAlgorithmUnknown)),
        ] {
            let mut hash = FileHash { algorithm: algorithm.into(), value: value.into(), fits: !fits };
            assert_eq!(canonicalise(&mut hash), warning, "{algorithm}");
            assert_eq!((hash.algorithm.as_str(), hash.fits), (name, fits), "{algorithm}");
            let expected = if fits { value.to_ascii_lowercase() } else { value.to_owned() };
            assert_eq!(hash.value, expected.into(), "{algorithm}");
        }
    }
}
