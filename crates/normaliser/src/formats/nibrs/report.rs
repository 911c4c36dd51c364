//! A `Report` of the XML form: its parts, and what they refer to.

use std::collections::{HashMap, HashSet};

use pipeline::Reason;
use roxmltree::Node;
use vrl::value::{ObjectMap, Value};

use super::nodes::{self, Nodes};
use super::{Group, age, doubts, is_action, is_person, numbered, put, put_list, put_object, text_of};
use crate::formats::xml;
use crate::reason::ReasonCode;
use crate::warning::WarningCode;

/// The entry of a report, or why it has none. The outer error is one of the whole message.
pub(super) fn entry(node: Node<'_, '_>, nodes: &mut Nodes<'_>) -> Result<Result<ObjectMap, Reason>, Reason> {
    let mut entry = ObjectMap::new();
    header(node, nodes, &mut entry)?;
    let Some(group) = group(node, text_of(&entry, "report_category")) else {
        let expected = "expected a group A incident report, a group B arrest report or a zero report";
        return Ok(Err(xml::at(node, ReasonCode::OtherDocument, expected)));
    };
    if !is_action(text_of(&entry, "action")) {
        let expected = "expected a report with an action of I, A, M, R, D or W";
        return Ok(Err(xml::at(node, ReasonCode::OtherDocument, expected)));
    }
    put(&mut entry, "group", group.name());
    let mut report = Report { nodes, persons: HashMap::new(), warnings: Vec::new() };
    report.incident(node, &mut entry)?;
    report.parts(node, group, &mut entry)?;
    let rest = report.nodes.rest(node)?;
    put_list(&mut entry, "details", rest);
    let warnings = report.warnings;
    doubts::add(&mut entry, warnings);
    Ok(Ok(entry))
}

fn header(node: Node<'_, '_>, nodes: &mut Nodes<'_>, entry: &mut ObjectMap) -> Result<(), Reason> {
    const AGENCY: &str = "ReportHeader/ReportingAgency/OrganizationAugmentation";
    nodes.put(
        entry,
        node,
        &[
            ("report_category", "ReportHeader/NIBRSReportCategoryCode"),
            ("action", "ReportHeader/ReportActionCategoryCode"),
            ("report_month", "ReportHeader/ReportDate/YearMonthDate"),
            ("report_month", "ReportHeader/ReportDate/Date"),
            ("ori", &[AGENCY, "/OrganizationORIIdentification/IdentificationID"].concat()),
            ("city_indicator", &[AGENCY, "/DirectReportingCityIdentification/IdentificationID"].concat()),
            ("judicial_district", &[AGENCY, "/JudicialDistrictCode"].concat()),
        ],
    )
}

/// The group that the report names, or else the only one that has what it holds.
fn group(node: Node<'_, '_>, category: &str) -> Option<Group> {
    let category = category.to_ascii_uppercase();
    let has = |name: &str| node.children().any(|child| child.tag_name().name() == name);
    match category.as_str() {
        named if named.starts_with("GROUP A") => Some(Group::A),
        named if named.starts_with("GROUP B") => Some(Group::B),
        named if named.starts_with("ZERO") => Some(Group::Zero),
        "" if has("Incident") => Some(Group::A),
        "" if has("Arrest") => Some(Group::B),
        _ => None,
    }
}

/// Everything that is read of one report.
struct Report<'r, 'l, 'a, 'i> {
    nodes: &'r mut Nodes<'l>,
    /// Persons under their identifiers.
    persons: HashMap<&'a str, Node<'a, 'i>>,
    warnings: Vec<String>,
}

/// Something in a report under the identifiers that refer to it: its own, and that of the person in the role.
#[derive(Default)]
struct Named<'a> {
    items: Vec<ObjectMap>,
    index: HashMap<&'a str, usize>,
}

