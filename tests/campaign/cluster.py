"""Three real brokers behind a proxy that can be broken, each of which can be killed, stopped and started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

ROOT = Path(__file__).resolve().parents[2]
NODES = 3
# From the first port on: brokers, brokers behind the proxy, controllers, the proxy.
BEHIND, CONTROLLERS, PROXY = 10, 20, 30


def free_ports():
    """The first of forty ports that nobody listens on."""
    for base in range(21_000, 32_000, 50):
        try:
            for port in range(base, base + 40):
                with socket.socket() as s:
                    s.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise RuntimeError("there are no forty free ports in a row from 21000 to 32000")


class Cluster:
    """`bootstrap` reaches the brokers, `proxied` through the proxy."""

    def __init__(self, folder):
        self.folder, self.port, self.lock = Path(folder), free_ports(), threading.Lock()
        ports = range(self.port, self.port + NODES)
        self.bootstrap = ",".join(f"127.0.0.1:{port}" for port in ports)
        self.proxied = ",".join(f"127.0.0.1:{port + PROXY}" for port in ports)
        pairs = [f"{port + PROXY}:{port + BEHIND}" for port in ports]
        command = [sys.executable, "-m", "campaign.proxy", *pairs]
        self.proxy = subprocess.Popen(command, cwd=ROOT / "tests", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.proxy.stdout.readline() != "ready\n":
            raise RuntimeError("the proxy does not start")
        self.start()

    def start(self):
        """Starts every broker that is down, with the data it had."""
        up = [str(ROOT / "tests/kafka/kafka-up"), "--dir", str(self.folder), "--port", str(self.port), "--nodes", str(NODES)]
        up += ["--controller-port", str(self.port + CONTROLLERS), "--proxied", str(self.port + PROXY)]
        up += ["--heap", "640m", "--owner", str(os.getpid())]
        subprocess.run(["bash", *up], check=True, stdout=subprocess.DEVNULL)

    def signal(self, node, number):
        os.kill(int((self.folder / f"node{node}" / "pid").read_text()), number)

    def is_up(self, node):
        pid = (self.folder / f"node{node}" / "pid").read_text().strip()
        command = Path(f"/proc/{pid}/cmdline")
        return command.exists() and b"kafka.Kafka" in command.read_bytes()

    def end(self, node, number, seconds=60):
        """Ends a broker with a signal, and waits until it is gone."""
        self.signal(node, number)
        until = time.monotonic() + seconds
        while self.is_up(node):
            if time.monotonic() > until:
                self.signal(node, signal.SIGKILL)
            time.sleep(0.05)

    def admin(self):
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 2})

    def delete(self, topic, seconds=90):
        """Deletes a topic; while brokers are away it is tried again."""
        until, admin = time.monotonic() + seconds, self.admin()
        while topic in admin.list_topics(timeout=30).topics:
            try:
                admin.delete_topics([topic], operation_timeout=30)[topic].result(60)
            except KafkaException:
                if time.monotonic() > until:
                    raise

    @contextlib.contextmanager
    def alone(self):
        """While a broker is away no other may go, nor until every copy of every partition is in sync again."""
        with self.lock:
            yield
            self.wait_in_sync()

    def wait_in_sync(self, seconds=120):
        until = time.monotonic() + seconds
        while True:
            topics = self.admin().list_topics(timeout=30).topics.values()
            partitions = [p for topic in topics for p in topic.partitions.values()]
            if all(len(p.isrs) == len(p.replicas) for p in partitions):
                return
            if time.monotonic() > until:
                raise TimeoutError(f"copies are not in sync after {seconds} s")
            time.sleep(0.5)

    def tell_proxy(self, line):
        self.proxy.stdin.write(line + "\n")
        self.proxy.stdin.flush()

    def stop(self):
        self.proxy.stdin.close()
        self.proxy.wait(10)
        subprocess.run(["bash", str(ROOT / "tests/kafka/kafka-down"), "--dir", str(self.folder), "--wipe"], check=False)
