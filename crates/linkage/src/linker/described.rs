//! What is looked up for a profile: its keys and its values.

use crate::digest::Digester;
use crate::key::{Blocking, Key, KeyKind, Keys};
use crate::posting::Lookup;
use crate::sound::Sounds;
use crate::value::{Value, Values};
use crate::view::View;

/// A profile with all that is looked up for it. It is used again and again, and takes no memory for each.
///
/// Who is assessed is mostly inserted next, so the last profile is remembered.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) encoded: Vec<u8>,
    pub(super) blocking: Blocking,
    pub(super) values: Values,
    /// Values that are counted: sorted, each once.
    pub(super) counted: Vec<Value>,
    sounds: Sounds,
}

impl Described {
    /// Describes a profile, unless it is the one that was described last.
    pub(super) fn read(&mut self, encoded: &[u8], keys: &Keys, digester: &Digester) {
        if self.encoded == encoded {
            return;
        }
        let mut view = View::default();
        // What cannot be read has no keys and no values; nothing that is inserted is so.
        if view.read(encoded).is_none() {
            view = View::default();
        }
        self.describe(&view, keys, digester);
        self.encoded.clear();
        self.encoded.extend_from_slice(encoded);
    }

    /// Describes a profile that is viewed already.
    pub(super) fn read_viewed(
        &mut self,
        encoded: Vec<u8>,
        view: &View<'_>,
        keys: &Keys,
        digester: &Digester,
    ) {
        if self.encoded != encoded {
            self.describe(view, keys, digester);
            self.encoded = encoded;
        }
    }

    fn describe(&mut self, view: &View<'_>, keys: &Keys, digester: &Digester) {
        keys.of(view, &mut self.sounds, &mut self.blocking);
        self.values.read(digester, view);
        self.values.write(view, &mut self.counted);
    }
}

impl Blocking {
    /// What is looked up in the posting lists, each with the kind of its key.
    pub(super) fn lookups(&self) -> impl Iterator<Item = (KeyKind, Lookup)> + Clone + '_ {
        let keys = self.keys.iter().map(|key| (key.kind, Lookup::Digest(key.digest)));
        let bands = self.bands.iter().enumerate();
        keys.chain(bands.map(|(band, hash)| (KeyKind::Band, Lookup::Band(band, *hash))))
    }
}

impl Keys {
    /// The key that is looked up like this.
    pub(super) fn key_of(&self, kind: KeyKind, lookup: Lookup) -> Key {
        match lookup {
            Lookup::Digest(digest) => Key { digest, kind },
            Lookup::Band(band, hash) => self.of_band(band, hash),
        }
    }
}
