"""Every rule, in the order of the report."""

from . import (
    accounting,
    chain,
    coverage,
    deliveries,
    forms,
    judge,
    privacy,
    releases,
    reviews,
    verdicts,
    words,
)

RULES = (
    accounting.nothing_is_open,
    lambda site: site.decoding,
    accounting.entries_are_accounted_for,
    accounting.the_ledger_is_kept,
    accounting.dead_letters_are_originals,
    accounting.orders_are_kept,
    accounting.counters_agree,
    accounting.tallies_agree,
    verdicts.every_lead_has_one_verdict,
    judge.verdicts_follow,
    judge.links_are_sums,
    judge.evidence_is_true,
    judge.nothing_is_missed,
    judge.holds_are_true,
    judge.clusters_are_those_of_the_edges,
    judge.purges_are_due,
    reviews.a_person_is_asked_once,
    verdicts.matters_follow_order,
    verdicts.domains_stay_apart,
    deliveries.every_verdict_has_an_outcome_for_each_partner,
    deliveries.revisions_are_unique_and_without_gaps,
    deliveries.decisions_and_deliveries_agree,
    deliveries.cancels_reach_everybody,
    deliveries.exercises_are_marked,
    words.each_word_passes_or_is_refused,
    words.words_are_signed,
    words.nothing_goes_out_unapproved,
    words.what_waits_is_listed,
    words.legal_holds_are_listed,
    words.recalls_are_told,
    words.officers_are_named_for_what_they_said,
    words.answers_are_of_those_who_received,
    chain.decisions_are_chains,
    coverage.nothing_is_covered_by_what_is_gone,
    coverage.copies_hold_the_visible_facts,
    coverage.no_denied_class_leaves,
    forms.forms_are_granted,
    releases.releases_follow_policies,
    privacy.no_personal_data_in_keys_and_headers,
)


def check(site):
    """The results of all rules."""
    return [rule(site) for rule in RULES]
