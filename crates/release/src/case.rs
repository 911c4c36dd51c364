//! Cases: what policies must say of given facts. They are documentation, configuration and tests at
//! once; `config/policies/cases/<policy>.json` holds those of one policy.

use lead::decision::{LeadFacts, PartnerFacts};
use lead::{ClassSet, FieldClass};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::decide::Release;
use crate::form::Granted;
use crate::partner::Partner;
use crate::ruling::{Reason, Ruling};

/// What a case expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Expected {
    /// A copy, without anybody's approval.
    Permit,
    /// A copy, once a person approves.
    Hold,
    /// No copy.
    Deny,
}

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in words.
    pub title: String,
    /// Facts of the lead that differ from "nothing is the case".
    #[serde(default)]
    pub lead: Map<String, Json>,
    /// A partner of config/partners, or one of its own: the fields of a partner.toml.
    pub partner: Json,
    /// Facts of the partner that differ from "nothing is the case".
    #[serde(default)]
    pub facts: Map<String, Json>,
    /// What policies must say.
    pub outcome: Expected,
    /// For DENY: exactly the policies that forbid, none for "no policy permits it". Otherwise
    /// policies that must be among those that permit, hold or hide.
    #[serde(default)]
    pub policies: Vec<String>,
    /// Classes that the copy must show.
    #[serde(default)]
    pub shows: Vec<FieldClass>,
    /// Classes that it must not show.
    #[serde(default)]
    pub hides: Vec<FieldClass>,
    /// Exactly the classes that the copy may give in a coarser form; not looked at when not stated.
    pub outlines: Option<Vec<FieldClass>>,
    /// Exactly the classes that it may give as a token; not looked at when not stated.
    pub links: Option<Vec<FieldClass>>,
}

/// The cases of one policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Cases(pub Vec<Case>);

/// Why a case fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// The file is not what a case file is.
    #[error("config/policies/cases/{file}: {detail}")]
    Syntax {
        /// The file.
        file: String,
        /// What is wrong.
        detail: String,
    },
    /// Policies say something else.
    #[error("config/policies/cases/{file}: \"{title}\": expected {expected}; policies say {said}")]
    Fails {
        /// The file.
        file: String,
        /// The case.
        title: String,
        /// What was expected.
        expected: String,
        /// What policies say.
        said: String,
    },
    /// The policy has no case of one sort.
    #[error(
        "policy `{policy}` needs a case that it decides and one that it does not, in config/policies/cases/{policy}.json"
    )]
    Missing {
        /// The policy.
        policy: String,
    },
}

impl Cases {
    /// Reads a case file, named after its policy.
    pub fn parse(file: &str, text: &str) -> Result<Self, CaseError> {
        serde_json::from_str(text).map_err(|e| CaseError::Syntax { file: file.into(), detail: e.to_string() })
    }
}

impl Case {
    /// Asks the policies; returns those that decided.
    pub fn run(&self, file: &str, release: &Release) -> Result<Vec<String>, CaseError> {
        let syntax = |detail: String| CaseError::Syntax { file: file.to_owned(), detail };
        let lead: LeadFacts = facts(&self.lead, &LeadFacts::default()).map_err(syntax)?;
        let facts: PartnerFacts = facts(&self.facts, &PartnerFacts::default()).map_err(syntax)?;
        let ruling = match &self.partner {
            Json::String(id) => {
                let partner = release.partners().get(id);
                let partner =
                    partner.ok_or_else(|| syntax(format!("no partner `{id}` in config/partners")))?;
                release.rule_facts_afresh(&lead, partner, &facts)
            }
            fields => {
                let partner = Partner::from_json("case", fields).map_err(|e| syntax(e.to_string()))?;
                let policies = release.policies();
                let principal =
                    policies.principal(&partner, release.home()).map_err(|e| syntax(e.to_string()))?;
                principal.ruling(policies.evaluate(&principal, &lead, &facts), &lead)
            }
        };
        let said = Said::of(&ruling);
        if self.fits(&said) {
            return Ok(said.policies);
        }
        Err(CaseError::Fails {
            file: file.to_owned(),
            title: self.title.clone(),
            expected: format!(
                "{:?} by [{}], showing [{}], hiding [{}], outlines {}, links {}",
                self.outcome,
                self.policies.join(", "),
                names(&self.shows),
                names(&self.hides),
                exactly(self.outlines.as_deref()),
                exactly(self.links.as_deref()),
            ),
            said: format!(
                "{:?} by [{}], showing {:?}, outlines {:?}, links {:?}",
                said.outcome,
                said.policies.join(", "),
                said.classes,
                said.outlines,
                said.links
            ),
        })
    }

