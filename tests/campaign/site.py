"""A site on a real broker: processes of the real binary."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_broker(folder):
    """A broker of its own, which goes away with this process."""
    up = [str(ROOT / "tests/kafka/kafka-up"), "--dir", str(folder), "--port", str(free_port())]
    up += ["--controller-port", str(free_port()), "--heap", "768m", "--owner", str(os.getpid())]
    said = subprocess.run(["bash", *up], check=True, stdout=subprocess.PIPE, text=True).stdout
    return next(line.removeprefix("bootstrap=") for line in said.splitlines() if line.startswith("bootstrap="))


def stop_broker(folder):
    subprocess.run(["bash", str(ROOT / "tests/kafka/kafka-down"), "--dir", str(folder), "--wipe"], check=False)


class Site:
    """A directory made by `leadshare init`, with its topics on a broker."""

    def __init__(self, binary, folder, bootstrap):
        self.binary, self.folder, self.bootstrap = str(binary), Path(folder), bootstrap
        subprocess.run([self.binary, "init", str(self.folder), "--kafka", bootstrap], check=True, stdout=subprocess.DEVNULL)
        self.apply_topics()

    def apply_topics(self, seconds=90):
        """Makes the topics that are missing; while brokers are away it is tried again."""
        until = time.monotonic() + seconds
        while subprocess.run(self.command("topics", "apply"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).returncode:
            if time.monotonic() > until:
                raise TimeoutError(f"`topics apply` fails for {seconds} s")

    def command(self, *words, **settings):
        sets = [w for name, value in settings.items() for w in ("--set", f"{name}={value}")]
        return [self.binary, "-C", str(self.folder), *sets, *words]


class Worker:
    """One process of one service, started again whenever it is killed."""

    def __init__(self, site, service, number):
        self.site, self.service, self.number = site, service, number
        self.kills = 0
        self.process = None
        self.log = site.folder / f"{service}-{number}.log"
        self._holders = threading.RLock()

    @property
    def name(self):
        return f"{self.service}-{self.number}"

    @property
    def state(self):
        return self.site.folder / "state" / self.name

    def held(self):
        """While it is held, nobody else starts it again."""
        return self._holders

    def start(self):
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.port = free_port()
        settings = {"files.state": self.state, "http.listen": f"127.0.0.1:{self.port}"}
        # Exercises are purged as soon as somebody looks: so leads go while others come.
        settings["retention.exercise_days"] = 0
        command = self.site.command("run", self.service, **settings)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.site.folder)

    def alive(self):
        return self.process.poll() is None

    def metric(self, name):
        """Every value of a metric, by whatever labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return [float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{name}(\{{|\s)", line)]

    def kill(self):
        """kill -9, whatever it is doing, and a new process at once."""
        with self.held():
            self.end()
            self.start()

    def end(self):
        """kill -9, and nothing after it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def stop(self, seconds=10):
        """SIGTERM; returns how long it took, or None if it had to be killed or ended badly."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None
        return time.monotonic() - began if code == 0 else None
