//! Keeps the state of partitions up to date that others own, so that it is there when they are gone.
//!
//! A thread for each such partition follows its changelog, committed records only, and lets the processor derive what it
//! keeps in memory. It writes nothing to Kafka and takes part in no group. Who is given the partition asks for what the
//! thread has, fences the predecessor, and restores what little is missing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use pipeline::{Processor, RecoverError, Replica, Service, Source, StateError, StoreError};

use crate::assigned::AssignedConsumer;
use crate::claim::Claim;
use crate::config::KafkaConfig;
use crate::follow::{Follow, SLICE};
use crate::restore::{Restore, unavailable};

/// How long to wait after the broker could not be asked.
const PAUSE: Duration = Duration::from_secs(2);
/// How long to wait after a state that nothing can be derived from: whoever takes over will stop and say why.
const LONG_PAUSE: Duration = Duration::from_secs(60);
/// How long a group has to be left alone before somebody stands by.
const QUIET: Duration = Duration::from_secs(5);
/// How often it is asked which partitions there are.
const ASKED: Duration = Duration::from_secs(60);
/// How often it is told how far behind a replica is.
const TOLD: Duration = Duration::from_secs(1);

/// What a task works on, and the right to. The order of fields is the order of dropping: the claim outlives the store.
pub(crate) struct Kept {
    pub(crate) replica: Replica<Box<dyn Processor>>,
    pub(crate) claim: Claim,
}

impl Kept {
    /// A store that is opened, and a processor that has derived nothing.
    pub(crate) fn open(service: Service<'_>, source: &Source, claim: Claim) -> Result<Self, StoreError> {
        let store = service.stores.open(service.spec.name, source)?;
        Ok(Self { replica: Replica::new((service.make_processor)(source), store), claim })
    }
}

/// Where a thread and whoever relieves it meet.
#[derive(Default)]
struct Post {
    is_asked: AtomicBool,
    kept: Mutex<Option<Kept>>,
}

/// Everybody who stands by in this process, by transactional id: several workers share its partitions.
static POSTS: Mutex<BTreeMap<String, Arc<Post>>> = Mutex::new(BTreeMap::new());

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What there is for somebody who is given a partition.
pub(crate) enum Relieved {
    /// Nobody stood by.
    Nobody,
    /// Somebody does, and has been asked; ask again.
    NotYet,
    /// What was kept.
    Kept(Box<Kept>),
}

/// Asks whoever stands by for what is kept.
pub(crate) fn relieve(id: &str) -> Relieved {
    let mut posts = locked(&POSTS);
    let Some(post) = posts.get(id) else { return Relieved::Nobody };
    post.is_asked.store(true, Ordering::Release);
    let kept = locked(&post.kept).take();
    match kept {
        Some(kept) => {
            posts.remove(id);
            Relieved::Kept(Box::new(kept))
        }
        None => Relieved::NotYet,
    }
}

/// What was kept for somebody who asked and was then not given the partition.
fn unattended(id: &str) -> Option<Kept> {
    let mut posts = locked(&POSTS);
    let kept = locked(&posts.get(id)?.kept).take()?;
    posts.remove(id);
    Some(kept)
}

/// Leaves the post, unless something is kept there.
struct Leaving(String);

impl Drop for Leaving {
    fn drop(&mut self) {
        let mut posts = locked(&POSTS);
        if posts.get(&self.0).is_some_and(|post| locked(&post.kept).is_none()) {
            posts.remove(&self.0);
        }
    }
}

/// The threads of one worker that stand by.
pub(crate) struct Standbys<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    /// Whether the worker has ended.
    ended: &'e AtomicBool,
    config: &'e KafkaConfig,
    service: Service<'e>,
    /// Nobody is posted before: partitions move when a group changes.
    not_before: Instant,
    /// Every input partition, and when that was asked.
    partitions: Option<(Vec<Source>, Instant)>,
}

impl<'s, 'e> Standbys<'s, 'e> {
    /// Nobody yet.
    pub(crate) fn new(
        scope: &'s Scope<'s, 'e>,
        ended: &'e AtomicBool,
        config: &'e KafkaConfig,
        service: Service<'e>,
    ) -> Self {
        Self { scope, ended, config, service, not_before: Instant::now() + QUIET, partitions: None }
    }

    /// The group changes.
    pub(crate) fn wait(&mut self) {
        self.not_before = Instant::now() + QUIET;
    }

