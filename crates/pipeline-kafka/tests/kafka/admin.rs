//! Topics as they must be.

use pipeline::{Retention, Topic, TopicSpec};
use pipeline_kafka::{Admin, AdminError, Change};

use crate::world::{World, topic};

#[test]
fn creates_aligns_and_refuses() {
    let world = World::new("admin", 1);
    let admin = Admin::new(&world.config).unwrap();
    let mut spec = topic(&Topic::new("admin.topic.v1"), 2, Retention::Delete(Some(3_600_000)));
    spec.append_time = true;
    let apply = |spec: &TopicSpec| admin.apply(std::slice::from_ref(spec));
    assert_eq!(apply(&spec).unwrap(), [Change::Created(spec.name.clone())]);
    assert_eq!(apply(&spec).unwrap(), []);
    let found = admin.describe(&spec.name).unwrap().unwrap();
    assert_eq!(found.partitions, 2);
    assert_eq!(found.settings["message.timestamp.type"], "LogAppendTime");
    assert!(admin.list().unwrap().contains(&(spec.name.clone(), 2)));

    spec.retention = Retention::Delete(None);
    spec.partitions = 3;
    let changes = apply(&spec).unwrap();
    let [Change::Partitions(_, 2, 3), Change::Settings(_, settings)] = changes.as_slice() else {
        panic!("{changes:?}")
    };
    assert_eq!(settings.as_slice(), [("retention.ms".into(), "3600000".into(), "-1".into())]);
    let found = admin.describe(&spec.name).unwrap().unwrap();
    assert_eq!((found.partitions, found.settings["retention.ms"].as_str()), (3, "-1"));
    // What was set before is still set.
    assert_eq!(found.settings["message.timestamp.type"], "LogAppendTime");

    spec.stateful = true;
    spec.partitions = 4;
    let result = apply(&spec);
    assert!(matches!(result, Err(AdminError::PartitionCount { expected: 4, actual: 3, .. })), "{result:?}");
    assert_eq!(admin.describe(&Topic::new("admin.nothing.v1")).unwrap(), None);
}
