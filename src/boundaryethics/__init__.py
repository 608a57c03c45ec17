"""Rank a clinician's responses to a client met online, with cited reasons.

    >>> import boundaryethics
    >>> verdict = boundaryethics.consult(
    ...     {"contact": "connection_request", "client_status": "active"}
    ... )
    >>> print(*verdict.best)
    decline

It supports professional judgment and supervision, and replaces neither.

Every public name can be imported from here; it is loaded when it is first used. The
functions of `charts` and `render` have general names, so use them with their module:
`boundaryethics.charts.save`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# The function has the name of its module, so it must be bound after the module.
from boundaryethics.consult import consult

if TYPE_CHECKING:
    from boundaryethics import charts as charts
    from boundaryethics import render as render
    from boundaryethics.analysis import *  # noqa: F403
    from boundaryethics.batch import *  # noqa: F403
    from boundaryethics.cases import (
        Case as Case,
    )
    from boundaryethics.cases import (
        CaseReport as CaseReport,
    )
    from boundaryethics.cases import (
        CaseResult as CaseResult,
    )
    from boundaryethics.cases import (
        Expectation as Expectation,
    )
    from boundaryethics.cases import (
        Grade as Grade,
    )
    from boundaryethics.cases import (
        check as check,
    )
    from boundaryethics.cases import (
        load_cases as load_cases,
    )
    from boundaryethics.cases import (
        run_cases as run_cases,
    )
    from boundaryethics.errors import (
        AnalysisError as AnalysisError,
    )
    from boundaryethics.errors import (
        BoundaryEthicsError as BoundaryEthicsError,
    )
    from boundaryethics.errors import (
        EngineError as EngineError,
    )
    from boundaryethics.errors import (
        Location as Location,
    )
    from boundaryethics.errors import (
        PanelError as PanelError,
    )
    from boundaryethics.errors import (
        PictureError as PictureError,
    )
    from boundaryethics.errors import (
        PolicyError as PolicyError,
    )
    from boundaryethics.errors import (
        Problem as Problem,
    )
    from boundaryethics.errors import (
        SituationError as SituationError,
    )
    from boundaryethics.errors import (
        TableError as TableError,
    )
    from boundaryethics.model.conditions import (
        Condition as Condition,
    )
    from boundaryethics.model.conditions import (
        FactIn as FactIn,
    )
    from boundaryethics.model.conditions import (
        Holds as Holds,
    )
    from boundaryethics.model.conditions import (
        Not as Not,
    )
    from boundaryethics.model.conditions import (
        both as both,
    )
    from boundaryethics.model.conditions import (
        either as either,
    )
    from boundaryethics.model.facts import (
        UNKNOWN as UNKNOWN,
    )
    from boundaryethics.model.facts import (
        Fact as Fact,
    )
    from boundaryethics.model.facts import (
        FactGroup as FactGroup,
    )
    from boundaryethics.model.facts import (
        Situation as Situation,
    )
    from boundaryethics.model.facts import (
        Vocabulary as Vocabulary,
    )
    from boundaryethics.model.overlays import (
        Adjustment as Adjustment,
    )
    from boundaryethics.model.policy import (
        Policy as Policy,
    )
    from boundaryethics.model.rules import (
        Action as Action,
    )
    from boundaryethics.model.rules import (
        Citation as Citation,
    )
    from boundaryethics.model.rules import (
        Effects as Effects,
    )
    from boundaryethics.model.rules import (
        Finding as Finding,
    )
    from boundaryethics.model.rules import (
        Force as Force,
    )
    from boundaryethics.model.rules import (
        Invariant as Invariant,
    )
    from boundaryethics.model.rules import (
        Method as Method,
    )
    from boundaryethics.model.rules import (
        MethodName as MethodName,
    )
    from boundaryethics.model.rules import (
        Option as Option,
    )
    from boundaryethics.model.rules import (
        Principle as Principle,
    )
    from boundaryethics.model.rules import (
        Promise as Promise,
    )
    from boundaryethics.model.rules import (
        Pull as Pull,
    )
    from boundaryethics.model.rules import (
        Question as Question,
    )
    from boundaryethics.model.rules import (
        Rule as Rule,
    )
    from boundaryethics.model.rules import (
        Source as Source,
    )
    from boundaryethics.model.rules import (
        Status as Status,
    )
    from boundaryethics.model.rules import (
        Strength as Strength,
    )
    from boundaryethics.model.verdict import (
        Advice as Advice,
    )
    from boundaryethics.model.verdict import (
        Assessment as Assessment,
    )
    from boundaryethics.model.verdict import (
        Comparison as Comparison,
    )
    from boundaryethics.model.verdict import (
        Derivation as Derivation,
    )
    from boundaryethics.model.verdict import (
        Dilemma as Dilemma,
    )
    from boundaryethics.model.verdict import (
        Reason as Reason,
    )
    from boundaryethics.model.verdict import (
        Verdict as Verdict,
    )
    from boundaryethics.panel import *  # noqa: F403
    from boundaryethics.policies import *  # noqa: F403
    from boundaryethics.proofs import (
        check_proof as check_proof,
    )
    from boundaryethics.sensitivity import *  # noqa: F403
    from boundaryethics.variants import *  # noqa: F403

    __version__: str

#: The public names of each module.
_NAMES = {
    "analysis": """
        Agreement AnswerOutcome Cause Checked Conflict Counterfactuals Difference
        FactChange FactChanges LintReport LintWarning MinimalChanges OpenQuestion
        OpenQuestions PairAgreement PolicyDiff RankingCount RankingCounts
        RankingOutcome RuleImpact RuleImpacts Transition Verification WhyFollows
        WhyNotFollows WhyNotRanked WhyRanked agreement compare counterfactuals diff
        explain_pair lint open_questions ranking_counts rule_impact verify why
        why_not
    """,
    "batch": """
        Compiled Ranked RankedFrame Summary compile_policy explain load_compiled
        rank rank_file
    """,
    "cases": """
        Case CaseReport CaseResult Expectation Grade check load_cases run_cases
    """,
    "errors": """
        AnalysisError BoundaryEthicsError EngineError Location PanelError
        PictureError PolicyError Problem SituationError TableError
    """,
    "model.conditions": """
        Condition FactIn Holds Not both either
    """,
    "model.facts": """
        Fact FactGroup Situation UNKNOWN Vocabulary
    """,
    "model.overlays": """
        Adjustment
    """,
    "model.policy": """
        Policy
    """,
    "model.rules": """
        Action Citation Effects Finding Force Invariant Method MethodName Option
        Principle Promise Pull Question Rule Source Status Strength
    """,
    "model.verdict": """
        Advice Assessment Comparison Derivation Dilemma Reason Verdict
    """,
    "panel": """
        Coefficient Concordance Estimate Fit PairDisagreement Panel PolicyAgreement
        PolicyAgreements RankingDisagreement RaterAgreement Rating Score
        UndefinedCounts Validation Vignette VignetteAgreement cross_validate fit
        policy_agreement rater_agreement read_panel
    """,
    "policies": """
        as_policy load_policy load_situation locate read_policy read_situation
        shipped_policies shipped_vocabulary write_policy
    """,
    "proofs": """
        check_proof
    """,
    "sensitivity": """
        Bound NearestTippingPoint Region StrengthMove StrengthSensitivity
        TippingPoint WeightRange WeightSensitivity strength_sensitivity
        weight_sensitivity
    """,
    "variants": """
        Change Contrast DropRules FactorialDesign FactorialEffects Methods Range
        RankChanges Sweep SweepRow VariantLabel VaryStrengths VaryWeights change
        factorial_effects load_change read_sweep rebuild_variant sweep
    """,
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}
#: The modules that can be reached as attributes.
_MODULES = frozenset(
    [
        "analysis",
        "batch",
        "cases",
        "charts",
        "cli",
        "errors",
        "inference",
        "mdd",
        "model",
        "panel",
        "policies",
        "proofs",
        "ranking",
        "render",
        "report",
        "sensitivity",
        "variants",
    ]
)

__all__ = ["__version__", "charts", "consult", "render", *_HOMES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Load a public name, or a module, when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        found: Any = version("boundaryethics")
    elif name in _HOMES:
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif name in _MODULES:
        found = import_module(f"{__name__}.{name}")
    else:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List every public name, whether it is loaded or not."""
    return sorted({*globals(), *__all__, *_MODULES})
