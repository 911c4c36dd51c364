//! What refers to what in a report: each association puts something where it belongs.

use std::collections::{HashMap, HashSet};

use pipeline::Reason;
use roxmltree::Node;
use vrl::value::{ObjectMap, Value};

use super::{Named, Report};
use crate::formats::nibrs::{Group, nodes, put, put_list, put_object, text_of};
use crate::warning::WarningCode;

impl<'a, 'i> Report<'_, '_, 'a, 'i> {
    /// Gives each offence the type of its location, and the report its judicial district.
    pub(super) fn locations(
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

    /// Officers among the victims.
    pub(super) fn officers(&mut self, node: Node<'a, 'i>, victims: &mut Named<'a>) -> Result<(), Reason> {
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
    pub(super) fn victims_of_offenses(
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
    pub(super) fn relationships(
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
    pub(super) fn arrests(
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
