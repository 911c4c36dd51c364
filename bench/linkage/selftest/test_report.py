"""Bars, and the part of the report that is renewed."""

import pytest

from linkage import reasons, report, tables
from linkage.bars import Bar, bars


def test_a_bar_says_by_how_much():
    assert not Bar("recall", "a set", False, 0.93, 0.94).met
    assert Bar("recall", "a set", False, 0.93, 0.94).margin == pytest.approx(-0.01)
    assert Bar("false links", "leads", True, 0.4, 1.0, at_most=True).met


def leads_of(recall, ours, baseline):
    stratum = {"true_pairs": 10, "link_and_review_recall": recall, "ours": {"f1": ours}, "baseline": {"f1": baseline}}
    nothing = {"true_pairs": 4, "link_and_review_recall": 0.0, "ours": {"f1": 0.0}, "baseline": {"f1": 0.5}}
    return {
        "total": {"ours": {"false_per_1000_records": 0.0}},
        "verdicts": None,
        "link_and_review_recall": recall,
        "blocking": 0.95,
        "strata": {"one identifier": stratum, "none": nothing},
    }


def test_generated_leads_have_their_bars_and_a_missed_one_says_which_pairs():
    found = {bar.what: bar for bar in bars([], leads_of(0.8, 0.9, 0.4))}
    assert found["F1 less the baseline's, where it is least"].margin == pytest.approx(0.5)
    assert not found["recall of link and review together"].met
    said = reasons.missed([], list(found.values()), leads_of(0.8, 0.9, 0.4))
    assert said.count("\n") == 1 and '4 of "none", 2 of "one identifier"' in said
    assert reasons.missed([], bars([], leads_of(1.0, 0.9, 0.4)), leads_of(1.0, 0.9, 0.4)) == ""


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
