#![allow(clippy::unwrap_used, reason = "tests")]
use std::thread;

use super::*;

/// Parts of sections are many more than wait at a time, so that their memory is used again and again.
///
/// Sabotage: leave in a part, or in what lies across two, what was there before; or begin a part where the last ended.
#[test]
fn sections_of_any_length_come_back_as_they_were_written() {
    let part = u32::try_from(PART / 4).unwrap();
    let lengths = [0, 1, part - 1, part, part + 1, 100 * part + 3];
    let mut image = Vec::new();
    thread::scope(|scope| {
        let mut sections = WriteSections::new(scope);
        for length in lengths {
            let numbers: Vec<u32> = (0..length).map(|n| n ^ length).collect();
            // One byte first, so that numbers lie across parts.
            sections.section(move |out| out.bytes(&[7]).and_then(|()| out.u32s(&numbers))).unwrap();
        }
        sections.collect(&mut image).unwrap();
    });
    let read = thread::scope(|scope| {
        let mut sections = ReadSections::new(scope);
        let section = |input: &mut Reading| Ok((input.bytes(1)?.to_vec(), input.u32s()?));
        let read: Vec<_> = lengths.iter().map(|_| sections.section(section).unwrap()).collect();
        sections.distribute(&mut image.as_slice()).unwrap();
        read.into_iter().map(|section| made(section).unwrap()).collect::<Vec<_>>()
    });
    for (length, (first, numbers)) in lengths.into_iter().zip(read) {
        assert_eq!(first, [7]);
        assert!(numbers.iter().copied().eq((0..length).map(|n| n ^ length)), "a section of {length} numbers");
    }
}
