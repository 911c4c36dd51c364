//! Messages of the template `htcds`.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::normalise("htcds", value));
