"""How long readers of committed records wait behind what a killed process left open, once it is started again."""

import time
from collections import Counter

from confluent_kafka import IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

# Of transactions of the living nothing is open for so long.
MOMENT = 0.3


class Readers:
    """Asks how far readers come, and how much there is."""

    def __init__(self, bootstrap):
        self.admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})

    def ends(self, isolation, places=None):
        """(topic, partition) -> where it ends for readers of this kind."""
        if places is None:
            topics = self.admin.list_topics(timeout=30).topics
            places = [(name, p) for name, topic in topics.items() if name.startswith("leads.") for p in topic.partitions]
        asked = {TopicPartition(*place): OffsetSpec.latest() for place in places}
        answers = self.admin.list_offsets(asked, isolation_level=isolation, request_timeout=30) if asked else {}
        return {(place.topic, place.partition): answer.result().offset for place, answer in answers.items()}

    def behind(self, ends):
        """Places where a reader of committed records does not come to these ends."""
        committed = self.ends(IsolationLevel.READ_COMMITTED, list(ends))
        return {place: end for place, end in ends.items() if committed[place] < end}

    def everything(self):
        return self.ends(IsolationLevel.READ_UNCOMMITTED)


def after_restarts(workers, readers, kills, seconds=60):
    """Kills each in turn and starts it again; how often something was left open, and the longest that readers waited for it
    from then on."""
    found, longest = Counter(), 0.0
    for number in range(kills):
        worker = workers[number % len(workers)]
        worker.end()
        left = readers.behind(readers.everything())
        time.sleep(MOMENT)
        left = readers.behind(left)
        began = time.monotonic()
        worker.start()
        found[bool(left)] += 1
        while left:
            left = readers.behind(left)
            waited = time.monotonic() - began
            longest = max(longest, waited)
            if waited > seconds:
                raise TimeoutError(f"readers wait for more than {seconds} s at {sorted(left)}")
        # Until it has something to leave open.
        wait = time.monotonic() + seconds
        while not owns_something(worker) and time.monotonic() < wait:
            time.sleep(0.1)
        time.sleep(1)
    return found[True], longest


def owns_something(worker):
    try:
        return sum(worker.metric("leadshare_assigned_partitions")) > 0
    except OSError:
        return False
