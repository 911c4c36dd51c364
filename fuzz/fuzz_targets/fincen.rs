//! Messages of the template `fincen`.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::normalise("fincen", value));
