"""Partners of the small site, under the policies that stand in config/, and one more that asks for an officer."""

from pathlib import Path

from checker.policy_files import PolicyFiles

ROOT = Path(__file__).resolve().parents[3]
POLICIES = {file.name: file.read_bytes() for file in (ROOT / "config" / "policies").glob("*.cedar")}
SCHEMA = (ROOT / "config" / "policies" / "leads.cedarschema").read_bytes()
REDACTION = (ROOT / "config" / "policies" / "redaction.toml").read_bytes()
PARTNER, OTHER = "harbor-office", "casa-refugio"
# What a sworn office at home sees that is not listed for what 8 USC 1367 protects.
CLASSES = (
    "general handling provenance identity contact account location financial device_network narrative evidence"
    " le_sensitive subject victim minor reporter witness other_person"
).split()
ASKS = b"""
@id("two-for-harbor") @officers("2") @reason("two officers read what goes to the harbor")
forbid (principal == Partner::"harbor-office", action == Action::"release_without_approval", resource);
"""


def partner(kind="field_office", country="US", sworn="true", categories='"any"', agreement="", **values):
    """A partner.toml."""
    values = {"state": '"ACTIVE"', "max_tlp": '"AMBER_STRICT"', "purposes": '["RESCUE"]'} | values
    lines = [f'name = "-"\nkind = "{kind}"\ncountry = "{country}"\nsworn = {sworn}']
    lines += [f"{name} = {value}" for name, value in values.items()]
    lines += ["[[agreements]]", 'id = "a"', 'legal_basis = "-"', f"categories = {categories}"]
    lines += [agreement or "starts = 1970-01-01\nends = 2100-01-01"]
    return "\n".join(lines).encode()


def release(policies=POLICIES, redaction=REDACTION, **partners):
    """A configuration with these partners; `_` in a name stands for a hyphen."""
    files = {PARTNER: partner(), OTHER: partner("foreign_police", "MX")}
    files |= {name.replace("_", "-"): text for name, text in partners.items()}
    return PolicyFiles("US", files, SCHEMA, policies, redaction)


RELEASE = release(POLICIES | {"asks.cedar": ASKS})