    fn fits(&self, said: &Said) -> bool {
        let named = |policy: &String| said.policies.contains(policy);
        self.outcome == said.outcome
            && self.policies.iter().all(named)
            && (said.outcome != Expected::Deny || self.policies.len() == said.policies.len())
            && self.shows.iter().all(|class| said.classes.contains(*class))
            && !self.hides.iter().any(|class| said.classes.contains(*class))
            && [(&self.outlines, said.outlines), (&self.links, said.links)].into_iter().all(
                |(stated, said)| {
                    stated.as_ref().is_none_or(|stated| stated.iter().copied().collect::<ClassSet>() == said)
                },
            )
    }
}

/// A ruling in the words of a case.
struct Said {
    outcome: Expected,
    policies: Vec<String>,
    classes: ClassSet,
    outlines: ClassSet,
    links: ClassSet,
}

impl Said {
    fn of(ruling: &Ruling) -> Self {
        let ids = |reasons: &[Reason]| -> Vec<String> {
            reasons.iter().filter_map(|reason| reason.policy.as_deref()).map(str::to_owned).collect()
        };
        match ruling {
            Ruling::Permit(permit) => {
                let mut policies = ids(&permit.reasons);
                policies.extend(ids(&permit.approval));
                policies.extend(permit.hidden.iter().flat_map(|hidden| ids(&hidden.reasons)));
                policies.extend(permit.outlines.iter().chain(&permit.links).flat_map(|f| ids(&f.reasons)));
                let outcome = if permit.needs_approval { Expected::Hold } else { Expected::Permit };
                let Granted { view: classes, outlines, links } = permit.granted();
                Self { outcome, policies, classes, outlines, links }
            }
            Ruling::Deny(denial) => {
                let Granted { view: classes, outlines, links } = Granted::NOTHING;
                Self { outcome: Expected::Deny, policies: ids(&denial.reasons), classes, outlines, links }
            }
            Ruling::Passing(passing) => Self::of(&Ruling::Deny(passing.denial.clone())),
        }
    }
}

fn exactly(classes: Option<&[FieldClass]>) -> String {
    classes.map_or_else(|| "any".to_owned(), |classes| format!("[{}]", names(classes)))
}

fn names(classes: &[FieldClass]) -> String {
    classes.iter().map(|class| class.name()).collect::<Vec<_>>().join(", ")
}

/// Facts from those that a case states. A name that is no fact is refused: it would state nothing.
fn facts<F>(stated: &Map<String, Json>, default: &F) -> Result<F, String>
where
    F: serde::Serialize + serde::de::DeserializeOwned,
{
    let mut all = serde_json::to_value(default).map_err(|e| e.to_string())?;
    let fields = all.as_object_mut().ok_or("facts are a record")?;
    for (name, value) in stated {
        *fields.get_mut(name).ok_or_else(|| format!("no fact is named `{name}`"))? = value.clone();
    }
    F::deserialize(all).map_err(|e| e.to_string())
}

/// Runs every case of (file name without `.json`, cases), and holds that each policy has one that it
/// decides and one that it does not. Returns every fault.
pub fn run_all(files: &[(String, Cases)], release: &Release) -> Vec<CaseError> {
    let mut faults = Vec::new();
    for policy in release.policies().ids() {
        let (mut decides, mut leaves, mut fails) = (false, false, false);
        for (_, cases) in files.iter().filter(|(file, _)| file == policy) {
            for case in &cases.0 {
                match case.run(&format!("{policy}.json"), release) {
                    Ok(policies) if policies.iter().any(|id| id == policy) => decides = true,
                    Ok(_) => leaves = true,
                    Err(fault) => {
                        fails = true;
                        faults.push(fault);
                    }
                }
            }
        }
        if !(fails || decides && leaves) {
            faults.push(CaseError::Missing { policy: policy.to_owned() });
        }
    }
    for (file, _) in files {
        if !release.policies().ids().any(|id| id == file) {
            let detail = "is named after no policy: give it the identifier of one".to_owned();
            faults.push(CaseError::Syntax { file: format!("{file}.json"), detail });
        }
    }
    faults
}