    /// Stands by for every partition that is not `ours` and that nobody in this process has.
    pub(crate) fn post_all(
        &mut self,
        partitions: impl FnOnce() -> Option<Vec<Source>>,
        is_ours: impl Fn(&Source) -> bool,
    ) {
        if Instant::now() < self.not_before {
            return;
        }
        self.not_before = Instant::now() + TOLD;
        if self.partitions.as_ref().is_none_or(|(_, asked)| asked.elapsed() > ASKED) {
            let Some(found) = partitions() else {
                // Whoever asks waits for the answer, and has better to do than to ask at once again.
                self.wait();
                return;
            };
            self.partitions = Some((found, Instant::now()));
        }
        let all = self.partitions.iter().flat_map(|(all, _)| all.clone());
        let others: Vec<Source> = all.filter(|source| !is_ours(source)).collect();
        for source in others {
            let id = self.config.transactional_id(self.service.spec.name, &source);
            if let Some(kept) = unattended(&id) {
                self.post(source, kept);
            } else if let Some(claim) = Claim::take(id) {
                match Kept::open(self.service, &source, claim) {
                    Ok(kept) => self.post(source, kept),
                    Err(error) => {
                        tracing::warn!(service = self.service.spec.name, %source, %error, "cannot stand by");
                        self.not_before = Instant::now() + LONG_PAUSE;
                    }
                }
            }
        }
    }

    /// Stands by for a partition, on a thread of its own, until somebody asks or the service stops.
    pub(crate) fn post(&self, source: Source, kept: Kept) {
        let (config, service, ended) = (self.config, self.service, self.ended);
        let id = config.transactional_id(service.spec.name, &source);
        let post = Arc::new(Post::default());
        locked(&POSTS).insert(id.clone(), Arc::clone(&post));
        self.scope.spawn(move || {
            let leaving = Leaving(id);
            let Kept { replica, claim } = kept;
            let mut standby = Standby { config, service, ended, source, post, replica };
            let is_asked = standby.stand();
            let Standby { post, replica, source, .. } = standby;
            service.observer.standby(service.spec.name, &source, None);
            let kept = Kept { replica, claim };
            if is_asked {
                *locked(&post.kept) = Some(kept);
            } else {
                drop(kept);
            }
            drop(leaving);
        });
    }
}

/// A thread that stands by.
struct Standby<'a> {
    config: &'a KafkaConfig,
    service: Service<'a>,
    ended: &'a AtomicBool,
    source: Source,
    post: Arc<Post>,
    replica: Replica<Box<dyn Processor>>,
}

/// Why following ended.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Broker(#[from] RecoverError),
    #[error(transparent)]
    State(#[from] StateError),
}

