//! Schema and policies, read as the services read them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cedar_policy::{
    ActionConstraint, Effect, EntityUid, Policy, PolicyId, PolicySet, RequestEnv, Schema, ValidationMode,
    Validator,
};

use crate::error::Error;
use crate::space::Space;

/// The policies of a site.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(crate) schema: Schema,
    pub(crate) set: PolicySet,
    pub(crate) space: Space,
    reasons: BTreeMap<String, String>,
}

impl Rules {
    /// Reads leads.cedarschema and every `.cedar` file of a folder.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let refused = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::Read { path, error }
        };
        let schema = dir.join("leads.cedarschema");
        let schema = fs::read_to_string(&schema).map_err(refused(&schema))?;
        let mut files = Vec::new();
        for entry in fs::read_dir(dir).map_err(refused(dir))? {
            let path = entry.map_err(refused(dir))?.path();
            if path.extension().is_some_and(|ending| ending == "cedar") {
                files.push(fs::read_to_string(&path).map_err(refused(&path))?);
            }
        }
        Self::parse(&schema, &files)
    }

    /// Reads a schema and the texts of files of policies.
    pub fn parse<T: AsRef<str>>(schema: &str, files: &[T]) -> Result<Self, Error> {
        let space = Space::parse(schema)?;
        let (schema, _) =
            Schema::from_cedarschema_str(schema).map_err(|error| Error::Schema(error.to_string()))?;
        let wrong = |error: &dyn std::error::Error| Error::Policies(error.to_string());
        let (mut set, mut reasons) = (PolicySet::new(), BTreeMap::new());
        for text in files {
            let parsed: PolicySet = text.as_ref().parse().map_err(|error| wrong(&error))?;
            if parsed.templates().next().is_some() {
                return Err(Error::Policies("there is a template".to_owned()));
            }
            for policy in parsed.policies() {
                let id = policy.annotation("id").unwrap_or_default();
                if id.is_empty() {
                    return Err(Error::Policies("there is a policy without @id".to_owned()));
                }
                reasons.insert(id.to_owned(), policy.annotation("reason").unwrap_or_default().to_owned());
                set.add(policy.new_id(PolicyId::new(id))).map_err(|error| wrong(&error))?;
            }
        }
        let found = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
        if let Some(error) = found.validation_errors().next() {
            return Err(wrong(error));
        }
        if let Some(warning) = found.validation_warnings().next() {
            return Err(wrong(warning));
        }
        Ok(Self { schema, set, space, reasons })
    }

    /// The same without one policy.
    pub fn without(&self, id: &str) -> Self {
        let mut rules = self.clone();
        let id = PolicyId::new(id);
        rules.set = collected(self.set.policies().filter(|policy| *policy.id() != id).cloned());
        rules
    }

    /// Hard stops, and the actions that each is of.
    pub fn hard_stops(&self) -> BTreeMap<String, Vec<String>> {
        let forbids = self.set.policies().filter(|policy| policy.effect() == Effect::Forbid);
        forbids.map(|policy| (policy.id().to_string(), self.actions_of(policy))).collect()
    }

    /// What an officer reads as the reason of a policy.
    pub(crate) fn reason(&self, id: &str) -> &str {
        self.reasons.get(id).map_or("", String::as_str)
    }

    pub(crate) fn has_action(&self, name: &str) -> bool {
        self.space.actions.iter().any(|action| action == name)
    }

    /// The environment of an action. The schema has one kind of partner and of lead, so there is one.
    pub(crate) fn environment(&self, action: &str) -> Option<RequestEnv> {
        self.schema.request_envs().find(|env| env.action().id().unescaped() == action)
    }

    /// Partners whom policies name.
    pub(crate) fn names(&self, partner: &EntityUid) -> bool {
        self.set.policies().any(|policy| policy.entity_literals().contains(partner))
    }

    fn actions_of(&self, policy: &Policy) -> Vec<String> {
        let named = |action: &EntityUid| action.id().unescaped().to_owned();
        let actions = match policy.action_constraint() {
            ActionConstraint::Any => return self.space.actions.clone(),
            ActionConstraint::Eq(action) => vec![named(&action)],
            ActionConstraint::In(actions) => actions.iter().map(named).collect(),
        };
        // What names a group may be of any action.
        let groups = actions.iter().any(|action| !self.has_action(action));
        if groups { self.space.actions.clone() } else { actions }
    }
}

/// A set of policies, whose identifiers are known to differ.
pub(crate) fn collected(policies: impl IntoIterator<Item = Policy>) -> PolicySet {
    PolicySet::from_policies(policies).unwrap_or_default()
}
