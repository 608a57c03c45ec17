"""Outline the content of a verdict for its text, Markdown and HTML forms.

Danger comes first. Next come the order, the advice to follow before acting and the
disclaimer. The reasons come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import partial
from itertools import groupby, pairwise
from typing import final

import attrs

from boundaryethics.errors import in_command
from boundaryethics.model.conditions import FactIn, leaves
from boundaryethics.model.facts import UNKNOWN, Fact
from boundaryethics.model.rules import (
    Citation,
    MethodName,
    Option,
    Pull,
    Seen,
    Status,
)
from boundaryethics.model.verdict import STATUS, Advice, Comparison, Dilemma, Verdict
from boundaryethics.render.unknown import OpenFact, OpenFacts, find_open_facts
from boundaryethics.render.wording import (
    NOTE,
    SEEN_WORDS,
    SPEAKING,
    STATUS_WORDS,
    Item,
    all_tied,
    asked_about,
    cited,
    deciding,
    dilemma,
    doing,
    fingerprints,
    listed,
    named,
    open_places,
    opened,
    plural,
    sentence_of,
    shown,
    under,
)


class Role(StrEnum):
    """The role of a block in an answer."""

    DANGER = "danger"
    #: The ranking.
    ORDER = "order"
    #: Ties and dilemmas.
    NOTICE = "notice"
    #: Advice to follow before acting.
    FIRST = "first"
    NOTE = "note"
    #: Reasons, advice, and unknown facts.
    BODY = "body"
    CLOSING = "closing"


@final
@attrs.frozen(kw_only=True)
class Block:
    """A group of points, with or without a heading."""

    role: Role
    heading: str = ""
    items: tuple[Item, ...] = ()


#: The maximum number of questions to list if nothing can be ranked yet.
_MOST_QUESTIONS = 5
#: The maximum number of questions to list about the first choice. If there are more,
#: only their number is shown.
_MOST_NAMED = 3

#: If this number of responses is ruled out, the text says "both".
_PAIR = 2

#: The words before an open question about danger.
_CHECK_FIRST = "Check first"
_URGENT = "Danger: do this first"
_ACTIONS = "Also do this"
_NOT_ENOUGH = "Not enough is known to rank the responses."
_BALANCED = "The reasons for and against balance out, so all four are tied."
_NOTHING_LEFT = (
    "This policy rules out all four responses. Talk to someone before acting."
)


@final
@attrs.frozen
class _Hints:
    """How to see more than the text shows."""

    #: The command or call that lists all open questions.
    questions: str
    interview: str
    closing: str


_IN_COMMAND = _Hints(
    "`boundaryethics open-questions`",
    "To answer these one at a time, run `boundaryethics interview` with the same "
    "facts.",
    "With the same facts, `boundaryethics consult --full` shows all reasons, and "
    "`boundaryethics worksheet` adds a draft message and questions for supervision.",
)
_IN_PYTHON = _Hints(
    "`boundaryethics.open_questions(verdict)`",
    "To answer these one at a time, use `boundaryethics.Interview`.",
    "To see all reasons, pass `full=True`, as in `verdict.text(full=True)`. For a "
    "draft message and questions for supervision, use `verdict.worksheet()`.",
)

_METHODS = {
    MethodName.LEVELWISE: "strongest reasons first (levelwise)",
    MethodName.WEIGHTED: "sum of weighted reasons (weighted)",
    MethodName.LEXICOGRAPHIC: "most important principles first (lexicographic)",
}


def outline(
    verdict: Verdict,
    *,
    full: bool = False,
    commands: bool = True,
    checks_first: bool = False,
) -> tuple[Block, ...]:
    """Return *verdict*'s content in order; with *full*, add every reason and source.

    With *commands*, say how to see more, with a command or a Python call. With
    *checks_first*, put open questions about danger first unless some advice is urgent.
    """
    hints = (_IN_COMMAND if in_command() else _IN_PYTHON) if commands else None
    found = find_open_facts(verdict)
    top, checks = danger(verdict), to_check(verdict, found)
    if checks_first and not top.items:
        top, checks = attrs.evolve(checks, role=Role.DANGER), Block(role=Role.FIRST)
    rest = tuple(one for one in verdict.actions if one not in verdict.urgent)
    # If anything is urgent, no other advice immediately follows the ranking.
    first = () if verdict.urgent else rest[:1]
    later = rest[len(first) :]
    opening = (
        top,
        *order(verdict, found, checks, full=full, hints=hints),
        Block(role=Role.FIRST, items=advised(verdict, first)),
        Block(role=Role.NOTE, items=(Item(text=NOTE),)),
    )
    short = partial(_short, hints=hints)
    blocks = (*opening, *(_full if full else short)(verdict, found, later))
    return tuple(one for one in blocks if one.items or one.role is Role.ORDER)


def is_ranked(verdict: Verdict) -> bool:
    """Return whether the responses are ranked; false if all are allowed and tied."""
    return not all_tied(verdict) or not open_places(verdict)


def danger(verdict: Verdict) -> Block:
    """Return the urgent advice, under a heading with the facts that make it urgent."""
    heading = ""
    if verdict.urgent:
        facts = list(_facts_behind(verdict, verdict.urgent[0]))
        heading = f"{opened(listed(facts))}. Do this first." if facts else _URGENT
    items = advised(verdict, verdict.urgent, mark="-")
    return Block(role=Role.DANGER, heading=heading, items=items)


def _facts_behind(verdict: Verdict, advice: Advice) -> Iterator[str]:
    """Yield phrases for the stated facts that the rule behind *advice* depends on."""
    situation = verdict.situation
    for leaf, _ in leaves(verdict.policy.rule[advice.rules[0]].when):
        if isinstance(leaf, FactIn) and situation[leaf.fact] in leaf.values - {UNKNOWN}:
            yield _phrase(situation.vocabulary[leaf.fact], situation[leaf.fact])


def _phrase(fact: Fact, value: str) -> str:
    """Return the phrase for *value* or, if it has none, the question and its answer."""
    asked = f"{fact.question or fact.name} {fact.label(value)}"
    return shown(dict(fact.phrases).get(value) or asked)


def advised(
    verdict: Verdict, actions: Iterable[Advice], mark: str = ""
) -> tuple[Item, ...]:
    """Return *actions* as list items, with the sections that they are based on."""
    return tuple(
        Item(
            mark=mark,
            text=shown(advice.says) or advice.action,
            source=cited(verdict.policy, advice.rules, titles=False),
        )
        for advice in actions
    )


def order(
    verdict: Verdict,
    found: OpenFacts,
    checks: Block,
    *,
    full: bool,
    hints: _Hints | None = None,
) -> Iterator[Block]:
    """Yield the ranking, notices and checks, or the reason why nothing is ranked."""
    if is_ranked(verdict):
        title = f"suggested order{under(verdict.policy)}"
        title = f"Then choose a response: {title}" if verdict.urgent else opened(title)
        heading = title if open_places(verdict) else _NOTHING_LEFT
        items = tuple(_choices(verdict, full=full))
        yield Block(role=Role.ORDER, heading=heading, items=items)
    else:
        known = any(one.reasons for one in verdict.assessments)
        yield Block(role=Role.ORDER, heading=_BALANCED if known else _NOT_ENOUGH)
        yield checks
        yield _find_out_first(found, hints)
        labels = (_label(verdict, option, full=full) for option in Option)
        items = tuple(Item(mark="-", text=label) for label in labels)
        heading = "The four responses, in no particular order"
        yield Block(role=Role.BODY, heading=heading, items=items)
    yield from (Block(role=Role.NOTICE, items=(one,)) for one in notices(verdict))
    if is_ranked(verdict):
        yield checks


def _label(verdict: Verdict, option: Option, *, full: bool) -> str:
    label = doing(verdict, option)
    return f"{label} ({option})" if full else label


def _choices(verdict: Verdict, *, full: bool) -> Iterator[Item]:
    """Yield the responses in order. If one is required or ruled out, add the reason."""
    seen = set[str]()
    for option in (option for options in verdict.ranking for option in options):
        assessment = verdict.options[option]
        status, label = assessment.status, _label(verdict, option, full=full)
        is_ruled_out = status is Status.FORBIDDEN
        if is_ruled_out:
            # A label can limit a response, but the response is ruled out in any form.
            label = opened(named(verdict, option)) + (f" ({option})" if full else "")
        shared = sum(one.rank == assessment.rank for one in verdict.assessments) > 1
        item = Item(
            mark="- " if is_ruled_out else f"{assessment.rank}.",
            text=f"{label} (tied)" if shared and not is_ruled_out else label,
        )
        if status is not Status.ALLOWED:
            pull = Pull.FORBIDS if is_ruled_out else Pull.REQUIRES
            rule = assessment.by(pull)[0].rule
            because = sentence_of(verdict, rule).text
            why = ", for the same reason." if rule in seen else f". {because}"
            source = cited(verdict.policy, [rule], titles=rule not in seen)
            verb = " is" if is_ruled_out else ":"
            text = f"{item.text}{verb} {STATUS_WORDS[status]}{why}"
            item = attrs.evolve(item, text=text, source=source)
            seen.add(rule)
        yield item


def notices(verdict: Verdict) -> Iterator[Item]:
    """Yield dilemmas, with the reasons on each side, and then ties."""
    # If all are ruled out, the heading of the order says so.
    found = [one for one in verdict.dilemmas if one.kind != "all_forbidden"]
    if found:
        between = " ".join(dilemma(verdict, one) for one in found)
        sides = dict.fromkeys(side for one in found for side in _sides_of(verdict, one))
        text = f"Talk to someone before acting. {between}"
        yield Item(text=text, below=tuple(sides))
    for tied in open_places(verdict) if is_ranked(verdict) else ():
        if len(tied) > 1:
            names = listed(named(verdict, option) for option in tied)
            yield Item(text=f"{opened(names)} are tied, given what is known.")


def _sides_of(verdict: Verdict, conflict: Dilemma) -> Iterator[Item]:
    for option in conflict.options:
        for reason in verdict.options[option].reasons:
            if reason.rule in conflict.rules and not reason.strength:
                why = sentence_of(verdict, reason.rule, "-")
                side = f"{opened(SPEAKING[reason.pull])} {named(verdict, option)}"
                yield attrs.evolve(why, text=f"{side}: {why.text}")


def check(verdict: Verdict, found: OpenFacts) -> tuple[tuple[Item, OpenFact], ...]:
    """Return the questions about danger that are still open, each with its fact."""
    asked = (*found.order, *found.others) if not verdict.urgent else ()
    return tuple((_check(verdict, one), one) for one in asked if one.urgent)


def to_check(verdict: Verdict, found: OpenFacts) -> Block:
    """Return the questions about danger that are still open."""
    items = tuple(item for item, _ in check(verdict, found))
    return Block(role=Role.FIRST, items=items)


def all_danger(verdict: Verdict) -> Block:
    """Return the urgent advice or, if there is none, open questions about danger."""
    stated = danger(verdict)
    if stated.items:
        return stated
    checks = to_check(verdict, find_open_facts(verdict))
    return attrs.evolve(checks, role=Role.DANGER)


def _check(verdict: Verdict, one: OpenFact) -> Item:
    words = [f"{_CHECK_FIRST}: {one.question}", shown(one.fact.help)]
    rules: list[str] = []
    for value, then in one.urgent.items():
        rules += [rule for advice in then.urgent for rule in advice.rules]
        newly = [o for o in then.ruled_out if o not in verdict.ruled_out]
        if newly:
            names = listed(named(then, option) for option in newly)
            are = "are both" if len(newly) == _PAIR else "are" if newly[1:] else "is"
            label = f'the answer is "{shown(one.fact.label(value))}"'
            condition = shown(dict(one.fact.phrases).get(value) or label)
            words.append(f"If {condition}, {names} {are} ruled out.")
            rules += [then.options[o].by(Pull.FORBIDS)[0].rule for o in newly]
    source = cited(verdict.policy, rules, titles=False)
    return Item(text=" ".join(filter(None, words)), source=source)


def _find_out_first(found: OpenFacts, hints: _Hints | None) -> Block:
    asked = [one for one in found.order if not one.urgent]
    items = [Item(mark="-", text=one.question) for one in asked[:_MOST_QUESTIONS]]
    if more := len(asked) - len(items):
        where = f": run {hints.questions}" if hints else ""
        items.append(Item(mark="-", text=f"{plural(more, 'more question')}{where}."))
    if items and hints:
        items.append(Item(text=hints.interview))
    return Block(role=Role.BODY, heading="Find out first", items=tuple(items))


def _short(
    verdict: Verdict,
    found: OpenFacts,
    actions: tuple[Advice, ...],
    *,
    hints: _Hints | None,
) -> Iterator[Block]:
    """Yield the short form: main reasons, advice, open questions and closing lines."""
    reasons = tuple(_reasons_in_brief(verdict))
    yield Block(role=Role.BODY, heading="Why this order", items=reasons)
    items = advised(verdict, actions, mark="-")
    yield Block(role=Role.BODY, heading=_ACTIONS, items=items)
    if is_ranked(verdict) and len(found):
        unknown = _unknown_in_brief(verdict, found, hints)
        yield Block(role=Role.BODY, items=(unknown,))
    more = (Item(text=hints.closing),) if hints else ()
    items = (*more, Item(text=policy_line(verdict)))
    yield Block(role=Role.CLOSING, items=items)


def policy_line(verdict: Verdict) -> str:
    """Return one line that names the policy of the verdict."""
    policy = verdict.policy
    policy_shown = f"{policy.id} (fingerprint {fingerprints(policy)})"
    return (
        f"The policy {policy_shown} is one possible interpretation of the cited "
        "sections."
    )


def steps(
    verdict: Verdict,
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """For adjacent ranks, yield a name such as `1 over 2`, and the deciding rules.

    The main rules come first, and the others follow separately. If options are tied
    at a rank, the main rules cover each pair of options.
    """
    for upper, lower in pairwise(open_places(verdict)):
        compared = (verdict.compare(a, b) for a in upper for b in lower)
        pairs = list(filter(None, map(_by_weight, compared)))
        every = tuple(dict.fromkeys(rule for rules in pairs for rule in rules))
        chosen: list[str] = []
        while uncovered := [rules for rules in pairs if not {*rules} & {*chosen}]:
            chosen.append(max(every, key=lambda r: sum(r in u for u in uncovered)))
        ranks = (verdict.options[options[0]].rank for options in (upper, lower))
        more = tuple(rule for rule in every if rule not in chosen)
        yield " over ".join(map(str, ranks)), tuple(chosen), more


def _by_weight(step: Comparison) -> tuple[str, ...]:
    reasons = sorted(step.reasons, key=lambda reason: -abs(reason.points))
    return tuple(dict.fromkeys(reason.rule for reason in reasons))


def _reasons_in_brief(verdict: Verdict) -> Iterator[Item]:
    """Yield the main reasons for each comparison, and count the others."""
    said: dict[str, str] = {}
    for step, rules, more in steps(verdict):
        for rule in rules:
            why = sentence_of(verdict, rule, f"{step} ")
            if rule in said:
                same = f"The same reason as for {said[rule]}."
                source = cited(verdict.policy, [rule], titles=False)
                why = attrs.evolve(why, text=same, source=source)
            if more and rule == rules[-1]:
                text = plural(len(more), "more reason")
                source = cited(verdict.policy, more, titles=False)
                why = attrs.evolve(why, below=(Item(text=text, source=source),))
            said.setdefault(rule, step)
            yield why


def _unknown_in_brief(verdict: Verdict, found: OpenFacts, hints: _Hints | None) -> Item:
    """Say how many open questions could change the order, each on its own."""
    are = "is" if len(found) == 1 else "are"
    text = f"{plural(len(found), 'question')} {are} unanswered."
    if not found.order:
        which = (
            "Answering it could not" if len(found) == 1 else "No single answer could"
        )
        return Item(text=f"{text} {which} change this order.")
    leads = [one for one in found.order if one.leads]
    checks = [one for one in leads if one.urgent and not verdict.urgent]
    leading = [one for one in leads if one not in checks]
    first = _also_first(len(found.order), leading=len(leading), checks=len(checks))
    number = len(found.order)
    which, could = f"Any one of {number}", "could"
    if number == 1:
        which, could = "Answering it" if len(found) == 1 else "One of them", "could"
    elif number == len(found):
        which, could = "Any one of them", "could"
    text += f" {which} {could} change the order{first}"
    few = leading if len(leading) <= _MOST_NAMED else ()
    below = tuple(Item(mark="-", text=one.question) for one in few)
    end = f" (see {hints.questions})." if hints else "."
    if below:
        end = f"{end[:-1]}:"
    return Item(text=f"{text}{end}", below=below)


def _also_first(every: int, *, leading: int, checks: int) -> str:
    """Say how many of *every* question could also change the first choice.

    Args:
        every: the number of questions that could change the order.
        leading: the number of those that could change the first choice, except checks.
        checks: the number of checks about danger that could change the first choice.
    """
    if leading + checks == every:
        return " and the first choice"
    if every == 1:
        return ", but not the first choice"
    if leading:
        also = f', and "{_CHECK_FIRST}",' if checks else ""
        those = f"{leading} of those{also}"
        return f"; {those} could also change the first choice"
    which = f'only "{_CHECK_FIRST}"' if checks else "none of them"
    return f", but {which} could change the first choice"


class Numbers(dict[str, int]):
    """Rule numbers, in order of first appearance."""

    def __missing__(self, rule: str) -> int:
        """Assign the next number to *rule*."""
        self[rule] = len(self) + 1
        return self[rule]

    def listed(self, rules: Iterable[str]) -> str:
        """Return the numbers of *rules*: `[1] [2] [11]`."""
        return " ".join(f"[{n}]" for n in sorted({self[rule] for rule in rules}))


def _full(
    verdict: Verdict, found: OpenFacts, actions: tuple[Advice, ...]
) -> Iterator[Block]:
    """Yield every reason with its number, and everything else behind the answer."""
    numbers = Numbers()
    by_option = tuple(
        _for_and_against(verdict, option, numbers)
        for options in verdict.ranking
        for option in options
        if verdict.options[option].reasons
    )
    stated = " ".join(words for _, words in phrases(verdict))
    contents = {
        "The situation as you described it": (Item(text=stated),) if stated else (),
        "Why this order": tuple(_decisions(verdict, numbers)),
        "Reasons for and against, by response": by_option,
        _ACTIONS: advised(verdict, actions, mark="-"),
        "Not yet known": tuple(_unknown_in_full(found)),
        "Questions for supervision, with the reasons above": tuple(
            _supervision(verdict, numbers)
        ),
        "Sources": tuple(_sources(verdict)),
    }
    for heading, items in contents.items():
        yield Block(role=Role.BODY, heading=heading, items=items)


def phrases(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield the title of each group of facts, with its stated facts."""
    situation = verdict.situation
    for group, facts in situation.vocabulary.by_group:
        known = [fact for fact in facts if situation[fact.name] != UNKNOWN]
        if known:
            words = "; ".join(_phrase(fact, situation[fact.name]) for fact in known)
            yield shown(group.title) if group else "", f"{opened(words)}."


