//! Messages of the template `nibrs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::normalise("nibrs", value));
