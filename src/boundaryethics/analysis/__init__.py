"""Exact questions: about a policy, over every situation; and about one situation."""

from boundaryethics.analysis.ablation import RuleImpacts, rule_impact
from boundaryethics.analysis.agreement import Agreement, agreement
from boundaryethics.analysis.compare import Difference, compare
from boundaryethics.analysis.counterfactuals import Counterfactuals, counterfactuals
from boundaryethics.analysis.diff import PolicyDiff, diff
from boundaryethics.analysis.distribution import RankingCounts, ranking_counts
from boundaryethics.analysis.explain import explain_pair, why, why_not
from boundaryethics.analysis.lint import LintReport, LintWarning, lint
from boundaryethics.analysis.questions import OpenQuestions, open_questions
from boundaryethics.analysis.verify import Verification, verify
from boundaryethics.errors import AnalysisError

__all__ = [
    "Agreement",
    "AnalysisError",
    "Counterfactuals",
    "Difference",
    "LintReport",
    "LintWarning",
    "OpenQuestions",
    "PolicyDiff",
    "RankingCounts",
    "RuleImpacts",
    "Verification",
    "agreement",
    "compare",
    "counterfactuals",
    "diff",
    "explain_pair",
    "lint",
    "open_questions",
    "ranking_counts",
    "rule_impact",
    "verify",
    "why",
    "why_not",
]
