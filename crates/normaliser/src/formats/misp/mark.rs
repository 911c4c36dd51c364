//! How an event may be handled: its tags and its level of distribution, and those of its parts.

use std::collections::BTreeSet;

use vrl::value::{ObjectMap, Value};

use crate::formats::marking;

/// What was seen on the event itself and on its parts.
#[derive(Default)]
pub(super) struct Marks {
    whole: BTreeSet<&'static str>,
    parts: BTreeSet<&'static str>,
    pap: Option<&'static str>,
    /// A tag of a protocol with a mark that it does not have.
    unknown: bool,
    level: Option<Option<&'static str>>,
    part_level: Option<&'static str>,
}

/// What counts of the marks, and whether some of them contradict it.
pub(super) struct Counted {
    pub(super) value: Value,
    pub(super) contradicts: bool,
    pub(super) unknown: bool,
}

impl Marks {
    pub(super) fn tag(&mut self, tag: &str, on_part: bool) {
        let seen = if on_part { &mut self.parts } else { &mut self.whole };
        if marking::is_about("TLP", tag) {
            // Nobody can say what an unknown one forbids.
            self.unknown |= marking::tlp(tag).is_none();
            seen.insert(marking::tlp(tag).unwrap_or("RED"));
        } else if marking::is_about("PAP", tag) {
            self.unknown |= marking::pap(tag).is_none();
            self.pap = marking::stricter(self.pap, Some(marking::pap(tag).unwrap_or("RED")));
        }
    }

    /// The level of distribution of the event: between which communities a server passes it on.
    pub(super) fn distribution(&mut self, level: Option<&Value>, on_part: bool) {
        let level = level.and_then(|level| match level {
            Value::Integer(number) => u8::try_from(*number).ok(),
            level => level.to_str()?.trim().parse().ok(),
        });
        let mark = match level {
            Some(0) => Some("RED"),
            // This community; a sharing group.
            Some(1 | 4) => Some("AMBER_STRICT"),
            Some(2) => Some("AMBER"),
            Some(3) => Some("GREEN"),
            _ => None,
        };
        if on_part {
            self.part_level = marking::stricter(self.part_level, mark);
        } else {
            self.level = Some(mark);
        }
    }

    /// Of all marks the strictest. An event that has neither a mark nor a level is for nobody else.
    pub(super) fn counted(&self) -> Counted {
        let strictest = |marks: &BTreeSet<&'static str>| {
            marks.iter().fold(None, |strictest, mark| marking::stricter(strictest, Some(mark)))
        };
        let (tags, level) = (strictest(&self.whole), self.level.flatten());
        let stated =
            if tags.is_none() && level.is_none() { Some("RED") } else { marking::stricter(tags, level) };
        let parts = marking::stricter(strictest(&self.parts), self.part_level);
        let tlp = marking::with_parts(stated, parts);
        let contradicts = self.whole.len() > 1 || (tags.is_some() && tags != tlp);
        let mut fields = ObjectMap::new();
        fields.extend(tlp.map(|mark| ("tlp".into(), Value::from(mark))));
        fields.extend(self.pap.map(|mark| ("pap".into(), Value::from(mark))));
        Counted { value: Value::Object(fields), contradicts, unknown: self.unknown }
    }
}
