from __future__ import annotations

import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.mdd import answers
from boundaryethics.mdd.build import Bounds, SizeLimits, bounds_of
from boundaryethics.mdd.network import BitLayout, FactStage
from boundaryethics.mdd.space import Truths
from support.small_policies import policy_of


def test_the_size_of_an_answer_diagram_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A level with as many bits as the limit is built; one more bit is an error."""
    pairs = [{"contact": "message", "danger": "yes"}, {"contact": "request"}]
    when = {"any": [{**one, "status": "active"} for one in pairs]}
    then = {"advises": ["seek_supervision"]}
    policy = policy_of([{"id": "advising", "when": when, "then": then}])
    sizes: list[int] = []

    def noted(layout: BitLayout, bits: Truths, stage: FactStage) -> Bounds:
        on = bounds_of(layout, bits, stage)
        rows = layout.bits + 4 * len(layout.network.nodes)
        sizes.append(rows * on.bits.shape[1])
        return on

    def make(limit: int) -> None:
        monkeypatch.setattr(answers, "AMPLE", SizeLimits(sums=0, bits=limit))
        answers.answer_diagram.__wrapped__(policy)

    monkeypatch.setattr(answers, "bounds_of", noted)
    make(1 << 20)
    make(max(sizes))
    with pytest.raises(AnalysisError, match="BE601"):
        make(max(sizes) - 1)
