"""Leads by stratum, from files."""

import pytest

from linkage import leads

LEADS = "id,matter,phone,email,document\na,1,+1;+2,,\nb,1,+2,,\nc,2,,,\nd,1,,,\ne,3,+9,,\nf,4,+9,,\n"
PAIRS = "id_a,id_b,total_millibits,decision\na,b,9000,link\na,c,8000,link\na,d,2000,review\ne,f,9000,link\n"
STRATA = "id_a,id_b,stratum\nb,a,one identifier\na,d,name only\nb,d,none\ne,f,hotline\n"


def folder(path, strata=STRATA):
    for name, text in (("leads.csv", LEADS), ("pairs.csv", PAIRS), ("strata.csv", strata)):
        (path / name).write_text(text)
    return path


def test_strata_part_what_was_found(tmp_path):
    found = leads.measure(folder(tmp_path), draws=5)
    strata = found["strata"]
    assert found["true_pairs"] == 3
    assert strata["one identifier"]["ours"] == {"f1": 1.0, "recall": 1.0, "false": 0}
    assert strata["one identifier"]["baseline"]["f1"] == 1.0
    assert strata["name only"]["ours"]["recall"] == 0.0
    assert strata["name only"]["link_and_review_recall"] == 1.0
    assert strata["hotline"]["ours"]["false"] == 1
    assert strata[leads.UNLISTED]["ours"]["false"] == 1
    assert found["total"]["ours"]["false_per_1000_records"] == pytest.approx(1000 * 2 / 6)


def test_verdicts_are_told_apart(tmp_path):
    folder(tmp_path)
    (tmp_path / "verdicts.csv").write_text("id,verdict,truth\nb,duplicate,duplicate\nd,related,update\nc,new,new\n")
    assert leads.measure(tmp_path, draws=5)["verdicts"] == {"leads": 2, "share": 0.5}


def test_strata_must_list_every_true_pair(tmp_path):
    with pytest.raises(SystemExit, match="lists 2 true pairs of 3"):
        leads.read(folder(tmp_path, STRATA.replace("b,d,none\n", "")))
