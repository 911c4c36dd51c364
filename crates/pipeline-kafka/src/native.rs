//! The few calls of the client library that its safe binding lacks, and the only unsafe code.
//!
//! - a flush that blocks on a condition variable and lets the producer's own thread report
//!   deliveries (the binding's polls for them in slices of 100 ms);
//! - the generation in a consumer's group metadata, and offsets sent with exactly that metadata;
//! - the offset at which a partition's end was reached (the binding reports the partition alone);
//! - record headers whose names are not UTF-8 (the binding panics on them);
//! - topic ids and what this client may do with a topic;
//! - the high watermark although this client reads committed records;
//! - the one that the last fetch brought, without asking.

#![allow(unsafe_code, reason = "calls into the C library; each pointer lives as long as its owner here")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{self, NonNull};
use std::slice;
use std::time::Duration;

use pipeline::{Headers, NextOffset, Offset, Partition, Record, Source, Timestamp};
use rdkafka::TopicPartitionList;
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::message::BorrowedMessage;
use rdkafka_sys as sys;
use sys::rd_kafka_resp_err_t::{RD_KAFKA_RESP_ERR__PARTITION_EOF, RD_KAFKA_RESP_ERR_NO_ERROR};

use crate::errors::ClientFault;
use crate::logs::Logs;

/// A pointer that this code owns, with the function that frees it.
struct Owned<T> {
    pointer: NonNull<T>,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    fn new(pointer: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        NonNull::new(pointer).map(|pointer| Self { pointer, destroy })
    }

    fn get(&self) -> *mut T {
        self.pointer.as_ptr()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: made by the library, owned by this value alone, and freed once.
        unsafe { (self.destroy)(self.get()) }
    }
}

fn millis(timeout: Duration) -> c_int {
    c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX)
}

/// Waits until no message is queued or in flight, without lingering. False when the time is over.
pub(crate) fn flush<C: ClientContext>(producer: &Client<C>, timeout: Duration) -> bool {
    // SAFETY: the handle lives as long as `producer`.
    let result = unsafe { sys::rd_kafka_flush(producer.native_ptr(), millis(timeout)) };
    result == RD_KAFKA_RESP_ERR_NO_ERROR
}

/// A group's generation and this process's place in it, at the moment it was asked for.
pub(crate) struct GroupMetadata(Owned<sys::rd_kafka_consumer_group_metadata_t>);

// SAFETY: a copy that nobody else knows, and that is only read.
unsafe impl Send for GroupMetadata {}

impl GroupMetadata {
    /// `None` when this process is no member of its group now; the broker would not check a commit by it.
    pub(crate) fn of<C: ClientContext>(consumer: &Client<C>, check_generation: bool) -> Option<Self> {
        // SAFETY: the handle outlives the call; the metadata is a copy that we own.
        unsafe {
            let metadata = sys::rd_kafka_consumer_group_metadata(consumer.native_ptr());
            let metadata = Owned::new(metadata, sys::rd_kafka_consumer_group_metadata_destroy)?;
            let generation = sys::rd_kafka_consumer_group_metadata_generation_id(metadata.get());
            (!check_generation || generation >= 0).then_some(Self(metadata))
        }
    }
}

/// Adds offsets to the producer's transaction. May take longer than the time-out: see `offsets`.
pub(crate) fn send_offsets<P: ClientContext>(
    producer: &Client<P>,
    group: &GroupMetadata,
    offsets: &TopicPartitionList,
    timeout: Duration,
) -> Result<(), ClientFault> {
    // SAFETY: all of them outlive the call.
    unsafe {
        let error = sys::rd_kafka_send_offsets_to_transaction(
            producer.native_ptr(),
            offsets.ptr(),
            group.0.get(),
            millis(timeout),
        );
        match Owned::new(error, sys::rd_kafka_error_destroy) {
            None => Ok(()),
            Some(error) => Err(fault(error.get())),
        }
    }
}

/// # Safety
/// `error` points to a live error of the library.
unsafe fn fault(error: *const sys::rd_kafka_error_t) -> ClientFault {
    // SAFETY: as promised by the caller.
    unsafe {
        ClientFault {
            code: sys::rd_kafka_error_code(error).into(),
            fatal: sys::rd_kafka_error_is_fatal(error) != 0,
            abortable: sys::rd_kafka_error_txn_requires_abort(error) != 0,
            retriable: sys::rd_kafka_error_is_retriable(error) != 0,
        }
    }
}

