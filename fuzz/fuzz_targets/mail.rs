//! Messages of the template `mail`.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::normalise("mail", value));
