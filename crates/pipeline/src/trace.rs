//! The trace context of W3C: passed on so that a record can be followed, never made up here.

/// The header that carries it.
pub const TRACEPARENT: &str = "traceparent";

/// Whether a text is `version-trace-parent-flags` in lower-case hexadecimal, with ids that are not all zero. Nothing
/// else of what somebody outside writes into a header travels on: it could be a person's data (PL-15).
pub fn is_traceparent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let fits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    match parts.as_slice() {
        [version, trace, parent, flags] => {
            fits(version, 2)
                && *version != "ff"
                && fits(trace, 32)
                && fits(parent, 16)
                && fits(flags, 2)
                && [trace, parent].iter().all(|id| id.bytes().any(|b| b != b'0'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_only_a_well_formed_trace() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(is_traceparent(good));
        for bad in [
            "",
            "jane doe",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            &good.to_uppercase(),
            &format!("{good}-x"),
        ] {
            assert!(!is_traceparent(bad), "{bad}");
        }
    }
}
