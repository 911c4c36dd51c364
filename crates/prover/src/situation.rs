//! One situation: a value for every fact, as the solver found it or as it is tried.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, EvalResult,
    PolicySet, Request, Response, RestrictedExpression,
};
use cedar_policy_symcc::Env;

use crate::rules::Rules;
use crate::space::{Fact, Owner};

/// A partner, a lead, and how the two stand to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Situation {
    pub(crate) partner: EntityUid,
    lead: EntityUid,
    /// In the order of the space's facts.
    pub(crate) values: Vec<usize>,
}

impl Situation {
    /// What the solver found. `None` when it does not say all of it, which would be a defect.
    pub(crate) fn of(found: &Env, rules: &Rules) -> Option<Self> {
        let (partner, lead) = (found.request.principal()?, found.request.resource()?);
        let attribute = |fact: &Fact| match fact.owner {
            Owner::Partner => found.entities.get(partner)?.attr(&fact.name)?.ok(),
            Owner::Lead => found.entities.get(lead)?.attr(&fact.name)?.ok(),
            Owner::Now => found.request.context()?.get(&fact.name),
        };
        let value = |fact: &Fact| match (attribute(fact)?, &fact.codes) {
            (EvalResult::Bool(set), None) => Some(usize::from(set)),
            (EvalResult::EntityUid(uid), Some((_, symbols))) => {
                symbols.iter().position(|symbol| symbol == uid.id().unescaped())
            }
            _ => None,
        };
        let values = rules.space.facts.iter().map(value).collect::<Option<_>>()?;
        Some(Self { partner: partner.clone(), lead: lead.clone(), values })
    }

    /// The same with another value of one fact.
    pub(crate) fn with(&self, place: usize, value: usize) -> Self {
        let mut other = self.clone();
        if let Some(old) = other.values.get_mut(place) {
            *old = value;
        }
        other
    }

    /// Whether policies allow the action.
    pub(crate) fn is_allowed(&self, rules: &Rules, action: &str, policies: &PolicySet) -> bool {
        self.ask(rules, action, policies).is_some_and(|response| response.decision() == Decision::Allow)
    }

    /// Whether a policy fails to be evaluated.
    pub(crate) fn fails(&self, rules: &Rules, action: &str, policies: &PolicySet) -> bool {
        self.ask(rules, action, policies)
            .is_some_and(|response| response.diagnostics().errors().next().is_some())
    }

    /// The policies that decide, by identifier.
    pub(crate) fn reasons(&self, rules: &Rules, action: &str, policies: &PolicySet) -> Vec<String> {
        let response = self.ask(rules, action, policies);
        let mut ids: Vec<String> =
            response.iter().flat_map(|r| r.diagnostics().reason()).map(ToString::to_string).collect();
        ids.sort();
        ids
    }

    fn ask(&self, rules: &Rules, action: &str, policies: &PolicySet) -> Option<Response> {
        let action = uid("Action", action)?;
        let mut entities = Vec::new();
        for (owner, who) in [(Owner::Partner, &self.partner), (Owner::Lead, &self.lead)] {
            let attributes: HashMap<_, _> = self.attributes(rules, owner).collect();
            entities.push(Entity::new(who.clone(), attributes, HashSet::new()).ok()?);
        }
        let entities = Entities::from_entities(entities, Some(&rules.schema)).ok()?;
        let context = Context::from_pairs(self.attributes(rules, Owner::Now)).ok()?;
        let (partner, lead) = (self.partner.clone(), self.lead.clone());
        let request = Request::new(partner, action, lead, context, Some(&rules.schema)).ok()?;
        Some(Authorizer::new().is_authorized(&request, policies, &entities))
    }

    fn attributes<'a>(
        &'a self,
        rules: &'a Rules,
        owner: Owner,
    ) -> impl Iterator<Item = (String, RestrictedExpression)> + 'a {
        let facts = rules.space.facts.iter().zip(&self.values).filter(move |(fact, _)| fact.owner == owner);
        facts.filter_map(|(fact, value)| {
            let value = match &fact.codes {
                None => RestrictedExpression::new_bool(*value == 1),
                Some((kind, _)) => RestrictedExpression::new_entity_uid(uid(kind, fact.symbol(*value))?),
            };
            Some((fact.name.clone(), value))
        })
    }
}

fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    let kind: EntityTypeName = kind.parse().ok()?;
    Some(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}
