//! Messages of the template `cybertip-text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::normalise("cybertip-text", value));
