"""Find strongly connected components of a graph."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def strong_components(links: Mapping[T, Sequence[T]]) -> Iterator[list[T]]:
    """Yield the strongly connected components of a graph, in reverse topological order.

    This is Tarjan's algorithm, without recursion.
    """
    number: dict[T, int] = {}
    least: dict[T, int] = {}
    stack: list[T] = []
    done: set[T] = set()
    for first in links:
        path = [] if first in number else [(first, iter(links[first]))]
        while path:
            node, rest = path[-1]
            if node not in number:
                number[node] = least[node] = len(number)
                stack.append(node)
            for other in rest:
                if other not in number:
                    path.append((other, iter(links[other])))
                    break
                if other not in done:
                    least[node] = min(least[node], number[other])
            else:
                path.pop()
                if path:
                    upper = path[-1][0]
                    least[upper] = min(least[upper], least[node])
                if least[node] == number[node]:
                    component = [stack.pop()]
                    while component[-1] != node:
                        component.append(stack.pop())
                    done.update(component)
                    yield component
