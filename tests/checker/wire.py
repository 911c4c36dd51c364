"""Confluent's wire format: a zero byte, the schema id, the Avro body; schemas from schemas/, ids from ids.toml."""

import io
import json
import tomllib
from pathlib import Path

import fastavro


class Undecodable(Exception):
    """The bytes are not a record of the subject. Says what was expected, never what the bytes were."""


def _plain(schema):
    """The schema without logical types: instants stay numbers."""
    if isinstance(schema, dict):
        return {k: _plain(v) for k, v in schema.items() if k != "logicalType"}
    if isinstance(schema, list):
        return [_plain(s) for s in schema]
    return schema


class Schemas:
    """The subjects of a site."""

    def __init__(self, folder):
        ids = tomllib.loads((Path(folder) / "ids.toml").read_text())
        self.ids, self.sources, self.parsed = {}, {}, {}
        for subject, entry in ids.items():
            self.ids[subject] = entry["id"]
            self.sources[subject] = _plain(json.loads((Path(folder) / f"{subject}.avsc").read_text()))

    def _schema(self, subject):
        if subject not in self.parsed:
            self.parsed[subject] = fastavro.parse_schema(self.sources[subject], named_schemas={})
        return self.parsed[subject]

    def subject_of(self, value, subjects):
        """Which of these subjects the bytes say they are of; the first if they say none of them."""
        found = int.from_bytes(value[1:5], "big") if value is not None and len(value) >= 5 else None
        return next((subject for subject in subjects if self.ids[subject] == found), subjects[0])

    def decode(self, subject, value):
        """The record; of a union of records, the pair of the branch's name and the record."""
        if value is None or len(value) < 5 or value[0] != 0:
            raise Undecodable(f"expected a zero byte and a schema id before `{subject}`")
        found = int.from_bytes(value[1:5], "big")
        if found != self.ids[subject]:
            raise Undecodable(f"expected schema id {self.ids[subject]} of `{subject}`, found {found}")
        body = io.BytesIO(value[5:])
        try:
            record = fastavro.schemaless_reader(
                body, self._schema(subject), None, return_record_name=True, return_record_name_override=True
            )
        except Exception as error:  # fastavro raises whatever the broken bytes lead it into
            raise Undecodable(f"the body is not Avro of `{subject}` ({type(error).__name__})") from None
        if body.read(1):
            raise Undecodable(f"bytes are left after the record of `{subject}`")
        return record

    def encode(self, subject, record):
        """For the self-tests."""
        body = io.BytesIO()
        fastavro.schemaless_writer(body, self._schema(subject), record)
        return b"\0" + self.ids[subject].to_bytes(4, "big") + body.getvalue()
