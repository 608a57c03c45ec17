"""Simulate raters with known weights, for tests of fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.panel import Panel, read_panel
from support.small_policies import policy_of

#: One rule for each principle.
RULES: tuple[dict[str, Any], ...] = (
    {
        "id": "caring",
        "when": {"contact": "message"},
        "then": {"favors": {"decline": "strong"}, "opposes": {"continue": "weak"}},
        "principle": "care",
    },
    {
        "id": "keeping",
        "when": {"danger": "yes"},
        "then": {"favors": {"continue": "moderate"}, "opposes": {"leave": "strong"}},
        "principle": "faith",
    },
    {
        "id": "going",
        "when": {"status": "former"},
        "then": {"favors": {"ignore": "weak", "leave": "moderate"}},
        "principle": "peace",
    },
)
PRINCIPLES: dict[str, dict[str, Any]] = {
    "care": {},
    "faith": {"weight": 2},
    "peace": {},
}
#: In log-odds per point.
TRUTH = {"care": 0.5, "faith": 0.8, "peace": 0.3}


def policy() -> Policy:
    """Return the policy that the raters use."""
    return policy_of(RULES, principles=PRINCIPLES, ranking={"method": "weighted"})


def vignettes() -> dict[str, dict[str, str]]:
    """Return all situations in which each fact is known or unknown."""
    values = [(None, "message"), (None, "yes"), (None, "former")]
    return {
        f"{a or '-'} {b or '-'} {c or '-'}": {
            fact: value
            for fact, value in zip(
                ("contact", "danger", "status"), (a, b, c), strict=True
            )
            if value
        }
        for a in values[0]
        for b in values[1]
        for c in values[2]
    }


def score_layout(weights: Mapping[str, float]) -> dict[str, list[float]]:
    """Compute the utility of each option in each vignette from a manual table."""
    by_rule = {
        "message": ("care", [-1, 0, 3, 0]),
        "yes": ("faith", [2, 0, 0, -3]),
        "former": ("peace", [0, 1, 0, 2]),
    }
    return {
        name: [
            sum(
                weights[principle] * points[option]
                for value, (principle, points) in by_rule.items()
                if value in facts.values()
            )
            for option in range(4)
        ]
        for name, facts in vignettes().items()
    }


def panel_of(
    seed: int,
    raters: int,
    *,
    ties: float = 0.0,
    partial: float = 0.0,
    spread: float = 0.0,
) -> Panel:
    """Simulate raters who rank by the true weights, with random errors.

    With *spread*, each rater has their own weights: normal around the true ones, with
    this standard deviation.
    """
    rows = list(_rows(seed, raters, ties, partial, spread))
    return read_panel(rows, vignettes(), vocabulary=policy().vocabulary)


def contrary() -> Panel:
    """Return a panel with a rater who ranks against every rule."""
    rows = [
        {"rater": "ada", "vignette": vignette, "option": option, "rank": place}
        for vignette, options in {
            "message - -": ("continue", "decline"),
            "- yes -": ("leave", "continue"),
            "- - former": ("continue", "leave"),
        }.items()
        for place, option in enumerate(options, start=1)
    ]
    return read_panel(rows, vignettes(), vocabulary=policy().vocabulary)


def _rows(
    seed: int, raters: int, ties: float, partial: float, spread: float
) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng(seed)
    of_each = score_layout(TRUTH)
    for rater in range(raters):
        if spread:
            own = {name: chance.normal(mean, spread) for name, mean in TRUTH.items()}
            of_each = score_layout(own)
        for vignette, score in of_each.items():
            order = np.argsort(-(np.array(score) + chance.gumbel(size=4))).tolist()
            if chance.random() < partial:
                order.pop(int(chance.integers(4)))
            place = 0
            for number, option in enumerate(order):
                place += number == 0 or chance.random() >= ties
                yield {
                    "rater": f"r{rater}",
                    "vignette": vignette,
                    "option": tuple(Option)[option].value,
                    "rank": int(place),
                }