def _for_and_against(verdict: Verdict, option: Option, numbers: Numbers) -> Item:
    below = []
    for pull, side in SPEAKING.items():
        for reason in verdict.options[option].by(pull):
            above, strength = reason.rule in numbers, reason.strength or ""
            number = f"[{numbers[reason.rule]}]"
            mark = f"{opened(side):<9}{number:>4}  {strength:<8} "
            why = sentence_of(verdict, reason.rule, mark)
            below.append(Item(mark=mark, text="(above)") if above else why)
    return Item(text=doing(verdict, option), below=tuple(below))


def _decisions(verdict: Verdict, numbers: Numbers) -> Iterator[Item]:
    """Yield the reasons that decide between ranks, with equal decisions combined."""
    alike: dict[tuple[Option, str, str], list[str]] = {}
    for step in verdict.comparisons:
        if step.below not in verdict.ruled_out:
            by, rules = deciding(step.decided_by or STATUS), numbers.listed(step.rules)
            above = alike.setdefault((step.below, by, rules), [])
            above.append(named(verdict, step.above))
    for (below, by, rules), above in alike.items():
        text = f"{opened(listed(above))} over {named(verdict, below)}: {by} {rules}."
        yield Item(mark="-", text=text)


def _unknown_in_full(found: OpenFacts) -> Iterator[Item]:
    order = [
        Item(
            mark="-",
            text=asked_about(one.fact),
            below=tuple(Item(text=f"{v}: {order}.") for v, order in one.effects),
        )
        for one in found.order
    ]
    others, nothing = (
        [Item(mark="-", text=asked_about(one.fact)) for one in facts]
        for facts in (found.others, found.nothing)
    )
    for heading, below in (
        ("Could change the order, each on its own", order),
        ("Could change the advice or the draft message", others),
        ("No effect on its own", nothing),
    ):
        if below:
            yield Item(text=heading, below=tuple(below))


