"""What a rule found."""

from dataclasses import dataclass, field

SHOWN = 5


@dataclass
class Result:
    """One rule: how much it looked at, and what was wrong. Faults name places and ids, never values."""

    rule: str
    promise: str
    checked: int = 0
    faults: int = 0
    shown: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    def fault(self, text):
        self.faults += 1
        if len(self.shown) < SHOWN:
            self.shown.append(text)

    def note(self, text):
        self.notes.append(text)

    def as_json(self):
        return {
            "rule": self.rule,
            "promise": self.promise,
            "checked": self.checked,
            "faults": self.faults,
            "shown": self.shown,
            "notes": self.notes,
        }


def table(results):
    """A table for a person."""
    lines = [f"{'promise':8} {'rule':22} {'checked':>9} {'faults':>7}"]
    for r in results:
        lines.append(f"{r.promise:8} {r.rule:22} {r.checked:>9} {r.faults:>7}")
        lines += [f"{'':10}! {text}" for text in r.shown]
        if r.faults > len(r.shown):
            lines.append(f"{'':10}! … and {r.faults - len(r.shown)} more")
        lines += [f"{'':10}  {text}" for text in r.notes]
    return "\n".join(lines)