impl<'a> Named<'a> {
    /// Of two with one identifier the first is meant.
    fn add(&mut self, item: ObjectMap, names: [Option<&'a str>; 2]) {
        for name in names.into_iter().flatten() {
            self.index.entry(name).or_insert(self.items.len());
        }
        self.items.push(item);
    }
}

/// A role with the texts that it takes from its own element: fields of one text, and lists.
struct Role {
    element: &'static str,
    part: &'static str,
    texts: &'static [(&'static str, &'static str)],
    lists: &'static [(&'static str, &'static str)],
}

const VICTIM: Role = Role {
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

const OFFENDER: Role = Role {
    element: "Subject",
    part: "offender",
    texts: &[("number", "SubjectSequenceNumberText")],
    lists: &[],
};

const ARRESTEE: Role = Role {
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
    fn warn(&mut self, code: WarningCode, path: &str) {
        self.warnings.push(format!("{}:{path}", code.code()));
    }

    fn incident(&mut self, node: Node<'a, 'i>, entry: &mut ObjectMap) -> Result<(), Reason> {
        self.nodes.put(
            entry,
            node,
            &[
                ("incident_number", "Incident/ActivityIdentification/IdentificationID"),
                ("report_date_indicator", "Incident/IncidentAugmentation/IncidentReportDateIndicator"),
                ("cargo_theft", "Incident/IncidentAugmentation/OffenseCargoTheftIndicator"),
            ],
        )?;
        let mut clearance = ObjectMap::new();
        self.nodes.put(
            &mut clearance,
            node,
            &[
                ("code", "Incident/IncidentAugmentation/IncidentExceptionalClearanceCode"),
                ("date", "Incident/IncidentAugmentation/IncidentExceptionalClearanceDate/Date"),
                ("date", "Incident/IncidentAugmentation/IncidentExceptionalClearanceDate/DateTime"),
            ],
        )?;
        put_object(entry, "clearance", clearance);
        // The more exact date counts; one that it does not begin with is another.
        let mut dates = Vec::new();
        for form in ["DateTime", "Date", "YearMonthDate", "YearDate"] {
            dates.append(&mut self.nodes.texts(node, &["Incident/ActivityDate/", form].concat())?);
        }
        let mut dates = dates.into_iter();
        let Some(date) = dates.next() else { return Ok(()) };
        put(entry, "incident_date", &date);
        let others: Vec<Value> =
            dates.filter(|other| !date.starts_with(other.as_str())).map(Value::from).collect();
        if !others.is_empty() {
            self.warn(WarningCode::StatementsContradict, "source.incident_at");
        }
        put_list(entry, "other_incident_dates", others);
        Ok(())
    }

    fn parts(&mut self, node: Node<'a, 'i>, group: Group, entry: &mut ObjectMap) -> Result<(), Reason> {
        for person in self.nodes.children(node, "Person")? {
            if let Some(id) = nodes::id(person)
                && self.persons.insert(id, person).is_some()
            {
                self.warn(WarningCode::StatementsContradict, "persons");
            }
        }
        let mut offenses = self.offenses(node)?;
        self.locations(node, &mut offenses, entry)?;
        let mut victims = self.role(node, &VICTIM)?;
        let offenders = self.role(node, &OFFENDER)?;
        let mut arrestees = self.role(node, &ARRESTEE)?;
        self.officers(node, &mut victims)?;
        self.victims_of_offenses(node, &offenses, &mut victims)?;
        self.relationships(node, &offenders, &mut victims)?;
        self.arrests(node, group, &mut arrestees, entry)?;
        put_list(entry, "properties", numbered(self.properties(node)?));
        put_list(entry, "offenses", numbered(offenses.items));

        let (victims, other_victims) = victims.items.into_iter().partition::<Vec<_>, _>(is_person);
        let is_known = |offender: &ObjectMap| text_of(offender, "number").bytes().any(|b| b != b'0');
        let (offenders, unknown) = offenders.items.into_iter().partition::<Vec<_>, _>(is_known);
        let persons = victims.into_iter().chain(offenders).chain(arrestees.items);
        put_list(entry, "persons", persons.map(Value::Object).collect());
        put_list(entry, "other_victims", other_victims.into_iter().map(Value::Object).collect());
        let numbers = unknown.iter().map(|offender| Value::from(text_of(offender, "number")));
        put_list(entry, "unknown_offenders", numbers.collect());
        Ok(())
    }

    fn offenses(&mut self, node: Node<'a, 'i>) -> Result<Named<'a>, Reason> {
        let mut offenses = Named::default();
        for offense in self.nodes.children(node, "Offense")? {
            let mut fields = ObjectMap::new();
            self.nodes.put(
                &mut fields,
                offense,
                &[
                    ("code", "OffenseUCRCode"),
                    ("attempted", "OffenseAttemptedIndicator"),
                    ("premises_entered", "OffenseStructuresEnteredQuantity"),
                    ("method_of_entry", "OffenseEntryPoint/PassagePointMethodCode"),
                ],
            )?;
            self.nodes.put_lists(
                &mut fields,
                offense,
                &[
                    ("suspected_using", "OffenseFactor/OffenseFactorCode"),
                    ("criminal_activity", "CriminalActivityCategoryCode"),
                    ("weapons", "OffenseForce/ForceCategoryCode"),
                    ("bias", "OffenseFactorBiasMotivationCode"),
                ],
            )?;
            put_list(&mut fields, "details", self.nodes.rest(offense)?);
            offenses.add(fields, [nodes::id(offense), None]);
        }
        Ok(offenses)
    }

    /// Gives each offence the type of its location, and the report its judicial district.
    fn locations(
        &mut self,
        node: Node<'a, 'i>,
        offenses: &mut Named<'a>,
        entry: &mut ObjectMap,
    ) -> Result<(), Reason> {
        let mut locations = HashMap::new();
        for location in self.nodes.children(node, "Location")? {
            self.nodes.put(
                entry,
                location,
                &[("judicial_district", "LocationLocale/JudicialDistrictCode")],
            )?;
            if let Some(id) = nodes::id(location) {
                locations.entry(id).or_insert(location);
            }
        }
        for association in self.nodes.children(node, "OffenseLocationAssociation")? {
            let found = self.referred(association, "Offense", &offenses.index)?;
            let places = self.referred(association, "Location", &locations)?;
            if found.is_empty() || places.is_empty() {
                self.warn(WarningCode::ReferenceUnresolved, "other");
            }
            for offense in found {
                for place in &places {
                    self.nodes.write("")?;
                    let types = self.nodes.texts(*place, "LocationCategoryCode")?;
                    append(offenses, offense, "location_type", types.into_iter().map(Value::from));
                }
            }
        }
        Ok(())
    }

    /// Everybody in a role, with the data of the person.
    fn role(&mut self, node: Node<'a, 'i>, role: &Role) -> Result<Named<'a>, Reason> {
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

    /// Officers among the victims.
    fn officers(&mut self, node: Node<'a, 'i>, victims: &mut Named<'a>) -> Result<(), Reason> {
        for official in self.nodes.children(node, "EnforcementOfficial")? {
            let victim = self.referred(official, "RoleOfPerson", &victims.index)?.into_iter().next();
            let Some(victim) = victim.and_then(|index| victims.items.get_mut(index)) else {
                self.warn(WarningCode::ReferenceUnresolved, "persons");
                continue;
            };
            let mut officer = ObjectMap::new();
            self.nodes.put(
                &mut officer,
                official,
                &[
                    ("activity", "EnforcementOfficialActivityCategoryCode"),
                    ("assignment", "EnforcementOfficialAssignmentCategoryCode"),
                    (
                        "ori",
                        "EnforcementOfficialUnit/OrganizationAugmentation/OrganizationORIIdentification/IdentificationID",
                    ),
                ],
            )?;
            put_list(&mut officer, "details", self.nodes.rest(official)?);
            put_object(victim, "officer", officer);
        }
        Ok(())
    }

    /// Gives each victim the codes of the offences that it suffered.
    fn victims_of_offenses(
        &mut self,
        node: Node<'a, 'i>,
        offenses: &Named<'a>,
        victims: &mut Named<'a>,
    ) -> Result<(), Reason> {
        for association in self.nodes.children(node, "OffenseVictimAssociation")? {
            let suffered = self.referred(association, "Offense", &offenses.index)?;
            let by = self.referred(association, "Victim", &victims.index)?;
            if suffered.is_empty() || by.is_empty() {
                self.warn(WarningCode::ReferenceUnresolved, "persons");
            }
            for offense in suffered.into_iter().filter_map(|index| offenses.items.get(index)) {
                let code = text_of(offense, "code");
                for victim in &by {
                    self.nodes.write(code)?;
                    append(victims, *victim, "offense_codes", [Value::from(code)]);
                }
            }
        }
        Ok(())
    }

    /// Gives each victim the relationships to offenders.
    fn relationships(
        &mut self,
        node: Node<'a, 'i>,
        offenders: &Named<'a>,
        victims: &mut Named<'a>,
    ) -> Result<(), Reason> {
        for association in self.nodes.children(node, "SubjectVictimAssociation")? {
            let to = self.referred(association, "Subject", &offenders.index)?;
            let of = self.referred(association, "Victim", &victims.index)?;
            if to.is_empty() || of.is_empty() {
                // The code stays with what nobody read.
                self.warn(WarningCode::ReferenceUnresolved, "persons");
                continue;
            }
            let codes = self.nodes.texts(association, "VictimToSubjectRelationshipCode")?;
            for offender in to.into_iter().filter_map(|index| offenders.items.get(index)) {
                let number = text_of(offender, "number");
                for victim in &of {
                    self.nodes.write("")?;
                    let mut relationships = Vec::new();
                    for code in &codes {
                        self.nodes.write(number)?;
                        self.nodes.write(code)?;
                        let mut relationship = ObjectMap::new();
                        put(&mut relationship, "offender", number);
                        put(&mut relationship, "code", code);
                        relationships.push(Value::Object(relationship));
                    }
                    append(victims, *victim, "relationships", relationships);
                }
            }
        }
        Ok(())
    }

    /// Gives each arrestee the arrests, and the entry those of nobody; of group B the first arrest numbers the report.
    fn arrests(
        &mut self,
        node: Node<'a, 'i>,
        group: Group,
        arrestees: &mut Named<'a>,
        entry: &mut ObjectMap,
    ) -> Result<(), Reason> {
        let mut arrests = Named::default();
        for arrest in self.nodes.children(node, "Arrest")? {
            let mut fields = ObjectMap::new();
            self.nodes.put(
                &mut fields,
                arrest,
                &[
                    ("number", "ActivityIdentification/IdentificationID"),
                    ("date", "ActivityDate/Date"),
                    ("date", "ActivityDate/DateTime"),
                    ("type", "ArrestCategoryCode"),
                    ("multiple_arrestees", "ArrestSubjectCountCode"),
                ],
            )?;
            self.nodes.put_lists(&mut fields, arrest, &[("charges", "ArrestCharge/ChargeUCRCode")])?;
            put_list(&mut fields, "details", self.nodes.rest(arrest)?);
            arrests.add(fields, [nodes::id(arrest), None]);
        }
        let associations = self.nodes.children(node, "ArrestSubjectAssociation")?;
        let mut pairs = Vec::new();
        for association in &associations {
            let activities = self.referred(*association, "Activity", &arrests.index)?;
            let subjects = self.referred(*association, "Subject", &arrestees.index)?;
            if activities.is_empty() || subjects.is_empty() {
                self.warn(WarningCode::ReferenceUnresolved, "persons");
            }
            for arrest in activities {
                for arrestee in &subjects {
                    self.nodes.write("")?;
                    pairs.push((arrest, *arrestee));
                }
            }
        }
        // One arrest without associations is that of everybody arrested.
        if associations.is_empty() && arrests.items.len() == 1 {
            pairs = (0..arrestees.items.len()).map(|arrestee| (0, arrestee)).collect();
        }
        let mut held = HashSet::new();
        for (index, arrestee) in pairs {
            let Some(arrest) = arrests.items.get(index) else { continue };
            let copy = Value::Object(arrest.clone());
            self.nodes.write_all(&copy)?;
            append(arrestees, arrestee, "arrests", [copy]);
            held.insert(index);
        }
        if group == Group::B
            && let Some(arrest) = arrests.items.first()
        {
            put(entry, "arrest_number", text_of(arrest, "number"));
            put(entry, "arrest_date", text_of(arrest, "date"));
        }
        let of_nobody = arrests.items.into_iter().enumerate().filter(|(index, _)| !held.contains(index));
        put_list(entry, "arrests", of_nobody.map(|(_, arrest)| Value::Object(arrest)).collect());
        Ok(())
    }

    fn properties(&mut self, node: Node<'a, 'i>) -> Result<Vec<ObjectMap>, Reason> {
        let mut elements = self.nodes.children(node, "Item")?;
        elements.append(&mut self.nodes.children(node, "Substance")?);
        let mut properties = Vec::new();
        for element in elements {
            let (mut property, mut item, mut drug) = (ObjectMap::new(), ObjectMap::new(), ObjectMap::new());
            self.nodes.put(
                &mut property,
                element,
                &[("status", "ItemStatus/ItemStatusCode"), ("quantity", "ItemQuantity")],
            )?;
            self.nodes.put(
                &mut item,
                element,
                &[
                    ("description", "ItemCategoryNIBRSPropertyCategoryCode"),
                    ("value", "ItemValue/ItemValueAmount/Amount"),
                ],
            )?;
            let mut dates = self.nodes.texts(element, "ItemValue/ItemValueDate/Date")?;
            dates.append(&mut self.nodes.texts(element, "ItemValue/ItemValueDate/DateTime")?);
            put_list(&mut item, "date_recovered", dates.into_iter().map(Value::from).collect());
            self.nodes.put(
                &mut drug,
                element,
                &[
                    ("type", "DrugCategoryCode"),
                    ("quantity", "SubstanceQuantityMeasure/MeasureDecimalValue"),
                    ("quantity", "SubstanceQuantityMeasure/MeasureIntegerValue"),
                    ("unit", "SubstanceQuantityMeasure/SubstanceUnitCode"),
                ],
            )?;
            let list = |of: ObjectMap| if of.is_empty() { Vec::new() } else { vec![Value::Object(of)] };
            put_list(&mut property, "items", list(item));
            put_list(&mut property, "drugs", list(drug));
            put_list(&mut property, "details", self.nodes.rest(element)?);
            properties.push(property);
        }
        Ok(properties)
    }

    /// What the elements of a name in an association refer to.
    fn referred<T: Copy>(
        &mut self,
        association: Node<'a, 'i>,
        name: &str,
        targets: &HashMap<&str, T>,
    ) -> Result<Vec<T>, Reason> {
        let elements = self.nodes.children(association, name)?;
        let references: Vec<&str> = elements.into_iter().filter_map(nodes::reference).collect();
        let found: Vec<T> =
            references.iter().filter_map(|reference| targets.get(reference).copied()).collect();
        // One of several that leads nowhere is as much a doubt as one alone.
        if !found.is_empty() && found.len() < references.len() {
            self.warn(WarningCode::ReferenceUnresolved, "persons");
        }
        Ok(found)
    }
}

/// Adds to a list of an item.
fn append(named: &mut Named<'_>, index: usize, name: &str, values: impl IntoIterator<Item = Value>) {
    let Some(item) = named.items.get_mut(index) else { return };
    match item.get_mut(name) {
        Some(Value::Array(list)) => list.extend(values),
        _ => put_list(item, name, values.into_iter().collect()),
    }
}