def _supervision(verdict: Verdict, numbers: Numbers) -> Iterator[Item]:
    for name, rules in verdict.questions:
        voices = voices_on(verdict, rules)
        if not voices:
            continue
        new = [rule for rule in voices if rule not in numbers]
        text = f"{question_text(verdict, name)} {numbers.listed(voices)}"
        below = (sentence_of(verdict, rule, f"[{numbers[rule]}]") for rule in new)
        yield Item(mark="-", text=text.strip(), below=tuple(below))


def question_text(verdict: Verdict, name: str) -> str:
    """Return the supervision question *name* in words."""
    question = verdict.policy.question.get(name)
    return (shown(question.says) if question else "") or name


def voices_on(verdict: Verdict, rules: Iterable[str]) -> list[str]:
    """Return *rules* except those that only advise actions, which are shown anyway."""
    advising = {rule for advice in verdict.actions for rule in advice.rules}
    weighed = {r.rule for one in verdict.assessments for r in one.reasons}
    return [rule for rule in rules if rule in weighed or rule not in advising]


def _sources(verdict: Verdict) -> Iterator[Item]:
    policy = verdict.policy
    rules = [policy.rule[name] for name in verdict.binding]
    cites = dict.fromkeys(c for r in rules if r.principle for c in policy.cited_by(r))
    by_source = sorted(cites, key=lambda cite: list(policy.source).index(cite.source))
    for name, sections in groupby(by_source, key=lambda cite: cite.source):
        source = policy.source[name]
        edition = f" ({source.edition})" if source.edition else ""
        about = (f"{source.title}{edition}", source.publisher, source.url)
        text = f"{source.name}: {'. '.join(filter(None, about))}"
        yield Item(text=shown(text), below=tuple(_checked(sections)))
    if policy.about:
        yield Item(text=shown(policy.about))
    method = _METHODS[policy.method.name]
    shown_as = f"Policy {policy.id}, fingerprint {fingerprints(policy)}"
    yield Item(text=f"{shown_as}. Method: {method}.")


def _checked(cites: Iterable[Citation]) -> Iterator[Item]:
    """Yield an item for each way in which *cites* were checked."""
    by_seen: dict[Seen | None, list[str]] = {}
    for cite in cites:
        by_seen.setdefault(cite.seen, []).append(cite.section)
    for seen, sections in by_seen.items():
        yield Item(
            mark="-", text=shown(f"{opened(SEEN_WORDS[seen])}: {'; '.join(sections)}")
        )
