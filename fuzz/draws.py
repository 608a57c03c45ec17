"""Draw from the tests' strategies with plain random numbers, for speed.

Hypothesis shrinks and stores what it draws, which takes most of its time. Fuzzing with
millions of draws needs neither.
"""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st


class Draw:
    """Draws values from strategies, as `draw` in Hypothesis does."""

    def __init__(self, seed: str) -> None:
        """Seed the random numbers with *seed*."""
        self._random = Random(seed)  # noqa: S311 - nothing here is secret
        #: For each strategy for numbers, the smallest and the largest number.
        self._bounds: dict[int, tuple[st.SearchStrategy[Any], int, int]] = {}

    def __call__(self, strategy: st.SearchStrategy[Any]) -> Any:
        """Draw one value from *strategy*."""
        if bounds := self._bounds.get(id(strategy)):
            return self._random.randint(bounds[1], bounds[2])
        found: Any = strategy
        while hasattr(found, "wrapped_strategy"):
            found = found.wrapped_strategy
        match type(found).__name__:
            case "IntegersStrategy":
                # Keep the strategy, so that no other object can get the same ID.
                self._bounds[id(strategy)] = strategy, found.start, found.end
                return self._random.randint(found.start, found.end)
            case "BooleansStrategy":
                return self._random.random() < 1 / 2
            case "CompositeStrategy":
                return found.definition(self, *found.args, **found.kwargs)
            case "SampledFromStrategy" | "JustStrategy":
                return self._random.choice(found.elements)
            case "PermutationStrategy":
                return self._random.sample([*found.values], len(found.values))
            case "BuildsStrategy" if not (found.args or found.kwargs):
                # An empty list has only one permutation.
                return found.target()
            case "ListStrategy":
                size = self._random.randint(found.min_size, int(found.max_size))
                return [self(found.element_strategy) for _ in range(size)]
            case other:
                message = f"`Draw` does not support {other}: {strategy}"
                raise NotImplementedError(message)
