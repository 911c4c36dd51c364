//! Adds the input offset to a transaction, within a time that holds.
//!
//! The client library remembers who the group's coordinator is. When that broker leaves the cluster, librdkafka 2.12
//! drops it as soon as metadata do not name it, and goes on waiting for the dropped one to connect: it looks again only
//! when some connection opens or closes, and until then the call does not return, whatever its time-out
//! (`rd_kafka_coord_req_fsm` in `rdkafka_coord.c`; the time-out is set, and nothing reads it). So the call is made on a
//! thread of its own. Who gives up on it needs a new producer; the old one goes when its call returns, which
//! closing silent connections sees to.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use pipeline::{NextOffset, Source};
use rdkafka::consumer::Consumer as _;
use rdkafka::producer::{Producer as _, ThreadedProducer};

use crate::delivery::Deliveries;
use crate::errors::ClientFault;
use crate::group::{self, GroupConsumer};
use crate::native::{self, GroupMetadata};
use crate::producer::to_offset;

/// How long the library may try.
const TIMEOUT: Duration = Duration::from_secs(4);
/// How much longer it may take to say so.
const GRACE: Duration = Duration::from_secs(1);

/// Why the offset did not become part of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OffsetsError {
    /// This process is no member of its group now; the broker would not have checked the commit.
    NoMember,
    /// The library or the broker.
    Fault(ClientFault),
    /// Nobody knows, and the producer can be used no more.
    Silent,
}

/// Adds the offset with the consumer's group metadata of this moment.
pub(crate) fn send(
    producer: &Arc<ThreadedProducer<Deliveries>>,
    consumer: &GroupConsumer,
    source: &Source,
    next: NextOffset,
    check_generation: bool,
) -> Result<(), OffsetsError> {
    let group = GroupMetadata::of(consumer.client(), check_generation).ok_or(OffsetsError::NoMember)?;
    let (producer, source) = (Arc::clone(producer), source.clone());
    let call = move || {
        let list = group::place(&source, to_offset(next));
        native::send_offsets(producer.client(), &group, &list, TIMEOUT)
    };
    within(TIMEOUT + GRACE, call).ok_or(OffsetsError::Silent)?.map_err(OffsetsError::Fault)
}

/// What the call returns, unless that takes too long; then it is left to itself, with all that it holds.
fn within<T: Send + 'static>(limit: Duration, call: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (said, answer) = mpsc::sync_channel(1);
    let call = move || {
        // Nobody listens any more when it took too long.
        let _ = said.send(call());
    };
    std::thread::Builder::new().name("offsets".to_owned()).spawn(call).ok()?;
    answer.recv_timeout(limit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_does_not_return_is_given_up() {
        assert_eq!(within(Duration::from_secs(60), || 7), Some(7));
        let (end, ended) = mpsc::channel::<()>();
        assert_eq!(
            within(Duration::from_millis(1), move || ended.recv_timeout(Duration::from_secs(30))),
            None
        );
        drop(end);
    }
}
