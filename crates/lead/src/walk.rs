//! One walk over a lead's content gives facts and redaction, so the two can never disagree.
//!
//! Every field of a classified record declares its class in the [`classified!`] macro; a field
//! without one does not compile. A leaf's classes are that of its field and those of the person that
//! its record refers to.

use crate::class::{ClassSet, FieldClass};
use crate::facts::FactSink;
use crate::person::Persons;

/// A value that a field holds: nothing, or one or more atoms, each of which is one fact.
pub trait Atom {
    /// Calls `each` with the canonical bytes of every atom; never when the value is absent.
    fn atoms(&self, each: &mut dyn FnMut(&[u8]));
}

impl Atom for String {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        if !self.is_empty() {
            each(self.as_bytes());
        }
    }
}

impl Atom for bool {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        each(&[u8::from(*self)]);
    }
}

impl Atom for i32 {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        each(&self.to_be_bytes());
    }
}

impl Atom for i64 {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        each(&self.to_be_bytes());
    }
}

impl Atom for f64 {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        each(&self.to_bits().to_be_bytes());
    }
}

impl<T: Atom> Atom for Option<T> {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        if let Some(value) = self {
            value.atoms(each);
        }
    }
}

impl<T: Atom> Atom for Vec<T> {
    fn atoms(&self, each: &mut dyn FnMut(&[u8])) {
        for value in self {
            value.atoms(each);
        }
    }
}

/// Where the walk stands: whom values here are about.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Every person of the lead.
    pub persons: &'a Persons,
    /// Classes of the person that this record refers to; empty when it refers to nobody.
    pub about: ClassSet,
    /// The role of that person: the same phone of a victim and of a subject are two facts.
    pub role: &'static str,
}

/// How a leaf field is classified.
#[derive(Debug, Clone, Copy)]
pub struct Leaf {
    /// The class of the field.
    pub class: FieldClass,
    /// Whether its atoms are facts (for coverage).
    pub fact: bool,
    /// Whether the value may speak of anybody in the lead, as free text does.
    pub all_persons: bool,
}

impl Leaf {
    /// All classes of a value here.
    pub fn classes(self, place: &Place<'_>) -> ClassSet {
        let about = if self.all_persons { place.persons.everybody() } else { place.about };
        about.with(self.class)
    }
}

