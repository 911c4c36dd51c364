"""How long messages wait: from the broker's stamp on what an agency, an officer or a partner sends to the first decision
that everybody can read."""

import threading
import time

from confluent_kafka import Consumer

DECISIONS = "leads.decisions.v1"


class Watch(threading.Thread):
    """Follows the decisions. Of each message the first decision counts."""

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

    def between(self, began, ended):
        """Waits of messages that came between the two, as far as they are decided."""
        with self.lock:
            return [wait for came, wait in self.waits.values() if began <= came <= ended]

    def wait_until_calm(self, seconds, limit=2.0):
        """Until messages that came since now are decided within the limit; says whether it became so."""
        began, until = time.time(), time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(1)
            now = time.time()
            # What still waits shows in that nothing of the last seconds is decided.
            recent = self.between(max(began, now - 5), now)
            if now - began > 4 and self.between(now - limit, now) and max(recent) < limit:
                return True
        return False
