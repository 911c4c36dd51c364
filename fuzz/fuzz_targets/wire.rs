//! Records of every subject that a service or a partner reads, in the wire format.
#![no_main]

libfuzzer_sys::fuzz_target!(|value: &[u8]| leadshare_fuzz::decode(value));
