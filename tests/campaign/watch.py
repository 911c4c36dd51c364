"""How long leads wait: from the broker's stamp on the message of an agency to the decision that everybody can read."""

import threading
import time

from confluent_kafka import Consumer

DECISIONS = "leads.decisions.v1"


class Watch(threading.Thread):
    """Follows the decisions. Of each original message the first decision counts."""

    def __init__(self, bootstrap):
        super().__init__(name="watch", daemon=True)
        self.bootstrap, self.stopping = bootstrap, threading.Event()
        self.lock = threading.Lock()
        self.waits = {}  # message -> (when it came, how long it waited), in seconds

    def run(self):
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "chaos-watch",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "log_level": 2,
            }
        )
        consumer.subscribe([DECISIONS])
        while not self.stopping.is_set():
            seen = consumer.consume(1_000, timeout=0.1)
            now = time.time()
            with self.lock:
                for message in seen:
                    order = next((v for n, v in message.headers() or () if n == "leadshare-order"), None)
                    if message.error() is None and order:
                        came = int(order.split(b"-")[0]) / 1_000
                        self.waits.setdefault(order, (came, now - came))
        consumer.close()

    def since(self, began):
        """Waits of messages that came since then."""
        with self.lock:
            return [wait for came, wait in self.waits.values() if came >= began]

    def wait_until_calm(self, seconds, limit=2.0):
        """Until what came in the last five seconds waited no longer than the limit; says whether it became so."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(1)
            now = time.time()
            recent = self.since(now - 5)
            if len(recent) > 5 and max(recent) < limit:
                return True
        return False
