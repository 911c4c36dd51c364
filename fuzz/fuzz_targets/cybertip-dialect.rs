//! Messages of the template `cybertip-dialect`.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::normalise("cybertip-dialect", value));
