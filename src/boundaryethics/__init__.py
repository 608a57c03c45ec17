"""Rank a clinician's responses to running into a client online, with cited reasons.

    >>> import boundaryethics
    >>> verdict = boundaryethics.consult(
    ...     {"contact": "connection_request", "client_status": "active"}
    ... )
    >>> print(*verdict.best)
    decline

The library supports your professional judgment and supervision. It does not replace
either.

You can import every public name from here. A name's module is loaded on first
use. The functions of `charts` and `render` have general names, so use them with their
module: `boundaryethics.charts.save`.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

try:
    # These functions have the same names as their modules, so bind them after the
    # modules are loaded.
    from boundaryethics.consult import consult
    from boundaryethics.policies import policies
except KeyboardInterrupt:
    # If a command starts, this package is loaded before `__main__` can handle Ctrl-C.
    # `pathlib` may not be loaded yet.
    started = os.path.splitext(os.path.basename(sys.argv[0]))[0]  # noqa: PTH119, PTH122
    if started in {"boundaryethics", "boundaryethics-mcp", "-m"}:
        sys.exit(130)
    raise

if TYPE_CHECKING:
    from boundaryethics import charts as charts
    from boundaryethics import render as render
    from boundaryethics.analysis import *  # noqa: F403
    from boundaryethics.batch import *  # noqa: F403
    from boundaryethics.cases import (
        Case as Case,
        CaseReport as CaseReport,
        CaseResult as CaseResult,
        Expectation as Expectation,
        Grade as Grade,
        check as check,
        load_cases as load_cases,
        run_cases as run_cases,
    )
    from boundaryethics.errors import (
        AnalysisError as AnalysisError,
        ArgumentError as ArgumentError,
        BoundaryEthicsError as BoundaryEthicsError,
        EngineError as EngineError,
        InterviewError as InterviewError,
        Location as Location,
        PanelError as PanelError,
        PictureError as PictureError,
        PolicyError as PolicyError,
        Problem as Problem,
        RecordError as RecordError,
        SituationError as SituationError,
        TableError as TableError,
    )
    from boundaryethics.interview import (
        Interview as Interview,
        InterviewGroup as InterviewGroup,
        InterviewQuestion as InterviewQuestion,
    )
    from boundaryethics.model.conditions import (
        Condition as Condition,
        FactIn as FactIn,
        Holds as Holds,
        Not as Not,
        both as both,
        either as either,
    )
    from boundaryethics.model.facts import (
        UNKNOWN as UNKNOWN,
        Fact as Fact,
        FactGroup as FactGroup,
        Situation as Situation,
        Vocabulary as Vocabulary,
    )
    from boundaryethics.model.overlays import Adjustment as Adjustment
    from boundaryethics.model.policy import Policy as Policy
    from boundaryethics.model.rules import (
        Action as Action,
        Citation as Citation,
        Effects as Effects,
        Finding as Finding,
        Force as Force,
        Invariant as Invariant,
        Method as Method,
        MethodName as MethodName,
        Option as Option,
        Principle as Principle,
        Promise as Promise,
        Pull as Pull,
        Question as Question,
        Rule as Rule,
        Source as Source,
        Status as Status,
        Strength as Strength,
    )
    from boundaryethics.model.verdict import (
        Advice as Advice,
        Assessment as Assessment,
        Comparison as Comparison,
        Derivation as Derivation,
        Dilemma as Dilemma,
        Options as Options,
        Reason as Reason,
        Verdict as Verdict,
    )
    from boundaryethics.model.verdict_data import (
        ActionDict as ActionDict,
        ChoiceDict as ChoiceDict,
        CitationDict as CitationDict,
        ComparisonDict as ComparisonDict,
        DilemmaDict as DilemmaDict,
        DraftDict as DraftDict,
        FactDict as FactDict,
        OptionDict as OptionDict,
        PrincipleDict as PrincipleDict,
        ProofDict as ProofDict,
        ReasonDict as ReasonDict,
        RuleDict as RuleDict,
        SupervisionQuestionDict as SupervisionQuestionDict,
        UnknownFactDict as UnknownFactDict,
        VerdictDict as VerdictDict,
        verdict_schema as verdict_schema,
    )
    from boundaryethics.notebook import (
        WhatIfPanel as WhatIfPanel,
        explore as explore,
    )
    from boundaryethics.panel import *  # noqa: F403
    from boundaryethics.policies import *  # noqa: F403
    from boundaryethics.policies.json_schema import schema as schema
    from boundaryethics.proofs import check_proof as check_proof
    from boundaryethics.provenance import (
        PolicyRecord as PolicyRecord,
        Provenance as Provenance,
    )
    from boundaryethics.sensitivity import *  # noqa: F403
    from boundaryethics.variants import *  # noqa: F403

    __version__: str


#: The public names of each module.
_NAMES = {
    "analysis": """
        Agreement AnswerOutcome Cause Checked Conflict Counterfactuals Difference
        DiscriminatingVignette DiscriminatingVignettes FactChange FactChanges LintReport
        LintWarning MinimalChanges NewValues OpenQuestion OpenQuestions PairAgreement
        PolicyDiff Population PopulationSummary RankingCount RankingCounts
        RankingOutcome RecordChange Replay RuleImpact RuleImpacts SeparatedBy Settled
        Transition Verification WhyFollows WhyNotFollows WhyNotRanked WhyRanked
        agreement compare counterfactuals diff discriminating_vignettes explain_pair
        lint open_questions ranking_counts replay
        rule_impact verify why why_not
    """,
    "batch": """
        Compiled Ranked RankedFrame Reading Summary compile_policy explain load_compiled
        rank rank_file
    """,
    "cases": "Case CaseReport CaseResult Expectation Grade check load_cases run_cases",
    "errors": """
        AnalysisError ArgumentError BoundaryEthicsError EngineError InterviewError
        Location PanelError PictureError PolicyError Problem RecordError SituationError
        TableError
    """,
    "interview": "Interview InterviewGroup InterviewQuestion",
    "model.conditions": "Condition FactIn Holds Not both either",
    "model.facts": "Fact FactGroup Situation UNKNOWN Vocabulary",
    "model.overlays": "Adjustment",
    "model.policy": "Policy",
    "model.rules": """
        Action Citation Effects Finding Force Invariant Method MethodName Option
        Principle Promise Pull Question Rule Source Status Strength
    """,
    "model.verdict": """
        Advice Assessment Comparison Derivation Dilemma Options Reason Verdict
    """,
    "model.verdict_data": """
        ActionDict ChoiceDict CitationDict ComparisonDict DilemmaDict DraftDict
        FactDict OptionDict PrincipleDict ProofDict ReasonDict RuleDict
        SupervisionQuestionDict UnknownFactDict VerdictDict verdict_schema
    """,
    "notebook": "WhatIfPanel explore",
    "panel": """
        Coefficient Concordance ConsensusRanking ConsensusRankings Estimate Fit
        PairDisagreement Panel PanelSize PolicyAgreement PolicyAgreements
        RankingDisagreement RaterAgreement Rating RatingsTable Score
        UndefinedCounts Validation Vignette VignetteAgreement consensus_rankings
        cross_validate fit long_ratings policy_agreement rater_agreement
        read_panel wide_ratings
    """,
    "policies": """
        Policies as_policy error_details load_policy load_situation locate read_policy
        read_situation
        shipped_vocabulary write_policy
    """,
    "policies.json_schema": "schema",
    "proofs": "check_proof",
    "provenance": "PolicyRecord Provenance",
    "sensitivity": """
        Bound CurvePiece MapCell NearestTippingPoint OptionAcceptability
        RankAcceptability Region StrengthMove StrengthSensitivity TippingPoint
        WeightCurve WeightMap WeightRange WeightSensitivity WeightShare WeightShares
        rank_acceptability strength_sensitivity weight_curve weight_map
        weight_sensitivity weight_shares
    """,
    "variants": """
        Change Contrast DropRules FactorialDesign FactorialEffects Methods Range
        RankChanges Sweep SweepRow SwitchEffect SwitchEffects VariantLabel
        VaryStrengths VaryWeights change factorial_effects load_change read_sweep
        rebuild_variant sweep switch_effects
    """,
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}
#: The modules that are available as attributes.
_MODULES = {module.partition(".")[0] for module in _NAMES} - {"policies"}
_MODULES |= {"charts", "cli", "inference", "mdd", "ranking", "render", "report"}

__all__ = ["__version__", "charts", "consult", "policies", "render", *_HOMES]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Load a public name or a module on first use."""
    if name == "__version__":
        found: Any = import_module(f"{__name__}.provenance").VERSION
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
    """List every public name, including those not loaded yet."""
    return sorted({*globals(), *__all__, *_MODULES})
