"""Define the tools that assistants call, independently of the protocol.

They accept only names from closed lists, and no answer repeats a value that is not in
these lists. Every answer addresses danger first. Nothing is stored or logged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics import analysis
from boundaryethics._files import files_of_folder, is_folder
from boundaryethics.assistants.schemas import (
    MAYBE,
    MOST_ENTRIES,
    OBJECT,
    TEXT,
    Answer,
    Arguments,
    Schema,
    Tool,
    closed,
    definitions_of,
    list_of,
    mapping_to,
    one_of,
    problems_of,
    result_of,
)
from boundaryethics.consult import DEFAULT_POLICY, consult
from boundaryethics.errors import (
    ArgumentError,
    BoundaryEthicsError,
    PolicyError,
    Problem,
    did_you_mean,
    is_free_text,
    problem,
    quoted,
)
from boundaryethics.interview import Interview, InterviewQuestion
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.model.verdict_data import verdict_schema
from boundaryethics.policies import load_policy, policies
from boundaryethics.policies.loader import YAML, shipped_texts
from boundaryethics.render.outline import Block, Role, all_danger, outline, phrases
from boundaryethics.render.text import text_of, wrapped_lines
from boundaryethics.render.wording import NOTE, Item, doing, shown
from boundaryethics.report import picked

#: The keys of a verdict that `consult` returns, and those that it adds with `full`.
_BRIEF = (
    *("ranking", "ruled_out", "comparisons", "actions", "urgent", "dilemmas", "note"),
    *("unknown", "policy", "title", "fingerprint", "text_fingerprint", "library"),
    "schema_version",
)
_MORE = ("options", "supervision_questions")
#: The keys of a comparison of policies that `compare_policies` returns.
_COUNTS = ("total", "count", "first", "order", "status")


@final
@attrs.frozen(kw_only=True)
class Tools:
    """The tools, which use the built-in policies and those in one folder."""

    #: The policies that are not built in, each with its file, by ID.
    own: Mapping[str, tuple[Path, Policy]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, folder: Path | None = None) -> Tools:
        """Return the tools for the built-in policies and the policies in *folder*.

        Raises:
            PolicyError: the folder cannot be used, or a policy in it is invalid.
        """
        own: dict[str, tuple[Path, Policy]] = {}
        for file in _policy_files(folder) if folder else ():
            policy = load_policy(file)
            if policy.id in own or policy.id in policies():
                raise PolicyError([problem("BE926.id", file=file, id=policy.id)])
            own[policy.id] = file, policy
        return cls(own=own)

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The text that assistants read, by key."""
        return {**shipped_texts("assistant"), "danger": shipped_texts()["caution"]}

    @cached_property
    def by_id(self) -> Mapping[str, Policy]:
        """Map each ID to its policy."""
        return {**policies(), **{id: policy for id, (_, policy) in self.own.items()}}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The IDs of the policies that can rank responses."""
        return tuple(id for id, one in self.by_id.items() if not one.abstract)

    @cached_property
    def overlays(self) -> tuple[str, ...]:
        """The IDs of the overlays, except those that every code already includes."""
        shared = self.by_id[DEFAULT_POLICY].lineage
        every = (id for id, one in self.by_id.items() if one.abstract)
        return tuple(id for id in every if id not in shared)

    @cached_property
    def by_name(self) -> Mapping[str, Tool]:
        """Map the name of each tool to the tool."""
        return {one.name: one for one in self._tools()}

    def _tools(self) -> Iterator[Tool]:
        """Yield every tool."""
        results = self._results()
        every: tuple[Callable[..., Answer], ...] = (
            *(self.consult, self.next_question, self.explain),
            *(self.compare_policies, self.policies),
        )
        for run in every:
            name, given = run.__name__, signature(run).parameters
            arguments = {one: self._argument(one) for one in given}
            if "facts" in given:
                arguments["facts"] = self._facts(questions=name == "consult")
            yield Tool(
                name=name,
                run=run,
                arguments=arguments,
                required=tuple(n for n in given if given[n].default is Parameter.empty),
                output_schema=results[name],
            )

    def _argument(self, name: str) -> Schema:
        """Return the schema of an argument."""
        described = {"description": self.texts[f"{name}_argument"]}
        match name:
            case "policy":
                return {**one_of(self.codes), "default": DEFAULT_POLICY, **described}
            case "overlays":
                return {**list_of(one_of(self.overlays)), **described}
            case "full":
                return {"type": "boolean", "default": False, **described}
            case "response" | "versus":
                return {**one_of(map(str, Option)), **described}
            case _:
                return {**one_of(self.codes), **described}

    def _facts(self, *, questions: bool) -> Schema:
        """Return the schema of all policies' facts, with or without their questions."""
        values: dict[str, dict[str, None]] = {}
        asked: dict[str, str] = {}
        for policy in self.by_id.values():
            for fact in policy.vocabulary.facts:
                values.setdefault(fact.name, {}).update(dict.fromkeys(fact.values))
                asked.setdefault(fact.name, fact.question)
        facts = {
            name: {
                **one_of((*declared, UNKNOWN)),
                **({"description": asked[name]} if questions and asked[name] else {}),
            }
            for name, declared in values.items()
        }
        return {**closed(facts), "description": self.texts["facts_argument"]}

    def _results(self) -> Mapping[str, Schema]:
        """The schema of each tool's data."""
        danger = {**list_of(TEXT), "description": self.texts["danger_result"]}
        labels = {**mapping_to(TEXT), "description": self.texts["labels_result"]}
        stated = {**mapping_to(TEXT), "description": self.texts["stated_result"]}
        verdict = verdict_schema()
        keys: dict[str, Schema] = verdict["properties"]
        return {
            "consult": {
                **result_of(
                    {
                        "danger": danger,
                        "stated": stated,
                        "labels": labels,
                        **_these(keys, _BRIEF),
                    },
                    _these(keys, _MORE),
                ),
                "$defs": definitions_of((*_BRIEF, *_MORE), verdict),
            },
            "next_question": result_of(
                {"danger": danger, "done": {"type": "boolean"}, "question": MAYBE}
            ),
            "explain": result_of(
                {"danger": danger, "stated": stated, "why": OBJECT, "why_not": MAYBE}
            ),
            "compare_policies": result_of(
                {
                    "danger": danger,
                    "rankings": mapping_to(keys["ranking"]),
                    **{key: {"type": "integer"} for key in _COUNTS},
                }
            ),
            "policies": result_of({"danger": danger, "policies": list_of(OBJECT)}),
        }

    def call(self, name: str, arguments: Arguments) -> Answer:
        """Run a tool. If the call fails, return an answer without data."""
        try:
            return self._checked(name, arguments).run(**arguments)
        except BoundaryEthicsError as refused:
            return self._refusal(str(refused))
        except Exception as failed:  # noqa: BLE001 - the server must go on
            kind = type(failed).__name__
            return self._refusal(self.texts["failed"].format(kind=kind))

    def _checked(self, name: str, arguments: Arguments) -> Tool:
        """Check the arguments of a call, and return the tool *name*.

        Raises:
            ArgumentError: the tool is unknown, or the arguments have problems.
        """
        tool = self.by_name.get(name)
        if tool is None:
            near, among = did_you_mean(name, self.by_name), quoted(self.by_name)
            raise ArgumentError([problem("BE923.tool", near=near, listed=among)])
        if problems := [*problems_of(tool, arguments)]:
            raise ArgumentError([*problems, *self._problems_of_facts(arguments)])
        return tool

    def _problems_of_facts(self, arguments: Arguments) -> Iterator[Problem]:
        """Yield problems with the facts in a call that also has other problems."""
        facts = arguments.get("facts")
        if isinstance(facts, dict) and len(facts) <= MOST_ENTRIES:
            named = {n: value for n, value in facts.items() if not is_free_text(n)}
            try:
                used = self._policy(arguments["policy"], arguments.get("overlays", ()))
            except (BoundaryEthicsError, KeyError, TypeError):
                used = self.by_id[DEFAULT_POLICY]
            yield from _problems_with(named, used)

    def _refusal(self, text: str) -> Answer:
        return Answer(_joined(self.texts["danger"], text), None)

    def consult(
        self,
        *,
        facts: Arguments,
        policy: str = DEFAULT_POLICY,
        overlays: Collection[str] = (),
        full: bool = False,
    ) -> Answer:
        """Rank the four responses."""
        verdict = _verdict(facts, self._policy(policy, overlays))
        blocks = outline(verdict, full=full, commands=False, checks_first=True)
        danger = [one for one in blocks if one.role is Role.DANGER]
        stated = Block(role=Role.NOTICE, items=(Item(text=self._stated(verdict)),))
        data = {
            "danger": [words for one in danger for words in _words(one)],
            "stated": verdict.situation.known(),
            "labels": {str(option): doing(verdict, option) for option in Option},
            **_these(verdict.to_dict(), (*_BRIEF, *(_MORE if full else ()))),
        }
        return Answer(text_of((*danger, stated, *blocks[len(danger) :])), data)

    def _stated(self, verdict: Verdict) -> str:
        """Return the facts in words, so people can see what the assistant passed."""
        facts = " ".join(words for _, words in phrases(verdict))
        return self.texts["stated"].format(facts=facts) if facts else self.texts["none"]

    def next_question(
        self,
        *,
        facts: Arguments,
        policy: str = DEFAULT_POLICY,
        overlays: Collection[str] = (),
    ) -> Answer:
        """Find the most informative open question."""
        used = self._policy(policy, overlays)
        known = _situation(facts, used).known()
        skipped = [(name, UNKNOWN) for name in facts if name not in known]
        interview = Interview(used, stated=known, steps=skipped)
        question = interview.question
        # If the question is about danger, do not also list it under danger.
        asked = question.text if question else NOTE
        danger = [one for one in _danger(interview.verdict) if asked not in one]
        said = self._asked(question) if question else self.texts["done"]
        data = {
            "danger": danger,
            "done": question is None,
            "question": question.to_dict() if question else None,
            "note": NOTE,
        }
        return Answer(_joined(*map(_wrapped, danger), said, NOTE), data)

    def _asked(self, question: InterviewQuestion) -> str:
        """Format a question with its help text and possible answers."""
        choices = (*question.choices, (UNKNOWN, question.unknown_label))
        return "\n".join(
            (
                self.texts["question"].format(**question.to_dict()),
                f"{question.fact.name}: {shown(question.text)}",
                *filter(None, (shown(question.help),)),
                *(f"  {value}: {shown(label)}" for value, label in choices),
            )
        )

    def explain(
        self,
        *,
        facts: Arguments,
        response: str,
        versus: str | None = None,
        policy: str = DEFAULT_POLICY,
        overlays: Collection[str] = (),
    ) -> Answer:
        """Explain a response's rank, and how the response could rank first."""
        verdict = _verdict(facts, self._policy(policy, overlays))
        if versus:
            why: Any = analysis.explain_pair(verdict, response, versus)
        else:
            why = analysis.why(verdict, response)
        first = response in verdict.best and len(verdict.best) < len(Option)
        changes = None if versus or first else analysis.why_not(verdict, response)
        danger = _danger(verdict)
        # Both texts begin with any stated danger, and end with the note.
        said = [part for one in (why, changes) if one for part in one.paragraphs()]
        data = {
            "danger": danger,
            "stated": verdict.situation.known(),
            "why": why.to_dict(),
            "why_not": changes.to_dict() if changes else None,
            "note": NOTE,
        }
        opening = said[:1] if verdict.urgent else map(_wrapped, danger)
        stated = _wrapped(self._stated(verdict))
        return Answer(_joined(*opening, stated, *said, NOTE), data)

    def compare_policies(
        self, *, a: str, b: str, facts: Arguments | None = None
    ) -> Answer:
        """Count the situations that two policies rank differently."""
        used = [self._policy(name) for name in (a, b)]
        verdicts = [_verdict(facts, one) for one in used] if facts else []
        danger = [self.texts["danger"]]
        if verdicts:
            danger = [*dict.fromkeys(said for one in verdicts for said in _danger(one))]
        where = verdicts[0].situation.known() if verdicts else {}
        found = analysis.compare(*used, where=where or None)
        data = {
            "danger": danger,
            "rankings": {v.policy.id: v.to_dict()["ranking"] for v in verdicts},
            **_these(found.to_dict(), _COUNTS),
            "note": NOTE,
        }
        ranked = "\n".join(map(self._ranked, verdicts))
        return Answer(_joined(*map(_wrapped, danger), ranked, str(found), NOTE), data)

    def _ranked(self, verdict: Verdict) -> str:
        """Format a verdict's ranking on one line."""
        ranks = (
            f"{number}. {', '.join(doing(verdict, option) for option in options)}"
            for number, options in enumerate(verdict.ranking, start=1)
        )
        return self.texts["ranked"].format(
            policy=verdict.policy.id, order="; ".join(ranks)
        )

    def policies(self) -> Answer:
        """List the policies and overlays."""
        danger = [self.texts["danger"]]
        said = (
            "\n".join((self.texts[heading], *map(self._titled, ids)))
            for heading, ids in (
                ("policies_heading", self.codes),
                ("overlays_heading", self.overlays),
            )
        )
        plain = ("title", "abstract", "fingerprint", "text_fingerprint")
        every = [
            {"policy": id, **picked(self.by_id[id], *plain)}
            for id in (*self.codes, *self.overlays)
        ]
        data = {"danger": danger, "policies": every, "note": NOTE}
        return Answer(_joined(*danger, *said, NOTE), data)

    def _titled(self, id: str) -> str:
        return f"  {id}: {shown(self.by_id[id].title)}"

    def _policy(self, id: str, overlays: Collection[str] = ()) -> Policy:
        if not overlays:
            return self.by_id[id]
        named = (id, *overlays)
        first, *over = (self.own[n][0] if n in self.own else n for n in named)
        return load_policy(first, over)


