//! Everybody in a report: victims, offenders and those arrested, with the data of the person in the role.

use pipeline::Reason;
use roxmltree::Node;
use vrl::value::ObjectMap;

use super::{Named, Report};
use crate::formats::nibrs::{age, nodes, put, put_list, put_object};
use crate::warning::WarningCode;

/// A role with the texts that it takes from its own element: fields of one text, and lists.
pub(super) struct Role {
    element: &'static str,
    part: &'static str,
    texts: &'static [(&'static str, &'static str)],
    lists: &'static [(&'static str, &'static str)],
}

pub(super) const VICTIM: Role = Role {
    element: "Victim",
    part: "victim",
    texts: &[
        ("number", "VictimSequenceNumberText"),
        ("victim_type", "VictimCategoryCode"),
        ("justifiable_homicide", "VictimJustifiableHomicideFactorCode"),
    ],
    lists: &[
        ("circumstances", "VictimAggravatedAssaultHomicideFactorCode"),
        ("injuries", "VictimInjury/InjuryCategoryCode"),
    ],
};

pub(super) const OFFENDER: Role = Role {
    element: "Subject",
    part: "offender",
    texts: &[("number", "SubjectSequenceNumberText")],
    lists: &[],
};

pub(super) const ARRESTEE: Role = Role {
    element: "Arrestee",
    part: "arrestee",
    texts: &[
        ("number", "ArrestSequenceID"),
        ("clearance_indicator", "ArresteeClearanceIndicator"),
        ("juvenile_disposition", "ArresteeJuvenileDispositionCode"),
        ("multiple_arrestees", "ArrestSubjectCountCode"),
    ],
    lists: &[("armed_with", "ArresteeArmedWithCode")],
};

impl<'a, 'i> Report<'_, '_, 'a, 'i> {
    /// Everybody in a role, with the data of the person.
    pub(super) fn role(&mut self, node: Node<'a, 'i>, role: &Role) -> Result<Named<'a>, Reason> {
        let mut found = Named::default();
        for element in self.nodes.children(node, role.element)? {
            let mut fields = ObjectMap::new();
            put(&mut fields, "part", role.part);
            self.nodes.put(&mut fields, element, role.texts)?;
            self.nodes.put_lists(&mut fields, element, role.lists)?;
            let refers = self.nodes.children(element, "RoleOfPerson")?.into_iter().next();
            let person_id = refers.and_then(nodes::reference);
            let person = match (person_id, refers) {
                (Some(id), _) => self.persons.get(id).copied(),
                (None, refers) => refers,
            };
            let mut rest = Vec::new();
            if let Some(person) = person {
                self.person(person, &mut fields)?;
                rest = self.nodes.rest(person)?;
            } else if person_id.is_some() {
                self.warn(WarningCode::ReferenceUnresolved, "persons");
            }
            rest.append(&mut self.nodes.rest(element)?);
            put_list(&mut fields, "details", rest);
            found.add(fields, [nodes::id(element), person_id.or_else(|| refers.and_then(nodes::id))]);
        }
        Ok(found)
    }

    fn person(&mut self, person: Node<'a, 'i>, fields: &mut ObjectMap) -> Result<(), Reason> {
        self.nodes.put(
            fields,
            person,
            &[
                ("sex", "PersonSexCode"),
                ("race", "PersonRaceNDExCode"),
                ("race", "PersonRaceCode"),
                ("ethnicity", "PersonEthnicityCode"),
                ("resident", "PersonResidentCode"),
            ],
        )?;
        // IEPD 4.0 has the injuries with the person, later ones with the victim.
        if !fields.contains_key("injuries") {
            self.nodes.put_lists(fields, person, &[("injuries", "PersonInjury/InjuryCategoryCode")])?;
        }
        let age = self.age(person)?;
        put_object(fields, "age", age);
        Ok(())
    }

    /// Years, a range of years, or a code: 4.0 has it beside the measure, later ones within. Of two ages the first
    /// counts, and the second stays with what else is said of the person.
    fn age(&mut self, person: Node<'a, 'i>) -> Result<ObjectMap, Reason> {
        const MEASURE: &str = "PersonAgeMeasure";
        let mut bounds = Vec::new();
        for bound in ["RangeMinimumIntegerValue", "RangeMaximumIntegerValue"] {
            bounds.push(self.nodes.text(person, &[MEASURE, "/MeasureIntegerRange/", bound].concat())?);
        }
        if let [low, high] = bounds.as_slice()
            && !(low.is_empty() && high.is_empty())
        {
            return Ok(age::between(low, high));
        }
        for form in [
            "PersonAgeMeasure/MeasureIntegerValue",
            "PersonAgeMeasure/MeasureValueText",
            "PersonAgeMeasure/MeasureDecimalValue",
            "PersonAugmentation/PersonAgeCode",
            "PersonAgeCode",
        ] {
            let text = self.nodes.text(person, form)?;
            if !text.is_empty() {
                return self.with_unit(person, &text);
            }
        }
        Ok(ObjectMap::new())
    }

    /// An age in months is no age in years.
    fn with_unit(&mut self, person: Node<'a, 'i>, text: &str) -> Result<ObjectMap, Reason> {
        let mut unit = String::new();
        for name in ["TimeUnitCode", "MeasureUnitText", "MeasureUnitCode"] {
            if unit.is_empty() {
                unit = self.nodes.text(person, &["PersonAgeMeasure/", name].concat())?;
            }
        }
        let lower = unit.to_ascii_lowercase();
        if unit.is_empty() || lower == "ann" || lower.starts_with("year") {
            return Ok(age::of(text));
        }
        let mut age = ObjectMap::new();
        put(&mut age, "text", &[text, " ", &unit].concat());
        Ok(age)
    }
}
