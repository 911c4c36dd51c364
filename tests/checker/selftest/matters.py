"""A small site in which matters join and split, officers speak and persons are asked; tests falsify one thing each."""

from .world import World, compared, hexed

ONE, TWO = ("EXTERNAL_ID",), ("EXTERNAL_ID", "EXTERNAL_ID")
PHONE, NAMES = "+12025550101", ("GIVEN_NAME", "FAMILY_NAME")


class Matters(World):
    """`change` names what is falsified: the verdict on a lead, or the case on it. `left_out` is not sent."""

    def __init__(self, change=None, left_out=()):
        super().__init__()
        self.change, self.left_out = change or {}, left_out

    def say(self, name, verdict, links=(), phone=None, numbers=(), matter=None, **values):
        """A lead, its verdict, the case, and that nobody receives it."""
        lead = self.lead(self.inbound(f"report {name}"), name, phone=phone, numbers=numbers)
        matter = (matter or lead)["lead_id"]
        event = self.verdict(lead, verdict, matter=matter, links=links, change=self.change.get(name), **values)
        if f"case {name}" not in self.left_out:
            self.ask(event, self.change.get(f"case {name}"))
        self.decide(event)
        return lead

    def move(self, name, *args, **values):
        if name not in self.left_out:
            self.regroup(*args, **values)


def matters(change=None, left_out=(), undue=False):
    """C joins A and B; an officer parts A and B; D goes with A; of E and F a person is asked; C is withdrawn."""
    w = Matters(change, left_out)
    a = w.say("A", "NEW", phone=PHONE, numbers=("1",))
    b = w.say("B", "NEW", numbers=("2",))
    links = [compared(a, 2, (*ONE, "PHONE")), compared(b, 2, ONE)]
    c = w.say("C", "RELATED", links, phone=PHONE, numbers=("1", "2", "3"), matter=a)
    w.move("B joins", b, a, [b], c)
    # C has more in common with A.
    w.word("DIFFERENT", a, b, 5)
    w.tallied["deduplicator", "DECISION/"] += 1
    w.move("B parts", b, b, [b], a, officer="desk")
    w.word("SAME", b, a, 5)
    w.tallied["deduplicator", "DECISION_STALE/"] += 1
    links = [compared(c, 3, TWO, "repeats"), compared(a, 3, ONE), compared(b, 3, ONE, "review", "cannot_link")]
    w.say("D", "DUPLICATE", links, numbers=("1", "2"), matter=a)
    alike = ("PHONE", "GIVEN_NAME")
    links = [compared(other, 4, alike, "review", household=True) for other in (a, c)]
    e = w.say("E", "REVIEW", links, phone=PHONE)
    w.say("F", "REVIEW", [compared(e, 5, (*NAMES, "NARRATIVE"), "review")], numbers=("9",))
    gone = w.lead(w.inbound("cancel C"), "C", "CANCEL", phone=None)
    event = w.verdict(gone, "CANCEL", 2, matter=a["lead_id"], cluster=c["lead_id"], change=w.change.get("cancel C"))
    w.decide(event)
    if undue:
        w.regroup(a, b, [a], c)
    return w.close()


def id_of(name):
    return hexed(name)