/// The high watermark of an assigned partition as the last fetch reported it.
pub(crate) fn cached_high_watermark<C: ClientContext>(
    consumer: &Client<C>,
    source: &Source,
) -> Option<NextOffset> {
    let topic = CString::new(source.topic.as_str()).ok()?;
    let (mut low, mut high) = (-1, -1);
    // SAFETY: the handle and the name outlive the call, which only writes the two numbers.
    let result = unsafe {
        let partition = i32::try_from(source.partition.0).ok()?;
        let rk = consumer.native_ptr();
        sys::rd_kafka_get_watermark_offsets(rk, topic.as_ptr(), partition, &mut low, &mut high)
    };
    (result == RD_KAFKA_RESP_ERR_NO_ERROR).then(|| u64::try_from(high).ok().map(NextOffset)).flatten()
}

/// A topic as the broker describes it to this client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) name: String,
    /// Changes when a topic is deleted and made again under the same name.
    pub(crate) id: String,
    pub(crate) error: Code,
    pub(crate) partitions: u32,
    pub(crate) may_write: bool,
}

/// Asks the cluster something on a queue of its own and waits for the answer.
///
/// # Safety
/// `submit` hands over what it is given and nothing that dies before it returns.
unsafe fn ask<C: ClientContext>(
    client: &Client<C>,
    api: sys::rd_kafka_admin_op_t,
    timeout: Duration,
    submit: impl FnOnce(*mut sys::rd_kafka_t, *mut sys::rd_kafka_AdminOptions_t, *mut sys::rd_kafka_queue_t),
) -> Result<Owned<sys::rd_kafka_event_t>, Code> {
    // SAFETY: every object is owned here and lives until the answer came.
    unsafe {
        let rk = client.native_ptr();
        let options = sys::rd_kafka_AdminOptions_new(rk, api);
        let options = Owned::new(options, sys::rd_kafka_AdminOptions_destroy).ok_or(Code::Fail)?;
        let mut text: [c_char; 256] = [0; 256];
        let (buffer, size) = (text.as_mut_ptr(), text.len());
        sys::rd_kafka_AdminOptions_set_request_timeout(options.get(), millis(timeout), buffer, size);
        let queue = sys::rd_kafka_queue_new(rk);
        let queue = Owned::new(queue, sys::rd_kafka_queue_destroy).ok_or(Code::Fail)?;
        submit(rk, options.get(), queue.get());
        let wait = millis(timeout.saturating_add(Duration::from_secs(1)));
        let event = sys::rd_kafka_queue_poll(queue.get(), wait);
        let event = Owned::new(event, sys::rd_kafka_event_destroy).ok_or(Code::OperationTimedOut)?;
        match sys::rd_kafka_event_error(event.get()) {
            RD_KAFKA_RESP_ERR_NO_ERROR => Ok(event),
            error => Err(error.into()),
        }
    }
}

/// Asks for topics by name.
pub(crate) fn describe_topics<C: ClientContext>(
    client: &Client<C>,
    names: &[&str],
    timeout: Duration,
) -> Result<Vec<Described>, Code> {
    let names: Vec<CString> = names.iter().filter_map(|name| CString::new(*name).ok()).collect();
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
    // SAFETY: the names outlive the collection, which copies them; what the result points to lives as
    // long as the event.
    unsafe {
        let collection = Owned::new(
            sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
            sys::rd_kafka_TopicCollection_destroy,
        )
        .ok_or(Code::Fail)?;
        let event = ask(client, api, timeout, |rk, options, queue| {
            let refused = sys::rd_kafka_AdminOptions_set_include_authorized_operations(options, 1);
            drop(Owned::new(refused, sys::rd_kafka_error_destroy));
            sys::rd_kafka_DescribeTopics(rk, collection.get(), options, queue);
        })?;
        let result = sys::rd_kafka_event_DescribeTopics_result(event.get());
        if result.is_null() {
            return Err(Code::Fail);
        }
        let mut count = 0;
        let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        Ok(array(topics, count).iter().map(|topic| described(*topic)).collect())
    }
}

