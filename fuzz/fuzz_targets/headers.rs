//! Headers of a record that an agency writes.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::headers(value));
