"""Evaluate conditions while facts and findings become known one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TypeAlias, assert_never, final

from boundaryethics.model.conditions import All, Any, Condition, FactIn, Holds, Not

#: A fact or finding that a condition depends on: `fact` or `finding`, and its name.
Key: TypeAlias = tuple[str, str]
#: For each fact that is known, its value; for each finding, whether it is true.
Known: TypeAlias = Mapping[Key, str | bool]


@final
class Evaluation:
    """The value of a condition in Kleene's strong logic: True, False, or None if open.

    `not` is moved inward. The cost of setting a key is proportional to the depth of
    the parts whose values change. So trying all premises one by one takes time linear
    in the size of the condition.
    """

    def __init__(self, condition: Condition) -> None:
        #: For each key, the leaves that test it: node, test, and whether the test must
        #: be met or must not be met.
        self.leaves: dict[Key, list[tuple[int, FactIn | Holds, bool]]] = {}
        #: For each inner node, whether it needs all its parts, and the parts.
        self._inner: dict[int, tuple[bool, list[int]]] = {}
        self._parents: list[int] = []
        self._values: list[bool | None] = []
        #: For each node, the number of open parts, and the number of parts that decide
        #: it.
        self._open: list[int] = []
        self._deciding: list[int] = []
        waiting = [(condition, True, -1)]
        while waiting:
            part, wanted, parent = waiting.pop()
            while isinstance(part, Not):
                part, wanted = part.part, not wanted
            node = len(self._parents)
            self._parents.append(parent)
            self._values.append(None)
            self._open.append(0)
            self._deciding.append(0)
            if parent >= 0:
                self._inner[parent][1].append(node)
            match part:
                case FactIn(name):
                    found = self.leaves.setdefault(("fact", name), [])
                    found.append((node, part, wanted))
                case Holds(name):
                    found = self.leaves.setdefault(("finding", name), [])
                    found.append((node, part, wanted))
                case All(parts) | Any(parts):
                    every = isinstance(part, All) is wanted
                    self._inner[node] = every, []
                    self._open[node] = len(parts)
                    # The last entry is popped first, so nodes are numbered in reading
                    # order.
                    waiting += [(one, wanted, node) for one in reversed(parts)]
                case _:
                    assert_never(part)
        for node, (every, nodes) in self._inner.items():
            if not nodes:
                self._set(node, value=every)

    @property
    def value(self) -> bool | None:
        """The value of the whole condition."""
        return self._values[0]

    @cached_property
    def findings(self) -> frozenset[str]:
        """The findings that the condition depends on."""
        return frozenset(name for kind, name in self.leaves if kind == "finding")

    def know(self, key: Key, known: str | bool | None) -> None:  # noqa: FBT001
        """Set *key* to the value *known*. None makes the key open again."""
        for node, test, wanted in self.leaves.get(key, ()):
            value = None
            if known is not None:
                met = known in test.values if isinstance(test, FactIn) else known
                value = met is wanted
            self._set(node, value=value)

    def _set(self, node: int, *, value: bool | None) -> None:
        while (old := self._values[node]) is not value:
            self._values[node] = value
            node = self._parents[node]
            if node < 0:
                return
            every, _ = self._inner[node]
            self._open[node] += (value is None) - (old is None)
            decides = not every
            self._deciding[node] += (value is decides) - (old is decides)
            value = None if self._open[node] else every
            if self._deciding[node]:
                value = decides

    def support(self) -> Iterator[Key]:
        """Yield the keys that determine the condition's value, in reading order.

        If one part alone determines the value, only the keys of the first such part are
        included.
        """
        waiting = [0]
        key_of = {node: key for key, all_ in self.leaves.items() for node, *_ in all_}
        while waiting:
            node = waiting.pop()
            if node in key_of:
                yield key_of[node]
                continue
            every, nodes = self._inner[node]
            if self._values[node] is every:
                waiting += reversed(nodes)
            else:
                decides = not every
                waiting.append(next(n for n in nodes if self._values[n] is decides))