/// The high watermark of a partition, whatever transactions are open. (The binding's question for
/// watermarks gives the last stable offset to every client that reads committed records, which is the
/// default even of producers.)
pub(crate) fn high_watermark<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    partition: Partition,
    timeout: Duration,
) -> Result<NextOffset, Code> {
    let mut list = TopicPartitionList::new();
    let number = i32::try_from(partition.0).map_err(|_| Code::UnknownPartition)?;
    let latest = sys::rd_kafka_OffsetSpec_t::RD_KAFKA_OFFSET_SPEC_LATEST as i64;
    list.add_partition_offset(topic, number, rdkafka::Offset::from_raw(latest)).map_err(|_| Code::Fail)?;
    let api = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_LISTOFFSETS;
    // SAFETY: the list is copied; what the result points to lives as long as the event.
    unsafe {
        let event = ask(client, api, timeout, |rk, options, queue| {
            let level = sys::rd_kafka_IsolationLevel_t::RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED;
            let refused = sys::rd_kafka_AdminOptions_set_isolation_level(options, level);
            drop(Owned::new(refused, sys::rd_kafka_error_destroy));
            sys::rd_kafka_ListOffsets(rk, list.ptr(), options, queue);
        })?;
        let result = sys::rd_kafka_event_ListOffsets_result(event.get());
        if result.is_null() {
            return Err(Code::Fail);
        }
        let mut count = 0;
        let infos = sys::rd_kafka_ListOffsets_result_infos(result, &mut count);
        let info = array(infos, count).first().ok_or(Code::Fail)?;
        let place = &*sys::rd_kafka_ListOffsetsResultInfo_topic_partition(*info);
        if place.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            return Err(place.err.into());
        }
        u64::try_from(place.offset).map(NextOffset).map_err(|_| Code::Fail)
    }
}

/// # Safety
/// `topic` points to a live description.
unsafe fn described(topic: *const sys::rd_kafka_TopicDescription_t) -> Described {
    // SAFETY: as promised by the caller; every part lives as long as the description.
    unsafe {
        let error = sys::rd_kafka_TopicDescription_error(topic);
        let (mut partitions, mut operations) = (0, 0);
        sys::rd_kafka_TopicDescription_partitions(topic, &mut partitions);
        let allowed = sys::rd_kafka_TopicDescription_authorized_operations(topic, &mut operations);
        let id = sys::rd_kafka_TopicDescription_topic_id(topic);
        Described {
            name: text(sys::rd_kafka_TopicDescription_name(topic)),
            id: if id.is_null() { String::new() } else { text(sys::rd_kafka_Uuid_base64str(id)) },
            error: if error.is_null() { Code::NoError } else { sys::rd_kafka_error_code(error).into() },
            partitions: u32::try_from(partitions).unwrap_or(u32::MAX),
            // A broker that does not say lets the write itself show it.
            may_write: operations == 0
                || array(allowed, operations)
                    .contains(&sys::rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_WRITE),
        }
    }
}

/// # Safety
/// `pointer` is null or points to `length` live values.
unsafe fn array<'a, T>(pointer: *const T, length: usize) -> &'a [T] {
    if pointer.is_null() {
        return &[];
    }
    // SAFETY: as promised by the caller.
    unsafe { slice::from_raw_parts(pointer, length) }
}

/// # Safety
/// `pointer` is null or points to a C string.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: as promised by the caller.
    unsafe { CStr::from_ptr(pointer).to_string_lossy().into_owned() }
}

/// A record that the binding polled.
pub(crate) fn record(message: &BorrowedMessage<'_>, source: &Source) -> Record {
    // SAFETY: the message is borrowed, so it lives.
    unsafe { read(&*message.ptr(), source) }
}

/// # Safety
/// `message` is a consumed message of the library that still lives.
unsafe fn read(message: &sys::rd_kafka_message_t, source: &Source) -> Record {
    // SAFETY: as promised by the caller.
    unsafe {
        let bytes = |pointer: *mut std::ffi::c_void, length| {
            (!pointer.is_null()).then(|| array(pointer.cast::<u8>().cast_const(), length).to_vec())
        };
        let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        Record {
            source: source.clone(),
            offset: Offset(u64::try_from(message.offset).unwrap_or_default()),
            timestamp: Timestamp(sys::rd_kafka_message_timestamp(message, &mut kind)),
            key: bytes(message.key, message.key_len),
            value: bytes(message.payload, message.len),
            headers: headers(message),
        }
    }
}

/// # Safety
/// As for [`read`].
unsafe fn headers(message: &sys::rd_kafka_message_t) -> Headers {
    let mut found = Vec::new();
    // SAFETY: as promised by the caller; names and values live as long as the message.
    unsafe {
        let mut list = ptr::null_mut();
        if sys::rd_kafka_message_headers(message, &mut list) != RD_KAFKA_RESP_ERR_NO_ERROR {
            return Headers::default();
        }
        for index in 0..sys::rd_kafka_header_cnt(list) {
            let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
            let result = sys::rd_kafka_header_get_all(list, index, &mut name, &mut value, &mut size);
            if result == RD_KAFKA_RESP_ERR_NO_ERROR {
                let value = (!value.is_null()).then(|| array(value.cast::<u8>(), size).to_vec());
                found.push((text(name), value));
            }
        }
    }
    Headers(found)
}

