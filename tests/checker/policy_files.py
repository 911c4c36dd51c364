"""Which partners and policies a site has, and whether a decision was made by them.

Partners are read; of policies only which there are and what they speak of, for they are judged by `policy`, which tells
their meaning again.
"""

import re
import tomllib
from hashlib import sha256
from pathlib import Path

from .policy import CLASSES, GRANTS, HARD_STOPS, LINKED, OUTLINED
from .policy_facts import Partner

# Strings before comments: a reason may hold two slashes.
COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*')
IDENTIFIER = re.compile(r'@id\("([^"]*)"\)')
HEAD = re.compile(r"\b(?:permit|forbid)\s*\((.*?)\)\s*(?:when|unless|;)", re.DOTALL)
ACTION = re.compile(r'Action::"(\w+)"')
QUESTIONS = {"view": CLASSES, "outline": OUTLINED, "link": LINKED}
EVERYTHING = frozenset({"receive", "release_without_approval"}) | {
    f"{verb}_{name}" for verb, classes in QUESTIONS.items() for name in classes
}


def _hash(text):
    return sha256(text).hexdigest()


def actions_of(text):
    """Identifier -> the questions that a policy of this file speaks of."""
    text = COMMENT.sub(lambda found: found[1] or "", text)
    parts = IDENTIFIER.split(text)[1:]
    found = {}
    for identifier, policy in zip(parts[::2], parts[1::2]):
        head = HEAD.search(policy)
        # A head that names no question, or that nobody can read, speaks of all.
        found[identifier] = frozenset(ACTION.findall(head[1]) if head else ()) & EVERYTHING or EVERYTHING
    return found


class PolicyFiles:
    """The partners and policies of a configuration."""

    def __init__(self, home, partners, schema, policies, redaction=b""):
        """`partners` and `policies` are texts in bytes by name of folder and of file."""
        read = {name: tomllib.loads(text.decode()) for name, text in partners.items() if name[0] != "_"}
        self.home = home
        self.partners = {name: Partner.of(name, file, home) for name, file in read.items()}
        listed = "".join(f"{name} {_hash(partners[name])}\n" for name in sorted(read))
        self.partners_hash = _hash(listed.encode())
        parts = [b"%d\n%s" % (len(schema), schema)]
        parts += [b"%s\n%d\n%s" % (name.encode(), len(text), text) for name, text in sorted(policies.items())]
        self.policies_hash = _hash(_hash(b"".join(parts)).encode() + b"\n" + redaction)
        self.actions = {}
        for text in policies.values():
            self.actions.update(actions_of(text.decode()))

    @classmethod
    def read(cls, config):
        """Those of a folder; None where one has no partners or no policies."""
        config = Path(config)
        site, schema = config / "leadshare.toml", config / "policies" / "leads.cedarschema"
        if not site.exists() or not schema.exists():
            return None
        partners = {file.parent.name: file.read_bytes() for file in (config / "partners").glob("*/partner.toml")}
        policies = {file.name: file.read_bytes() for file in (config / "policies").glob("*.cedar")}
        home = tomllib.loads(site.read_text(encoding="utf-8"))["home_country"]
        redaction = config / "policies" / "redaction.toml"
        redaction = redaction.read_bytes() if redaction.exists() else b""
        return cls(home, partners, schema.read_bytes(), policies, redaction)

    def decided(self, decision):
        """Whether a decision was made by these partners and policies."""
        return (decision["partners"], decision["policies"]) == (self.partners_hash, self.policies_hash)

    @property
    def granted(self):
        """Grants that the site has."""
        return GRANTS & self.actions.keys()

    @property
    def without(self):
        """Hard stops that the site has taken out."""
        return HARD_STOPS - self.actions.keys()

    @property
    def unknown(self):
        """Policies of which `policy` does not know the meaning."""
        return self.actions.keys() - GRANTS - HARD_STOPS

    def unjudged(self):
        """Questions on which a policy of unknown meaning has a say."""
        return frozenset().union(*(self.actions[identifier] for identifier in self.unknown))
