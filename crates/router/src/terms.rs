//! How long things may take: `[release]` of leadshare.toml.

/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Times after which the router does something by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// A held release that is not approved by then is withheld.
    pub hold_millis: i64,
    /// A partner that has not answered a Cancel by then counts as unreachable.
    pub answer_millis: i64,
    /// A lead about somebody in danger now should be acknowledged by then.
    pub duty_millis: i64,
}

impl Default for Terms {
    fn default() -> Self {
        Self { hold_millis: 14 * DAY, answer_millis: 10 * DAY, duty_millis: 60 * 60 * 1_000 }
    }
}