/// What a poll of assigned partitions brought.
#[derive(Debug)]
pub(crate) enum Polled {
    /// A record.
    Record(Record),
    /// Everything committed up to here has been read.
    End(Partition, NextOffset),
    /// An error of the consumer.
    Error(Code),
    /// Nothing in this time.
    Nothing,
}

/// The queue of a consumer that takes part in no group. Must be dropped before its consumer.
pub(crate) struct ConsumerQueue(Owned<sys::rd_kafka_queue_t>);

// SAFETY: the library's queues may be used from any thread.
unsafe impl Send for ConsumerQueue {}

impl ConsumerQueue {
    pub(crate) fn new(consumer: &BaseConsumer<Logs>) -> Option<Self> {
        // SAFETY: the handle lives as long as `consumer`.
        let queue = unsafe { sys::rd_kafka_queue_get_consumer(consumer.client().native_ptr()) };
        Owned::new(queue, sys::rd_kafka_queue_destroy).map(Self)
    }

    /// Waits for one event. All partitions are of `topic`.
    pub(crate) fn poll(&self, topic: &pipeline::Topic, timeout: Duration) -> Polled {
        // SAFETY: the event is owned here, and what it holds lives as long as it.
        unsafe {
            let event = sys::rd_kafka_queue_poll(self.0.get(), millis(timeout));
            let Some(event) = Owned::new(event, sys::rd_kafka_event_destroy) else {
                return Polled::Nothing;
            };
            match sys::rd_kafka_event_type(event.get()) {
                sys::RD_KAFKA_EVENT_FETCH => {
                    let message = sys::rd_kafka_event_message_next(event.get());
                    if message.is_null() {
                        return Polled::Nothing;
                    }
                    let partition = u32::try_from((*message).partition).unwrap_or_default();
                    Polled::Record(read(&*message, &Source::new(topic.clone(), partition)))
                }
                sys::RD_KAFKA_EVENT_ERROR => error_or_end(event.get()),
                sys::RD_KAFKA_EVENT_LOG => {
                    let (mut facility, mut line, mut level) = (ptr::null(), ptr::null(), 0);
                    sys::rd_kafka_event_log(event.get(), &mut facility, &mut line, &mut level);
                    tracing::debug!(target: "librdkafka", facility = text(facility), "{}", text(line));
                    Polled::Nothing
                }
                _ => Polled::Nothing,
            }
        }
    }
}

/// # Safety
/// `event` points to a live error event.
unsafe fn error_or_end(event: *mut sys::rd_kafka_event_t) -> Polled {
    // SAFETY: as promised by the caller; the partition is a copy that we own.
    unsafe {
        let error = sys::rd_kafka_event_error(event);
        if error != RD_KAFKA_RESP_ERR__PARTITION_EOF {
            return Polled::Error(error.into());
        }
        let place = sys::rd_kafka_event_topic_partition(event);
        let Some(place) = Owned::new(place, sys::rd_kafka_topic_partition_destroy) else {
            return Polled::Nothing;
        };
        let (partition, offset) = ((*place.get()).partition, (*place.get()).offset);
        Polled::End(
            Partition(u32::try_from(partition).unwrap_or_default()),
            NextOffset(u64::try_from(offset).unwrap_or_default()),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use rdkafka::config::ClientConfig;
    use rdkafka::producer::{BaseProducer, Producer};

    use super::*;

    #[test]
    fn somebody_who_is_no_member_sends_no_offsets() {
        let producer: BaseProducer = ClientConfig::new().set("transactional.id", "t").create().unwrap();
        let consumer: BaseConsumer = ClientConfig::new().set("group.id", "g").create().unwrap();
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset("t", 0, rdkafka::Offset::Offset(1)).unwrap();
        assert!(GroupMetadata::of(consumer.client(), true).is_none());
        // Without the check it would be asked for; here the producer is not ready for it.
        let group = GroupMetadata::of(consumer.client(), false).unwrap();
        assert!(send_offsets(producer.client(), &group, &offsets, Duration::from_secs(1)).is_err());
    }
}
