//! Messages of the template `stix`.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::normalise("stix", value));
