//! Keys of changelog records: `<input topic>\0<state key>`.
//!
//! One changelog serves all input topics of a service; its partition number is the input partition's.
//! A topic name cannot hold a zero byte, so no prefix of one task is a prefix of another's.

use pipeline::{Source, Topic};

/// What begins every key of this task.
pub(crate) fn prefix(source: &Source) -> Vec<u8> {
    [topic_bytes(&source.topic), b"\0"].concat()
}

/// The changelog key of a state key.
pub(crate) fn key(source: &Source, state_key: &[u8]) -> Vec<u8> {
    [topic_bytes(&source.topic), b"\0", state_key].concat()
}

fn topic_bytes(topic: &Topic) -> &[u8] {
    topic.as_str().as_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_key_belongs_to_one_input_topic_only() {
        let (a, b) = (Source::new("leads", 0), Source::new("leads.more", 0));
        for state_key in [&b""[..], b"\0position", b".more\0x"] {
            let written = key(&a, state_key);
            assert_eq!(written.strip_prefix(prefix(&a).as_slice()), Some(state_key));
            assert_eq!(written.strip_prefix(prefix(&b).as_slice()), None);
        }
    }
}
