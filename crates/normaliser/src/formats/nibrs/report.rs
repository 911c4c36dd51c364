//! A `Report` of the XML form: its parts, and what they refer to.

use std::collections::HashMap;

use pipeline::Reason;
use roxmltree::Node;
use vrl::value::{ObjectMap, Value};

use self::persons::{ARRESTEE, OFFENDER, VICTIM};
use super::nodes::{self, Nodes};
use super::{Group, doubts, is_action, is_person, numbered, put, put_list, put_object, text_of};
use crate::formats::xml;
use crate::reason::ReasonCode;
use crate::warning::WarningCode;

mod associations;
mod persons;

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
}
