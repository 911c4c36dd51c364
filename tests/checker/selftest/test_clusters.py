"""Clusters by hand, and a thousand small histories beside a slower way to say what they are."""

import random

from checker.clusters import Edge, Ledger, Names, pair

LINK = 6_600
PHONE, MEDIA = frozenset({"identity", "phone"}), frozenset({"identity", "media"})


def ledger(leads):
    made = Ledger(LINK)
    for place, lead in enumerate(leads):
        made.open(lead, place)
    return made


def link(made, a, b, weight=9_000, groups=PHONE):
    """Proposes an edge; what keeps the two apart."""
    made.note(a, b, Edge(weight, groups))
    reason = made.hold(a, b)
    if reason is None:
        made.join(a, b)
    return reason


def parts(made):
    return sorted("".join(sorted(members)) for members in made.members.values())


def test_the_older_keeps_its_name_and_a_withdrawal_parts():
    made = ledger("abcd")
    assert [link(made, *two) for two in ("dc", "ba", "bc")] == [None, None, "second_edge"]
    assert link(made, "a", "d", groups=MEDIA) is None
    assert parts(made) == ["abcd"] and made.edges["b"]["c"].live
    made.begin()
    made.remove("a")
    assert parts(made) == ["bcd"] and made.moved() == set()
    made.remove("c")
    assert parts(made) == ["b", "d"]
    assert made.moved() == {"d"}, "b is older"


def test_one_strong_edge_joins_two_clusters_of_two():
    made = ledger("abcd")
    link(made, "a", "b"), link(made, "c", "d")
    assert link(made, "a", "c", LINK + 5_999) == "second_edge"
    assert link(made, "a", "c", LINK + 6_000) is None


def test_a_large_cluster_and_a_sparse_one_grow_no_more():
    names = [f"{n:02}" for n in range(60)]
    made = ledger(names)
    for other in names[1:9]:
        assert link(made, names[0], other) is None
    assert link(made, names[0], names[9]) is None
    assert link(made, names[0], names[10]) == "density", "10 edges of 55 pairs"
    for a in names[:50]:
        for b in names[:50]:
            if a < b:
                made.note(a, b, Edge(9_000, PHONE))
                made.join(a, b)
    assert link(made, names[0], names[50]) == "size"


def test_the_weaker_edge_goes_where_two_were_declared_different():
    made = ledger("abc")
    link(made, "a", "c", 9_000), link(made, "b", "c", 9_001)
    assert made.say("DIFFERENT", "b", "a", 5)
    assert parts(made) == ["a", "bc"]
    assert not made.say("SAME", "a", "b", 5), "not later"
    assert link(made, "a", "c", 9_000) == "cannot_link"
    assert made.say("SAME", "a", "b", 6)
    assert parts(made) == ["abc"]


def test_a_word_waits_for_a_lead_and_outlives_it():
    made = ledger("a")
    assert made.say("DIFFERENT", "a", "b", 1)
    made.open("b", 7)
    assert link(made, "a", "b") == "cannot_link" and "b" not in made.edges["a"]
    made.remove("b")
    made.open("b", 9)
    assert link(made, "a", "b") == "cannot_link"
    assert made.say("SAME", "b", "a", 2) and parts(made) == ["ab"]


def test_a_name_is_of_one_cluster_at_a_time():
    made = ledger("ab")
    names = Names(made)
    assert names.fits("a", "A") and not names.fits("b", "A") and names.fits("b", "B")
    link(made, "a", "b")
    assert not names.fits("b", "B") and names.fits("b", "A")
    made.remove("a")
    made.remove("b")
    made.open("a", 9)
    assert names.fits("a", "A"), "the cluster that was called so is no more"


def components(leads, edges):
    """Parts of a graph, by merging lists."""
    found = [{lead} for lead in leads]
    for a, b in edges:
        one = next(part for part in found if a in part)
        two = next(part for part in found if b in part)
        if one is not two:
            found.remove(two)
            one |= two
    return sorted("".join(sorted(part)) for part in found)


def test_clusters_are_what_live_edges_hold_together():
    for seed in range(1_000):
        one_history(random.Random(seed))


def one_history(chance):
    made, names, places = Ledger(LINK), "abcdefg", iter(range(1_000))
    for _ in range(40):
        a, b = chance.sample(names, 2)
        done = chance.random()
        if a not in made.cluster:
            made.open(a, next(places))
        elif done < 0.15:
            made.remove(a)
        elif done < 0.35:
            made.say(chance.choice(("SAME", "DIFFERENT")), a, b, chance.randrange(20))
        elif b in made.cluster:
            link(made, a, b, chance.choice((7_000, 9_000, 14_000)), chance.choice((PHONE, MEDIA)))
        live = [pair(x, y) for x, of in made.edges.items() for y, edge in of.items() if edge.live]
        assert parts(made) == components(made.cluster, live)
        assert not any(made.are_together(x, y) for x in made.cluster for y in made.apart[x] if y in made.cluster)
        for x, of in made.edges.items():
            for y, edge in of.items():
                assert edge.live == made.are_together(x, y) and edge is made.edges[y][x]
