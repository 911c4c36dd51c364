"""Draws of whole persons."""

import numpy as np
import pytest

from linkage import bootstrap

TRUTH = np.array([0, 0, 0, 1, 1, 2])


def pairs(*given):
    given = np.array(given).reshape(-1, 2)
    return given[:, 0], given[:, 1]


def test_the_same_seed_gives_the_same_draws_and_another_does_not():
    links = [pairs((0, 1), (3, 4), (2, 5))]
    first = bootstrap.figures(TRUTH, links, 50, seed=3)
    assert (first == bootstrap.figures(TRUTH, links, 50, seed=3)).all()
    assert (first != bootstrap.figures(TRUTH, links, 50, seed=4)).any()


def test_a_draw_has_as_many_persons_as_there_are():
    for weight in bootstrap.draws(3, 20):
        assert weight.sum() == 3


def test_figures_of_one_draw_are_those_of_the_drawn_persons():
    links = [pairs((0, 1), (3, 4), (2, 5))]
    found = bootstrap.figures(TRUTH, links, 30, seed=5)
    for row, weight in enumerate(bootstrap.draws(3, 30, seed=5)):
        good, bad = weight[0] + weight[1], weight[0] * weight[2]
        true = 3 * weight[0] + weight[1]
        assert found[row, 0, 0] == pytest.approx(good / (good + bad) if good + bad else 1.0)
        assert found[row, 0, 1] == pytest.approx(good / true if true else 1.0)


def test_perfect_links_stay_perfect_in_every_draw():
    perfect = [pairs((0, 1), (0, 2), (1, 2), (3, 4))]
    assert (bootstrap.figures(TRUTH, perfect, 40) == 1.0).all()


def test_methods_are_compared_under_the_same_draws():
    links = pairs((0, 1), (2, 5))
    found = bootstrap.figures(TRUTH, [links, links], 40)
    assert (found[:, 0] == found[:, 1]).all()


def test_an_interval_holds_the_middle():
    assert bootstrap.interval(np.arange(101)) == pytest.approx([2.5, 97.5])
