"""Exact analyses of policies, over all situations or in a single one."""

from boundaryethics.analysis.ablation import RuleImpact, RuleImpacts, rule_impact
from boundaryethics.analysis.agreement import Agreement, PairAgreement, agreement
from boundaryethics.analysis.compare import (
    Cause,
    Difference,
    NewValues,
    Transition,
    compare,
)
from boundaryethics.analysis.counterfactuals import (
    Counterfactuals,
    FactChange,
    FactChanges,
    MinimalChanges,
    counterfactuals,
)
from boundaryethics.analysis.diff import PolicyDiff, diff
from boundaryethics.analysis.discriminating import (
    DiscriminatingVignette,
    DiscriminatingVignettes,
    SeparatedBy,
    discriminating_vignettes,
)
from boundaryethics.analysis.distribution import (
    Conflict,
    RankingCount,
    RankingCounts,
    ranking_counts,
)
from boundaryethics.analysis.explain import (
    WhyFollows,
    WhyNotFollows,
    WhyNotRanked,
    WhyRanked,
    explain_pair,
    why,
    why_not,
)
from boundaryethics.analysis.lint import LintReport, LintWarning, lint
from boundaryethics.analysis.population import Population, PopulationSummary
from boundaryethics.analysis.questions import (
    AnswerOutcome,
    OpenQuestion,
    OpenQuestions,
    RankingOutcome,
    Settled,
    open_questions,
)
from boundaryethics.analysis.replay import RecordChange, Replay, replay
from boundaryethics.analysis.verify import Checked, Verification, verify
from boundaryethics.errors import AnalysisError

__all__ = [
    "Agreement",
    "AnalysisError",
    "AnswerOutcome",
    "Cause",
    "Checked",
    "Conflict",
    "Counterfactuals",
    "Difference",
    "DiscriminatingVignette",
    "DiscriminatingVignettes",
    "FactChange",
    "FactChanges",
    "LintReport",
    "LintWarning",
    "MinimalChanges",
    "NewValues",
    "OpenQuestion",
    "OpenQuestions",
    "PairAgreement",
    "PolicyDiff",
    "Population",
    "PopulationSummary",
    "RankingCount",
    "RankingCounts",
    "RankingOutcome",
    "RecordChange",
    "Replay",
    "RuleImpact",
    "RuleImpacts",
    "SeparatedBy",
    "Settled",
    "Transition",
    "Verification",
    "WhyFollows",
    "WhyNotFollows",
    "WhyNotRanked",
    "WhyRanked",
    "agreement",
    "compare",
    "counterfactuals",
    "diff",
    "discriminating_vignettes",
    "explain_pair",
    "lint",
    "open_questions",
    "ranking_counts",
    "replay",
    "rule_impact",
    "verify",
    "why",
    "why_not",
]
