//! A partner as policies see it.

use std::collections::HashSet;
use std::sync::Arc;

use cedar_policy::{Entities, Entity, EntityUid};
use lead::decision::LeadFacts;
use lead::value::Country;

use crate::partner::{Partner, PartnerKind};
use crate::policy::{Policies, PolicyError};
use crate::question::{Said, attributes_of, code, uid, unfit};
use crate::ruling::{Permit, Ruling};

/// A partner as policies see it.
pub(crate) struct Principal {
    pub(crate) uid: EntityUid,
    pub(crate) entities: Entities,
    /// What policies see of it, its name aside.
    seen: Vec<(&'static str, bool)>,
    kind: PartnerKind,
    /// The place of the first partner that policies cannot tell from it.
    pub(crate) group: usize,
    pub(crate) id: Arc<str>,
    hash: String,
}

impl Principal {
    /// Whether it is this version of this partner.
    pub(crate) fn is(&self, partner: &Partner) -> bool {
        *self.id == *partner.id && self.hash == partner.hash
    }

    /// Puts those into one group whom policies cannot tell apart: alike in all they see, and not named.
    pub(crate) fn group(all: &mut [Self], named: &[String]) {
        let is_named = |principal: &Self| named.iter().any(|name| **name == *principal.id);
        for place in 0..all.len() {
            let Some((before, this)) = all.get(..=place).and_then(<[Self]>::split_last).map(|(a, b)| (b, a))
            else {
                continue;
            };
            let alike = |other: &Self| other.kind == this.kind && other.seen == this.seen && !is_named(other);
            let group = if is_named(this) { None } else { before.iter().position(alike) };
            if let Some(this) = all.get_mut(place) {
                this.group = group.unwrap_or(place);
            }
        }
    }

    /// What policies said, of this partner and these facts.
    pub(crate) fn ruling(&self, said: Said, lead: &LeadFacts) -> Ruling {
        match said {
            Said::Deny(denial) => Ruling::Deny(denial),
            Said::Grant(grant) => Ruling::Permit(Arc::new(Permit::new(&grant, &self.id, lead))),
        }
    }
}

impl Policies {
    /// A partner as policies see it.
    pub(crate) fn principal(&self, partner: &Partner, home: Country) -> Result<Principal, PolicyError> {
        let flags = [
            ("foreign", partner.is_foreign(home)),
            ("sworn", partner.sworn),
            ("law_enforcement", partner.kind.is_law_enforcement()),
            ("civil_society", partner.kind.is_civil_society()),
            ("intelligence_only", partner.is_intelligence_only()),
            ("listed_1367", partner.listed_1367),
            ("takes_exercises", partner.exercises),
            ("triage", partner.triage),
        ];
        let uid = uid("Partner", &partner.id)?;
        let attributes = attributes_of(&flags, "kind", code("Kind", partner.kind.name())?);
        let (seen, kind) = (flags.to_vec(), partner.kind);
        let entity = Entity::new(uid.clone(), attributes, HashSet::new()).map_err(unfit)?;
        let entities = Entities::from_entities([entity], Some(&self.schema)).map_err(unfit)?;
        Ok(Principal {
            uid,
            entities,
            seen,
            kind,
            group: partner.position,
            id: partner.id.as_str().into(),
            hash: partner.hash.clone(),
        })
    }
}
