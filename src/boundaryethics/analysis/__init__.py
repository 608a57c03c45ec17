"""Exact questions: about a policy, over every situation; and about one situation."""

from boundaryethics.analysis.ablation import Effects, effects_of_dropping
from boundaryethics.analysis.agreement import Agreement, agreement
from boundaryethics.analysis.compare import Difference, compare
from boundaryethics.analysis.counterfactuals import Flips, flips
from boundaryethics.analysis.diff import Edit, diff
from boundaryethics.analysis.distribution import Places, places
from boundaryethics.analysis.explain import because, why, why_not
from boundaryethics.analysis.lint import Remark, Remarks, lint
from boundaryethics.analysis.questions import OpenQuestions, open_questions
from boundaryethics.analysis.verify import Verification, verify
from boundaryethics.errors import AnalysisError

__all__ = [
    "Agreement",
    "AnalysisError",
    "Difference",
    "Edit",
    "Effects",
    "Flips",
    "OpenQuestions",
    "Places",
    "Remark",
    "Remarks",
    "Verification",
    "agreement",
    "because",
    "compare",
    "diff",
    "effects_of_dropping",
    "flips",
    "lint",
    "open_questions",
    "places",
    "verify",
    "why",
    "why_not",
]
