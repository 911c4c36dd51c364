//! Messages of the template `cybertip`.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::normalise("cybertip", value));
