//! The entries of a message: one, or one for each of its investigations.

use std::collections::BTreeSet;

use pipeline::Reason;
use vrl::value::{ObjectMap, Value};

use crate::digest;
use crate::formats::case::read;
use crate::formats::case::thing::{Class, Things};
use crate::formats::graph::{Graph, Id, too_many_items, too_many_values};
use crate::formats::json;
use crate::source::Limits;

/// What belongs to one entry.
pub(super) type Part = BTreeSet<Id>;

/// The entries. What no investigation reaches is an entry of its own: it may belong to any, and is said of none.
pub(super) fn of(graph: &Graph<'_>, things: &Things<'_, '_>) -> Result<Vec<Part>, Reason> {
    let all: Part =
        graph.ids().filter(|thing| graph.is_described(*thing) && things.stands_alone(*thing)).collect();
    let class_of = |thing: Id| things.class(thing);
    let investigations: Vec<Id> =
        all.iter().copied().filter(|thing| class_of(*thing) == Class::Investigation).collect();
    if investigations.len() < 2 {
        return Ok(vec![all]);
    }
    if investigations.len() > graph.limits().entries {
        return Err(too_many_items());
    }
    // Relationships belong to what they relate.
    let mut related: Vec<Vec<Id>> = vec![Vec::new(); graph.ids().len()];
    for relation in graph.ids().filter(|thing| class_of(*thing) == Class::Relationship) {
        for (_, end) in graph.held(relation) {
            if let Some(list) = related.get_mut(end) {
                list.push(relation);
            }
        }
    }
    let mut parts = Vec::new();
    let mut reached = Part::new();
    let mut work = 0;
    for investigation in investigations {
        let mut part = Part::new();
        let mut open = vec![investigation];
        while let Some(thing) = open.pop() {
            let other =
                thing != investigation && matches!(class_of(thing), Class::Investigation | Class::Bundle);
            if other || !part.insert(thing) {
                continue;
            }
            let near = graph.held(thing).map(|(_, held)| held);
            let more = related.get(thing).into_iter().flatten().copied();
            for next in near.chain(more) {
                work += 1;
                if work > graph.limits().values {
                    return Err(too_many_values());
                }
                open.push(next);
            }
        }
        part.retain(|thing| all.contains(thing));
        reached.extend(&part);
        parts.push(part);
    }
    let mut nobodys: Part = all.difference(&reached).copied().collect();
    nobodys.retain(|thing| class_of(*thing) != Class::Bundle);
    if !nobodys.is_empty() {
        parts.push(nobodys);
    }
    Ok(parts)
}

/// Messages that hold one entry each: the things of its graph that belong to it, as they came.
pub(super) fn alone(value: &[u8], limits: &Limits, entries: &[usize]) -> Option<Vec<Option<Vec<u8>>>> {
    let (graph, top) = read(value, limits).ok()?;
    let parts = of(&graph, &Things::of(&graph, &top)).ok()?;
    let Value::Object(fields) = json::tree(value, limits).ok()? else { return None };
    let Some(Value::Array(nodes)) = fields.get("@graph") else { return None };
    // Other documents than a flat graph stay whole.
    if nodes.len() != top.len()
        || fields.keys().any(|name| !matches!(name.as_str(), "@context" | "@graph" | "@id"))
    {
        return None;
    }
    let context = fields.get("@context").cloned().unwrap_or(Value::Null);
    let chosen = |entry: &usize| -> Option<Vec<u8>> {
        let part = parts.get(*entry)?;
        let nodes: Vec<Value> = nodes
            .iter()
            .zip(&top)
            .filter(|(_, thing)| part.contains(thing))
            .map(|(node, _)| node.clone())
            .collect();
        let message: ObjectMap =
            [("@context".into(), context.clone()), ("@graph".into(), Value::Array(nodes))].into();
        Some(digest::to_json(&Value::Object(message)))
    };
    Some(entries.iter().map(chosen).collect())
}
