//! Claims and assumptions, as people write them, held against the schema.

use std::collections::BTreeSet;
use std::str::FromStr;

use cedar_policy::{Expression, Policy, PolicyId, PolicySet, ValidationMode, Validator};
use serde::Deserialize;

use crate::error::Error;
use crate::rules::Rules;

/// claims.toml.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// What the program guarantees of every situation.
    #[serde(default)]
    pub assume: Vec<Assumption>,
    /// What is claimed.
    pub claim: Vec<Claim>,
}

/// What the program guarantees.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// Its name.
    pub id: String,
    /// In words.
    pub text: String,
    /// As a condition of Cedar.
    pub holds: String,
}

/// What can never be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Its name.
    pub id: String,
    /// One sentence that a policy officer would say.
    pub text: String,
    /// What never happens.
    pub never: Never,
    /// In which situations; in all without it.
    #[serde(default)]
    pub when: Option<String>,
    /// Whether it holds even if everything is granted to everybody: then it is of hard stops alone.
    #[serde(default)]
    pub whatever_is_granted: bool,
}

/// What never happens: one action, or any of several, or the word `error`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Never {
    /// One.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl Never {
    /// Each by name.
    pub fn each(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Any(any) => any,
        }
    }
}

impl Claim {
    /// Whether the claim is that no policy fails to be evaluated.
    pub fn is_of_errors(&self) -> bool {
        matches!(&self.never, Never::One(word) if word == "error")
    }
}

impl Claims {
    /// Reads claims and says every fault at once.
    pub fn parse(text: &str, rules: &Rules) -> Result<Self, Error> {
        let claims: Self = toml::from_str(text)
            .map_err(|error| Error::Claims(format!("claims.toml: {}", error.to_string().trim_end())))?;
        let mut faults = Vec::new();
        let mut ids = BTreeSet::new();
        let names = claims.assume.iter().map(|a| &a.id).chain(claims.claim.iter().map(|c| &c.id));
        for id in names {
            let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if id.is_empty() || !id.chars().all(legal) {
                faults.push(format!("`{id}`: expected an id of a-z, 0-9 and -"));
            }
            if !ids.insert(id.as_str()) {
                faults.push(format!("`{id}` is there twice; ids are unique"));
            }
        }
        for assumption in &claims.assume {
            check(&assumption.id, "holds", &assumption.holds, &[], rules, &mut faults);
        }
        for claim in &claims.claim {
            claim.check(rules, &mut faults);
        }
        if claims.claim.is_empty() {
            faults.push("there is no claim".to_owned());
        }
        if faults.is_empty() {
            return Ok(claims);
        }
        let faults: Vec<_> = faults.iter().map(|fault| format!("claims.toml: {fault}")).collect();
        Err(Error::Claims(faults.join("\n")))
    }

    /// Keeps the claims of these ids; all without any.
    pub fn only(mut self, ids: &[String]) -> Result<Self, Error> {
        if let Some(unknown) = ids.iter().find(|id| !self.claim.iter().any(|claim| claim.id == **id)) {
            return Err(Error::Claims(format!("no claim `{unknown}` in claims.toml")));
        }
        self.claim.retain(|claim| ids.is_empty() || ids.contains(&claim.id));
        Ok(self)
    }
}

impl Claim {
    fn check(&self, rules: &Rules, faults: &mut Vec<String>) {
        let id = &self.id;
        if self.text.trim().is_empty() {
            faults.push(format!("`{id}`: `text` is empty; expected one sentence"));
        }
        if self.is_of_errors() {
            if self.when.is_some() || self.whatever_is_granted {
                faults.push(format!("`{id}`: never an error is of all situations; expected no `when`"));
            }
            return;
        }
        let before = faults.len();
        if self.never.each().is_empty() {
            faults.push(format!("`{id}`: `never` is empty; expected an action"));
        }
        for action in self.never.each().iter().filter(|action| !rules.has_action(action)) {
            let expected = "expected an action of leads.cedarschema, or \"error\" alone";
            faults.push(format!("`{id}`: never `{action}`: {expected}"));
        }
        if let Some(when) = self.when.as_ref().filter(|_| faults.len() == before) {
            check(id, "when", when, self.never.each(), rules, faults);
        }
    }
}

/// A condition is one expression that passes strict validation for these actions.
fn check(
    id: &str,
    field: &str,
    condition: &str,
    actions: &[String],
    rules: &Rules,
    faults: &mut Vec<String>,
) {
    let mut fault = |detail: &dyn std::fmt::Display| faults.push(format!("`{id}`: `{field}`: {detail}"));
    if let Err(error) = Expression::from_str(condition) {
        return fault(&error);
    }
    let scope: Vec<_> = actions.iter().map(|action| format!("Action::\"{action}\"")).collect();
    let scope = if scope.is_empty() { "action".into() } else { format!("action in [{}]", scope.join(", ")) };
    let policy = format!("permit (principal, {scope}, resource) when {{ {condition} }};");
    let set = Policy::parse(Some(PolicyId::new(id)), policy)
        .map_err(|error| error.to_string())
        .and_then(|policy| PolicySet::from_policies([policy]).map_err(|error| error.to_string()));
    match set {
        Err(error) => fault(&error),
        Ok(set) => {
            let found = Validator::new(rules.schema.clone()).validate(&set, ValidationMode::Strict);
            found.validation_errors().for_each(|error| fault(error));
            found.validation_warnings().for_each(|warning| fault(warning));
        }
    }
}