def _situation(facts: Arguments, policy: Policy) -> Situation:
    """Return the situation with these facts.

    Raises:
        ArgumentError: facts are invalid. The error does not show any values, because
            they may be free text.
    """
    if problems := _problems_with(facts, policy):
        raise ArgumentError(problems)
    return policy.vocabulary.situation(facts)


def _verdict(facts: Arguments, policy: Policy) -> Verdict:
    return consult(_situation(facts, policy), policy)


def _problems_with(facts: Arguments, policy: Policy) -> tuple[Problem, ...]:
    """Return the problems with *facts*, with advice that does not name a command."""
    help = (
        f"policy `{policy.id}` does not have this fact: use a different fact from the "
        "tool's schema, or another policy"
    )
    return policy.vocabulary.validate(facts, show_values=False, unknown_fact_help=help)


def _danger(verdict: Verdict) -> list[str]:
    """Return the urgent advice or, if there is none, open questions about danger."""
    return _words(all_danger(verdict))


def _words(block: Block) -> list[str]:
    words = (block.heading.upper(), *(one.with_source for one in block.items))
    return [*filter(None, words)]


def _joined(*parts: str) -> str:
    """Join the distinct *parts* with blank lines, and put `NOTE`, if given, last."""
    every = dict.fromkeys(part.strip("\n") for part in parts if part and part != NOTE)
    return "\n\n".join((*every, *{*parts} & {NOTE})) + "\n"


def _wrapped(words: str) -> str:
    return "\n".join(wrapped_lines(words))


def _policy_files(folder: Path) -> list[Path]:
    """Return the sorted policy files that are directly in *folder*.

    Raises:
        PolicyError: the path is not a folder, or the folder has no policy files.
    """
    if not is_folder(folder):
        raise PolicyError([problem("BE926", folder=folder)])
    found = files_of_folder(folder, YAML)
    if not found:
        raise PolicyError([problem("BE926.empty", folder=folder)])
    return sorted(found)


def _these(data: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: data[name] for name in names}
