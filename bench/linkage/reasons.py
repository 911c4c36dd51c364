"""Says of every missed target why it is missed, from what was counted; no sentence claims what no figure here shows."""

from linkage.bars import GENERATED
from linkage.tables import counted, name, share


def missed(results, bars, leads=None):
    """A line for each missed target that is about a set, and before them what most have in common."""
    by_title = {result["title"]: result for result in results}
    lines = []
    for bar in bars:
        if bar.met:
            continue
        if leads and bar.on == GENERATED:
            lines.append(f"- **{bar.on}, {bar.what}**, missed by {-bar.margin:.4f}: " + neither(leads))
            continue
        if bar.on not in by_title:
            continue
        result = by_title[bar.on]
        head = f"- **{name(result)}, {bar.what.partition(' beside')[0]}**, missed by {-bar.margin:.4f}: "
        if bar.what.startswith("best F1"):
            lines.append(head + best(result["shortfalls"]["best"], result))
        elif bar.what.startswith("recall at the shipped"):
            lines.append(head + shipped(result["shortfalls"]["shipped"], result))
        elif bar.what.startswith("precision"):
            lines.append(head + f"{counted(result['points']['shipped']['false'], 'link is', 'links are')} false.")
        else:
            lines.append(head + "see the tables of this set.")
    return "\n".join(lines) + "\n" if lines else ""


def neither(leads):
    """Of which strata the true pairs are that are neither linked nor shown to a person."""
    rates = {name: of["link_and_review_recall"] for name, of in leads["strata"].items() if of["true_pairs"]}
    lost = {name: round(leads["strata"][name]["true_pairs"] * (1 - rate)) for name, rate in rates.items()}
    most = sorted(lost.items(), key=lambda item: -item[1])
    text = f"{counted(sum(lost.values()), 'true pair is', 'true pairs are')} neither linked nor shown: "
    text += ", ".join(f"{count} of \"{name}\"" for name, count in most if count) + ". "
    return text + f"{share(leads['blocking'])} of the true pairs are candidates at all, so no threshold would reach more."


def homes(results):
    """What the rule about homes costs where every home has one person, and what it saves where it has more."""
    rows = []
    for result in results:
        alone, own, best_own = result["shortfalls"]["no_homes"], result["points"]["shipped"], result["points"]["best"]
        rows.append((
            name(result), f"{result['shortfalls']['neighbours']:,}", f"{share(own['precision'])} / {share(own['recall'])}", own["false"],
            f"{share(alone['precision'])} / {share(alone['recall'])}", f"{alone['false']:,}", share(best_own["f1"]),
            share(alone["best_f1"]),
        ))  # fmt: skip
    return rows


def by_home(of, total):
    """How many of the missed pairs only the rule about homes holds back, and what they look like."""
    if not of["by_home"]:
        return "None of them would be linked without the rule about homes. "
    text = f"{of['by_home']:,} of these {total:,} would be linked if nobody lived with anybody. "
    if of["home_only"]:
        pairs = counted(of["home_only"], "pair has", "pairs have")
        text += f"{pairs} two or more parts of an address in common and neither given name nor birth date, as relatives have. "
    return text


def rest(of):
    left = of["missed"] - of["by_home"] - of["never_met"]
    text = ""
    if left > 0 and of["short_median"] is not None:
        they = "The other one falls" if left == 1 else f"The other {left:,} fall"
        text += f"{they} short of the threshold by {of['short_median']:.1f} bits" + (", in the median. " if left > 1 else ". ")
    if of["never_met"]:
        text += f"{counted(of['never_met'], 'was never a candidate', 'were never candidates')}. "
    return text


def shipped(of, result):
    alone = result["shortfalls"]["no_homes"]
    text = f"{counted(of['missed'], 'true pair is', 'true pairs are')} not linked; Splink links {of['splink_links']:,} of them at "
    text += "that precision. " + by_home(of, of["missed"]) + rest(of)
    if of["by_home"]:
        text += f"Without the rule recall would be {share(alone['recall'])} at precision {share(alone['precision'])}."
    return text.rstrip()


def best(of, result):
    alone = result["shortfalls"]["no_homes"]
    text = f"at the best threshold {counted(of['missed'], 'true pair is', 'true pairs are')} missed and "
    text += f"{counted(of['false'], 'link is', 'links are')} false; of Splink's links {of['splink_false']:,}. "
    if of["missed"]:
        text += by_home(of, of["missed"])
    if of["false"] and of["false_namesakes"]:
        text += f"{of['false_namesakes']:,} of the false links have both names in common, in either order: strangers of one name, who "
        text += "are not told apart so far below the shipped threshold. "
    text += f"Without the rule about homes the best F1 would be {share(alone['best_f1'])}."
    return text
