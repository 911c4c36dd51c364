#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::*;

fn limits() -> Limits {
    Limits { depth: 8, values: 200, entries: 3, ..Limits::default() }
}

fn text(name: &str) -> Item {
    Item::Text(name.to_owned())
}

fn whole(graph: &Graph<'_>, thing: Id) -> Result<String, Reason> {
    let fields = Trees::new(graph).fields(&[thing], &|_| Stead::Itself, &|_| true)?;
    Ok(Value::Object(fields).to_string())
}

#[test]
fn what_several_places_say_of_one_identifier_is_said_of_one_thing() {
    let limits = limits();
    let mut graph = Graph::new(&limits);
    let root = graph.anonymous().unwrap();
    for (field, value) in [("name", "a"), ("age", "7")] {
        let thing = graph.identified("x").unwrap();
        graph.add(thing, field, text(value)).unwrap();
        graph.describe(thing);
        graph.add(root, "held", Item::Thing(thing)).unwrap();
    }
    let thing = graph.identified("x").unwrap();
    assert!(graph.is_described_again(thing));
    assert_eq!(
        whole(&graph, root).unwrap(),
        r#"{ "held": [{ "age": "7", "name": "a" }, { "age": "7", "name": "a" }] }"#
    );
}

#[test]
fn circles_end_and_what_is_not_described_is_its_identifier() {
    let limits = limits();
    let mut graph = Graph::new(&limits);
    let (a, b) = (graph.identified("a").unwrap(), graph.identified("b").unwrap());
    let nobody = graph.identified("nobody").unwrap();
    graph.add(a, "to", Item::Thing(b)).unwrap();
    graph.add(b, "back", Item::Thing(a)).unwrap();
    graph.add(b, "other", Item::Thing(nobody)).unwrap();
    graph.describe(a);
    graph.describe(b);
    assert_eq!(whole(&graph, a).unwrap(), r#"{ "to": { "back": "a", "other": "nobody" } }"#);
}

#[test]
fn copies_count_and_depth_ends() {
    let limits = Limits { depth: 40, ..limits() };
    let mut graph = Graph::new(&limits);
    let things: Vec<Id> = (0..12).map(|_| graph.anonymous().unwrap()).collect();
    for pair in things.windows(2) {
        graph.add(pair[0], "a", Item::Thing(pair[1])).unwrap();
        graph.add(pair[0], "b", Item::Thing(pair[1])).unwrap();
        graph.describe(pair[1]);
    }
    graph.add(things[11], "end", text("x")).unwrap();
    assert_eq!(whole(&graph, things[0]).unwrap_err().code, "too_many_values");
    let shallow = Limits { depth: 8, ..limits.clone() };
    let mut graph = Graph::new(&shallow);
    let things: Vec<Id> = (0..12).map(|_| graph.anonymous().unwrap()).collect();
    for pair in things.windows(2) {
        graph.add(pair[0], "a", Item::Thing(pair[1])).unwrap();
        graph.describe(pair[1]);
    }
    assert_eq!(whole(&graph, things[0]).unwrap_err().code, "too_deep");
    let mut graph = Graph::new(&limits);
    let many = graph.anonymous().unwrap();
    (0..4).for_each(|_| graph.add(many, "a", text("x")).unwrap());
    assert_eq!(whole(&graph, many).unwrap_err().code, "too_many_entries");
    let few = Limits { values: 3, ..limits };
    let mut graph = Graph::new(&few);
    (0..3).for_each(|_| assert!(graph.anonymous().is_ok()));
    assert_eq!(graph.anonymous().unwrap_err().code, "too_many_values");
}

#[test]
fn wrappers_and_forms_of_a_date_say_what_they_hold() {
    let limits = limits();
    let mut graph = Graph::new(&limits);
    let root = graph.anonymous().unwrap();
    let outer = graph.anonymous().unwrap();
    graph.add(root, "PersonAugmentation", Item::Thing(outer)).unwrap();
    let inner = graph.anonymous().unwrap();
    graph.add(outer, "MoreAugmentation", Item::Thing(inner)).unwrap();
    graph.add(inner, "flag", text("true")).unwrap();
    let date = graph.anonymous().unwrap();
    graph.add(outer, "BirthDate", Item::Thing(date)).unwrap();
    graph.add(date, "Date", text("2001")).unwrap();
    [outer, inner, date].into_iter().for_each(|thing| graph.describe(thing));
    graph.lift(&|name| name.ends_with("Augmentation"), &["Date"]);
    assert_eq!(whole(&graph, root).unwrap(), r#"{ "BirthDate": "2001", "flag": "true" }"#);
}
