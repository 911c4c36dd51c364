//! Waiting for new records by event: a counter that moves with every commit, and a condition variable.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use pipeline::Topic;

/// Tells its holder that something was appended to one of its topics, or that one of them was created.
/// Read [`Subscription::seen`] before looking for records and hand it to [`Subscription::wait`] after:
/// what came in between is not missed.
pub struct Subscription {
    bell: Arc<Bell>,
}

impl Subscription {
    /// A number that moves whenever something happens.
    pub fn seen(&self) -> u64 {
        *lock(&self.bell.rung)
    }

    /// Waits until the number is past `seen`, or the time is over. True if it is past.
    pub fn wait(&self, seen: u64, timeout: Duration) -> bool {
        let rung = lock(&self.bell.rung);
        let (rung, _) = self
            .bell
            .changed
            .wait_timeout_while(rung, timeout, |rung| *rung == seen)
            .unwrap_or_else(PoisonError::into_inner);
        *rung != seen
    }
}

#[derive(Default)]
struct Bell {
    rung: Mutex<u64>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        let mut rung = lock(&self.rung);
        *rung = rung.wrapping_add(1);
        self.changed.notify_all();
    }
}

/// Who listens to which topic. Topics need not exist yet.
#[derive(Default)]
pub(crate) struct Subscriptions(Mutex<HashMap<Topic, Vec<Weak<Bell>>>>);

impl Subscriptions {
    /// Listens to these topics.
    pub(crate) fn subscribe(&self, topics: impl IntoIterator<Item = Topic>) -> Subscription {
        let bell = Arc::new(Bell::default());
        let mut listeners = lock(&self.0);
        for topic in topics {
            let of_topic = listeners.entry(topic).or_default();
            of_topic.retain(|bell| bell.strong_count() > 0);
            of_topic.push(Arc::downgrade(&bell));
        }
        Subscription { bell }
    }

    /// Something was appended to `topic`, or it was created.
    pub(crate) fn notify(&self, topic: &Topic) {
        for bell in lock(&self.0).get(topic).into_iter().flatten().filter_map(Weak::upgrade) {
            bell.ring();
        }
    }
}

/// A panic elsewhere leaves a counter and a list: both are whole at any time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_between_looking_and_waiting_is_not_missed() {
        let subscriptions = Subscriptions::default();
        let subscription = subscriptions.subscribe(["a".into(), "b".into()]);
        let seen = subscription.seen();
        subscriptions.notify(&"c".into());
        assert!(!subscription.wait(seen, Duration::ZERO), "not subscribed to");
        subscriptions.notify(&"b".into());
        assert!(subscription.wait(seen, Duration::from_secs(60)));
    }

    #[test]
    fn a_sleeper_is_woken() {
        let subscriptions = Subscriptions::default();
        let subscription = subscriptions.subscribe(["a".into()]);
        let seen = subscription.seen();
        std::thread::scope(|scope| {
            let sleeper = scope.spawn(|| subscription.wait(seen, Duration::from_secs(60)));
            subscriptions.notify(&"a".into());
            assert!(sleeper.join().is_ok_and(|woken| woken));
        });
    }
}
