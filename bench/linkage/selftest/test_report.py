"""Bars, and the part of the report that is renewed."""

import pytest

from linkage import report, tables
from linkage.bars import Bar


def test_a_bar_says_by_how_much():
    assert not Bar("recall", "a set", False, 0.93, 0.94).met
    assert Bar("recall", "a set", False, 0.93, 0.94).margin == pytest.approx(-0.01)
    assert Bar("false links", "leads", True, 0.4, 1.0, at_most=True).met


def test_only_what_is_perfect_reads_as_perfect():
    assert tables.share(1.0) == "1.0000"
    assert tables.share(0.99996) == "0.9999"
    assert tables.share(0.12345) == "0.1235"


def test_the_measured_part_is_renewed_and_the_rest_stays():
    document = f"# Title\n{report.BEGIN}\nold\n{report.END}\n## Limits\n"
    once = report.insert(document, "new")
    assert "old" not in once and once.startswith("# Title\n") and once.endswith("## Limits\n")
    assert report.insert(once, "new") == once


def test_a_document_without_markers_is_refused():
    with pytest.raises(SystemExit):
        report.insert("# Title\n", "new")
