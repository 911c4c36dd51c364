//! Looks output topics up before the first record goes there.
//!
//! Without it, a record to a missing topic waits for seconds in the client library, and a topic that
//! may not be written fails the whole transaction without saying which one it was.

use std::collections::HashSet;

use pipeline::{Topic, Undeliverable};
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::RDKafkaErrorCode as Code;

use crate::client;
use crate::errors::{Undelivered, undelivered};
use crate::native;

/// Topics that one producer may write, as far as is known.
#[derive(Debug, Default)]
pub(crate) struct KnownTopics {
    writable: HashSet<Topic>,
    /// The library remembers that these did not exist, and must be told that they do.
    were_missing: HashSet<Topic>,
}

impl KnownTopics {
    /// The first of `topics` that cannot be written, if any; an error when the broker cannot be asked.
    pub(crate) fn check<C: ClientContext>(
        &mut self,
        client: &Client<C>,
        topics: &[&Topic],
    ) -> Result<Option<(Topic, Undeliverable)>, Code> {
        let unknown: Vec<&Topic> =
            topics.iter().copied().filter(|topic| !self.writable.contains(*topic)).collect();
        if unknown.is_empty() {
            return Ok(None);
        }
        let names: Vec<&str> = unknown.iter().map(|topic| topic.as_str()).collect();
        let found = native::describe_topics(client, &names, client::ANSWER)?;
        for topic in unknown {
            let Some(described) = found.iter().find(|d| d.name == topic.as_str()) else {
                return Ok(Some((topic.clone(), Undeliverable::TopicMissing)));
            };
            match described.error {
                Code::NoError if described.may_write => {
                    if self.were_missing.remove(topic) {
                        client
                            .fetch_metadata(Some(topic.as_str()), client::ANSWER)
                            .map_err(|e| e.rdkafka_error_code().unwrap_or(Code::Fail))?;
                    }
                    self.writable.insert(topic.clone());
                }
                Code::NoError => return Ok(Some((topic.clone(), Undeliverable::NotAuthorised))),
                code => match undelivered(code) {
                    Undelivered::Rejected(why) => return Ok(Some((topic.clone(), why))),
                    Undelivered::Failed(_) => return Err(code),
                },
            }
        }
        Ok(None)
    }

    /// A record to this topic was refused as missing: look it up again next time.
    pub(crate) fn missing(&mut self, topic: &Topic) {
        self.writable.remove(topic);
        self.were_missing.insert(topic.clone());
    }

    /// Look all topics up again, because something was refused without a name.
    pub(crate) fn forget(&mut self) {
        self.writable.clear();
    }
}
