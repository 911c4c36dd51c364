"""Match keys of a lead, from the list in ARCHITECTURE.md.

Texts are compared trimmed and in lower case; what a machine gave (a provider's number, the value of a hash) as it
stands. Placeholders, an officer's own contacts and identifiers of nothing but zeros are no keys.
"""


def folded(text):
    return None if text is None else text.strip().lower()


def exact(text):
    return None if text is None else text.strip()


def match_keys(lead):
    """Values on which two leads can agree, each with its kind."""
    keys = set()
    content = lead["content"]

    def add(kind, *parts):
        if all(parts):
            keys.add((kind, *parts))

    add("EXTERNAL_ID", folded(lead["agency"]), folded(lead["report_number"]))
    for external in content["external_ids"]:
        add("EXTERNAL_ID", folded(external["scheme"]), folded(external["id"]))
    reachable = [p for p in content["persons"] if p["role"] != "CONTACT"] + content["organizations"]
    for holder in reachable:
        for phone in holder["phones"]:
            add("PHONE", exact(phone["e164"]))
        for email in holder["emails"]:
            add("EMAIL", folded(email["address"]))
    for account in content["accounts"]:
        if not account["placeholder"]:
            add("ACCOUNT", "handle", folded(account["service"]), folded(account["handle"]))
            add("ACCOUNT", "id", folded(account["service"]), exact(account["provider_id"]))
    for person in content["persons"]:
        for document in person["documents"]:
            kind, number = folded(document["kind"]), folded(document["number"])
            if kind and number and not document["placeholder"]:
                country = document["country"] or {"code": "", "text": ""}
                keys.add(("DOCUMENT", kind, number, folded(country["code"] or country["text"])))
    for file in content["files"]:
        for hashed in file["hashes"]:
            if hashed["fits"]:
                add("FILE_HASH", folded(hashed["algorithm"]), exact(hashed["value"]))
    for device in content["devices"]:
        value = device["id_value"] or ""
        if any(c.isalnum() and c != "0" for c in value):
            add("DEVICE", folded(device["id_type"]), folded(value))
    return keys