/// A record whose fields are classified, or a list or option of such records.
pub trait Classified {
    /// Collects the facts of every value.
    fn facts(&self, place: &Place<'_>, sink: &mut FactSink);

    /// Clears every value that needs a class outside `permitted`, counting what was cleared.
    fn retain(&mut self, place: &Place<'_>, permitted: ClassSet, cleared: &mut usize);

    /// Whether nothing is left.
    fn is_blank(&self) -> bool;
}

impl<T: Classified> Classified for Option<T> {
    fn facts(&self, place: &Place<'_>, sink: &mut FactSink) {
        if let Some(value) = self {
            value.facts(place, sink);
        }
    }

    fn retain(&mut self, place: &Place<'_>, permitted: ClassSet, cleared: &mut usize) {
        if let Some(value) = self {
            value.retain(place, permitted, cleared);
            if value.is_blank() {
                *self = None;
            }
        }
    }

    fn is_blank(&self) -> bool {
        self.is_none()
    }
}

impl<T: Classified> Classified for Vec<T> {
    fn facts(&self, place: &Place<'_>, sink: &mut FactSink) {
        for value in self {
            value.facts(place, sink);
        }
    }

    fn retain(&mut self, place: &Place<'_>, permitted: ClassSet, cleared: &mut usize) {
        self.retain_mut(|value| {
            value.retain(place, permitted, cleared);
            !value.is_blank()
        });
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

/// Collects the facts of a leaf; used by [`classified!`].
pub fn leaf_facts(value: &impl Atom, path: &'static str, leaf: Leaf, place: &Place<'_>, sink: &mut FactSink) {
    if leaf.fact {
        let classes = leaf.classes(place);
        value.atoms(&mut |atom| sink.add(path, place.role, classes, atom));
    }
}

/// Clears a leaf that is not permitted; used by [`classified!`].
pub fn leaf_retain<T: Default + PartialEq>(
    value: &mut T,
    leaf: Leaf,
    place: &Place<'_>,
    permitted: ClassSet,
    cleared: &mut usize,
) {
    if !leaf.classes(place).within(permitted) && *value != T::default() {
        *value = T::default();
        *cleared += 1;
    }
}

/// Defines a record with classified fields. Each field is `leaf(Class)`, `leaf(Class, no_fact)`,
/// `leaf(Class, no_fact, all_persons)`, or `nested`. `about` says whom the record's values are
/// about: `nobody` (inherits from where it stands), `own` (it is a person), `by_ref` (its field
/// `person_ref`; tied to nobody means anybody).
macro_rules! classified {
    (@leaf $class:ident) => { $crate::walk::Leaf { class: $crate::class::FieldClass::$class, fact: true, all_persons: false } };
    (@leaf $class:ident, no_fact) => { $crate::walk::Leaf { class: $crate::class::FieldClass::$class, fact: false, all_persons: false } };
    (@leaf $class:ident, all_persons) => { $crate::walk::Leaf { class: $crate::class::FieldClass::$class, fact: true, all_persons: true } };
    (@leaf $class:ident, no_fact, all_persons) => { $crate::walk::Leaf { class: $crate::class::FieldClass::$class, fact: false, all_persons: true } };

    (@about nobody $this:ident $place:ident) => {{ let _ = $this; *$place }};
    (@about own $this:ident $place:ident) => { $place.persons.place_of_person($this) };
    (@about by_ref $this:ident $place:ident) => { $place.persons.place_of($this.person_ref.as_deref()) };

    (@facts $this:ident $record:ident $field:ident $place:ident $sink:ident leaf($($rule:tt)+)) => {
        $crate::walk::leaf_facts(&$this.$field, concat!(stringify!($record), ".", stringify!($field)),
            $crate::walk::classified!(@leaf $($rule)+), $place, $sink)
    };
    (@facts $this:ident $record:ident $field:ident $place:ident $sink:ident nested) => {
        $crate::walk::Classified::facts(&$this.$field, $place, $sink)
    };

    (@retain $this:ident $field:ident $place:ident $permitted:ident $cleared:ident leaf($($rule:tt)+)) => {
        $crate::walk::leaf_retain(&mut $this.$field, $crate::walk::classified!(@leaf $($rule)+), $place, $permitted, $cleared)
    };
    (@retain $this:ident $field:ident $place:ident $permitted:ident $cleared:ident nested) => {
        $crate::walk::Classified::retain(&mut $this.$field, $place, $permitted, $cleared)
    };

    (@properties $about:ident leaf($($rule:tt)+)) => {{
        let leaf = $crate::walk::classified!(@leaf $($rule)+);
        let mut properties = vec![("leadshare.class", serde_json::json!(leaf.class.name()))];
        if !leaf.fact { properties.push(("leadshare.fact", false.into())); }
        let person = if leaf.all_persons { "all" } else { stringify!($about) };
        if person != "nobody" { properties.push(("leadshare.person", person.into())); }
        properties
    }};
    (@properties $about:ident nested) => { Vec::<(&str, serde_json::Value)>::new() };

    ($(#[doc = $doc:literal])+ about($about:ident) struct $name:ident {
        $($(#[doc = $fdoc:literal])+ $field:ident : $ty:ty = $kind:ident $(($($rule:tt)+))?,)*
    }) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name { $($(#[doc = $fdoc])+ pub $field: $ty,)* }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), " { .. }"))
            }
        }

        impl $crate::walk::Classified for $name {
            fn facts(&self, place: &$crate::walk::Place<'_>, sink: &mut $crate::facts::FactSink) {
                let this = self;
                let place = &$crate::walk::classified!(@about $about this place);
                $($crate::walk::classified!(@facts this $name $field place sink $kind $(($($rule)+))?);)*
            }

            fn retain(&mut self, place: &$crate::walk::Place<'_>, permitted: $crate::class::ClassSet, cleared: &mut usize) {
                let this = &*self;
                let place = &$crate::walk::classified!(@about $about this place);
                let this = self;
                $($crate::walk::classified!(@retain this $field place permitted cleared $kind $(($($rule)+))?);)*
            }

            fn is_blank(&self) -> bool {
                *self == Self::default()
            }
        }

        impl $crate::schema::AvroType for $name {
            fn schema(defined: &mut $crate::schema::Defined) -> serde_json::Value {
                defined.once(stringify!($name), |defined| {
                    let fields = vec![$($crate::schema::field::<$ty>(
                        defined, stringify!($field), &[$($fdoc),+],
                        &$crate::walk::classified!(@properties $about $kind $(($($rule)+))?),
                    ),)*];
                    $crate::schema::record(stringify!($name), &[$($doc),+], fields)
                })
            }
        }
    };
}

pub(crate) use classified;