impl Standby<'_> {
    /// Follows until somebody asks for what is kept, and then says so; or until the service ends.
    fn stand(&mut self) -> bool {
        let (service, source) = (self.service.spec.name, self.source.clone());
        tracing::info!(service, %source, "standing by");
        while !self.is_relieved() {
            let pause = match self.follow() {
                Ok(()) => continue,
                Err(Fault::Broker(error @ (RecoverError::Unavailable(_) | RecoverError::Fenced))) => {
                    tracing::debug!(service, %source, %error, "standing by goes on");
                    PAUSE
                }
                Err(error) => {
                    tracing::warn!(service, %source, %error, "cannot stand by");
                    LONG_PAUSE
                }
            };
            let began = Instant::now();
            while began.elapsed() < pause && !self.is_relieved() {
                std::thread::sleep(SLICE);
            }
        }
        self.post.is_asked.load(Ordering::Acquire)
    }

    fn is_relieved(&self) -> bool {
        self.post.is_asked.load(Ordering::Acquire)
            || self.service.stop.is_stopped()
            || self.ended.load(Ordering::Acquire)
    }

    fn follow(&mut self) -> Result<(), Fault> {
        let (spec, observer) = (self.service.spec, self.service.observer);
        let group = self.config.group(spec.name);
        let consumer = AssignedConsumer::new(self.config, &group, &spec.changelog).map_err(unavailable)?;
        let restore = Restore {
            config: self.config,
            group: &group,
            changelog: &spec.changelog,
            source: &self.source,
            client: consumer.client(),
        };
        let (from, mut high) = self.replica.update(|store| restore.begin(store))?;
        let mut follow = Follow::with(consumer, &spec.changelog, &self.source, from)?;
        let mut told: Option<Instant> = None;
        while !self.is_relieved() {
            // Whole transactions alone say something: what is committed ends here.
            if let Some(mark) = self.replica.update(|store| follow.advance(store))? {
                high = high.max(mark.changelog);
                self.replica.derive()?;
                if let Err(error) = self.replica.keep_image(crate::worker::now(), self.service.limits) {
                    tracing::warn!(service = spec.name, source = %self.source, %error, "no image is kept");
                }
            }
            if told.is_none_or(|at| at.elapsed() > TOLD) {
                told = Some(Instant::now());
                high = high.max(follow.known_end().unwrap_or_default());
                let behind = high.0.saturating_sub(follow.position().0);
                observer.standby(spec.name, &self.source, Some(behind));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]
    use pipeline::{
        Batch, Failure, Limits, MemoryStore, Record, ServiceSpec, StopSignal, Store, StoreFactory, Topic,
    };

    use super::*;

    struct Idle;

    impl Processor for Idle {
        fn process(&mut self, _: &Record, _: &mut Batch<'_>) -> Result<(), Failure> {
            Ok(())
        }
    }

    struct InMemory;

    impl StoreFactory for InMemory {
        fn open(&self, _: &str, _: &Source) -> Result<Box<dyn Store>, StoreError> {
            Ok(Box::new(MemoryStore::default()))
        }
    }

    /// Asks until there is an answer.
    fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "nobody answers");
            std::thread::yield_now();
        }
    }

    /// Stands by for a partition, whose broker is away, and lets somebody do something about it.
    fn posted(name: &str, act: impl FnOnce(&str, &AtomicBool)) {
        let spec = Arc::new(ServiceSpec {
            name: "idle",
            inputs: vec![Topic::new(name)],
            changelog: Topic::new("changelog"),
            dead_letters: Topic::new("dead"),
        });
        let (limits, stop, config) = (Limits::default(), StopSignal::new(), KafkaConfig::new("127.0.0.1:1"));
        let make = |_: &Source| -> Box<dyn Processor> { Box::new(Idle) };
        let service = Service {
            spec: &spec,
            make_processor: &make,
            stores: &InMemory,
            limits: &limits,
            observer: &(),
            stop: &stop,
        };
        let (ended, source) = (AtomicBool::new(false), Source::new(name, 0));
        let id = config.transactional_id("idle", &source);
        std::thread::scope(|scope| {
            let mut standbys = Standbys::new(scope, &ended, &config, service);
            standbys.not_before = Instant::now();
            standbys.post_all(|| Some(vec![source.clone()]), |_| false);
            act(&id, &ended);
            ended.store(true, Ordering::Release);
        });
        assert!(!locked(&POSTS).contains_key(&id), "nobody is there any more");
        assert!(Claim::take(id).is_some(), "and the partition is free");
    }

    /// Sabotage: give the claim back before the replica is handed over.
    #[test]
    fn who_relieves_is_given_the_replica_and_the_right_to_work_on_it() {
        posted("relieved", |id, _| {
            assert!(Claim::take(id.to_owned()).is_none(), "who stands by has it");
            let kept = wait_for(|| match relieve(id) {
                Relieved::Kept(kept) => Some(kept),
                Relieved::NotYet => None,
                Relieved::Nobody => panic!("somebody stands by"),
            });
            assert!(Claim::take(id.to_owned()).is_none(), "and hands it over");
            assert!(matches!(relieve(id), Relieved::Nobody), "once");
            drop(kept);
        });
    }

    /// Sabotage: leave a replica where it is that somebody asked for and did not come for.
    #[test]
    fn what_nobody_comes_for_is_kept_up_to_date_again() {
        posted("left", |id, _| {
            assert!(matches!(relieve(id), Relieved::NotYet));
            drop(wait_for(|| unattended(id)));
            assert!(matches!(relieve(id), Relieved::Nobody));
        });
    }

    /// Sabotage: do not leave the post.
    #[test]
    fn who_ends_leaves_its_post_and_frees_the_partition() {
        posted("ended", |id, ended| {
            assert!(Claim::take(id.to_owned()).is_none());
            ended.store(true, Ordering::Release);
            wait_for(|| (!locked(&POSTS).contains_key(id)).then_some(()));
        });
    }
}
