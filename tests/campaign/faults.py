"""What is done to the site while leads go in. Each fault strikes, and leaves everything able to recover."""

import shutil
import signal
import threading
import time

from checker.topics import read_topics, write_dump

from .site import Worker

FAULTS = {}
SERVICES = ("normaliser", "gate", "deduplicator", "router")
# A partner whose topic is taken away.
PARTNER_TOPIC = "leads.domestic.triage-desk.v1"


def fault(name):
    def keep(strike):
        FAULTS[name] = strike
        return strike

    return keep


def kill(service):
    @fault(f"kill -9 of a {service}")
    def strike(chaos):
        chaos.one_of(service).kill()
        chaos.kills += 1


def pause(service):
    @fault(f"SIGSTOP of a {service} for 2 to 12 s")
    def strike(chaos):
        """Longer than a session: another takes over, and who comes back is a zombie."""
        worker = chaos.one_of(service)
        with worker.held():
            worker.process.send_signal(signal.SIGSTOP)
            time.sleep(chaos.chance.uniform(2, 12))
            worker.process.send_signal(signal.SIGCONT)


for each in SERVICES:
    kill(each)
    pause(each)


STORM, BROKER = "ten kill -9 of services in 3 s", "kill -9 of a broker, back after 1 to 4 s"


@fault(STORM)
def storm(chaos):
    for _ in range(10):
        chaos.chance.choice(chaos.workers).kill()
        chaos.kills += 1
        time.sleep(0.3)


@fault(BROKER)
def broker_dies(chaos):
    with chaos.cluster.alone():
        chaos.cluster.end(chaos.chance.choice((1, 2, 3)), signal.SIGKILL)
        chaos.broker_kills += 1
        time.sleep(chaos.chance.uniform(1, 4))
        chaos.cluster.start()


@fault("SIGSTOP of a broker for 3 to 15 s")
def broker_pauses(chaos):
    """Longer than a controller waits: others lead, and who comes back believes that it still does."""
    with chaos.cluster.alone():
        node = chaos.chance.choice((1, 2, 3))
        chaos.cluster.signal(node, signal.SIGSTOP)
        time.sleep(chaos.chance.uniform(3, 15))
        chaos.cluster.signal(node, signal.SIGCONT)


@fault("leaders move: a broker leaves in order, and comes back")
def leaders_move(chaos):
    with chaos.cluster.alone():
        chaos.cluster.end(chaos.chance.choice((1, 2, 3)), signal.SIGTERM)
        chaos.cluster.start()


@fault("every connection is cut, five times")
def cuts(chaos):
    for _ in range(5):
        chaos.cluster.tell_proxy("cut")
        time.sleep(chaos.chance.uniform(0.2, 2))


@fault("the network is slow: 50 to 300 ms each way for 8 s")
def slow(chaos):
    chaos.cluster.tell_proxy(f"slow {chaos.chance.randint(50, 300)}")
    time.sleep(8)
    chaos.cluster.tell_proxy("pass")


@fault("the network is dead for 2 to 14 s")
def dead(chaos):
    """Requests are neither answered nor refused: nobody knows what became of them."""
    chaos.cluster.tell_proxy("dead")
    time.sleep(chaos.chance.uniform(2, 14))
    chaos.cluster.tell_proxy("cut")


@fault("rolling restart")
def rolling(chaos):
    for worker in chaos.workers:
        with worker.held():
            worker.stop()
            worker.start()
        time.sleep(0.5)


@fault("an instance more of each service for 6 s")
def more(chaos):
    added = [Worker(chaos.site, service, 9) for service in SERVICES]
    for worker in added:
        worker.start()
    time.sleep(6)
    for worker in added:
        worker.stop()


def stateful(chaos):
    return chaos.one_of(chaos.chance.choice(("deduplicator", "router")))


@fault("the disk with the state is full for 4 s")
def full(chaos):
    """A small disk under the state of one process: all there is left of it is filled."""
    worker = stateful(chaos)
    with worker.held():
        worker.stop()
        with chaos.small_disk(worker.state) as fill:
            worker.start()
            time.sleep(3)
            with fill():
                until = time.monotonic() + 4
                while time.monotonic() < until:
                    if not worker.alive():
                        worker.start()
                    time.sleep(0.2)
            time.sleep(1)
            worker.end()
        worker.start()


@fault("the state of a process is deleted")
def state_deleted(chaos):
    worker = stateful(chaos)
    with worker.held():
        worker.end()
        shutil.rmtree(worker.state)
        worker.start()


@fault("bytes of a state on disk are changed")
def state_damaged(chaos):
    worker = stateful(chaos)
    with worker.held():
        worker.end()
        files = [f for f in worker.state.rglob("*") if f.is_file() and f.stat().st_size > 64]
        for file in chaos.chance.sample(files, min(3, len(files))):
            content = bytearray(file.read_bytes())
            for _ in range(8):
                content[chaos.chance.randrange(len(content))] ^= 0xFF
            file.write_bytes(content)
        worker.start()


@fault("the topic of a partner is deleted, and made again after 5 s")
def topic_deleted(chaos):
    """What the partner had received until then is kept for the checker."""
    routers = [worker for worker in chaos.workers if worker.service == "router"]
    with chaos.all_held(routers):
        for router in routers:
            router.stop()
        chaos.deleted += 1
        write_dump(read_topics(chaos.cluster.bootstrap, [PARTNER_TOPIC]), chaos.folder / "deleted" / str(chaos.deleted))
        chaos.cluster.delete(PARTNER_TOPIC)
        for router in routers:
            router.start()
    time.sleep(5)
    chaos.site.apply_topics()


def both(one, two):
    """Two faults at once: the second strikes in the middle of the first."""

    def strike(chaos):
        failures = []

        def second():
            try:
                time.sleep(chaos.chance.uniform(0.2, 2))
                FAULTS[two](chaos)
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=second)
        thread.start()
        FAULTS[one](chaos)
        thread.join()
        if failures:
            raise failures[0]

    return strike
