"""PL-15: no person's data in keys and headers."""

import re

from .result import Result

OPAQUE = re.compile(rb"^[0-9a-f]{32}$")
# A held release is listed under domain, lead and partner; a legal hold under domain, lead and reason; a checkpoint under the number of its chain.
LISTED = {
    "leads.held.v1": re.compile(rb"^[A-Z]+/[0-9a-f]{32}/[a-z0-9-]+$"),
    "leads.legal-holds.v1": re.compile(rb"^[A-Z]+/[0-9a-f]{32}/[a-z0-9_-]+$"),
    "leads.checkpoints.v1": re.compile(rb"^\d+$"),
}
OWN = re.compile(r"^(leadshare-|__connect\.errors\.|ce_|content-type$|traceparent$|tracestate$)")
ORDER = r"-?\d+-\d+-\d+"
NUMBER = r"-?\d+"
HEX = r"[0-9a-f-]{16,}"
EVENT_ID = r"[0-9a-f]{32}/[0-9a-z/-]+"
INSTANT = r"\d{4}-\d\d-\d\dT[\d:.]+Z"
OURS = re.compile("|".join((ORDER, NUMBER, HEX, EVENT_ID, INSTANT)))
PHONE = re.compile(r"\+\d{8,15}")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[a-z]+", re.IGNORECASE)


def no_personal_data_in_keys_and_headers(site):
    """Keys of our topics are opaque ids; no header that we write holds a value of a lead."""
    result = Result("keys and headers", "PL-15")
    texts = {}
    for topic in sorted(site.topics.by_topic):
        # What agencies, officers and partners send is theirs; what comes of it is ours.
        if topic.startswith(("leads.inbound.", "leads.officers.", "leads.feedback.")) or ".changelog." in topic:
            continue
        letters = topic.startswith("leads.dead-letter.")
        for record in site.topics.records(topic):
            result.checked += 1
            if not letters and (record.key is None or not LISTED.get(topic, OPAQUE).match(record.key)):
                result.fault(f"{record.place}: the key is no opaque id")
            for name, value in record.headers:
                if letters and not OWN.match(name):
                    continue  # an agency's own header, kept as it was
                if not OWN.match(name):
                    result.fault(f"{record.place}: a header `{name}` that nobody knows")
                text = (value or b"").decode("utf-8", "replace")
                if not OURS.fullmatch(text):
                    texts.setdefault((name, text), record.place)
    everything = "\n".join(sorted({text for _, text in texts}))
    for (name, text), place in texts.items():
        if PHONE.search(text) or EMAIL.search(text):
            result.fault(f"{place}: header `{name}` looks like a contact")
    if everything:
        for _, lead in site.leads:
            for secret in site.lead_walk.personal_texts(lead["content"]):
                if secret in everything and re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", everything):
                    result.fault(f"a header holds a value of lead {lead['lead_id'][:8]}")
                    break
    return result
