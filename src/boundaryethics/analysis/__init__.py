"""Exact questions: about a policy, over every situation; and about one situation."""

from boundaryethics.analysis.agreeing import Agreement, agreement
from boundaryethics.analysis.comparing import compare
from boundaryethics.analysis.difference import Difference
from boundaryethics.analysis.dropping import Effects, effects_of_dropping
from boundaryethics.analysis.editing import Edit, diff
from boundaryethics.analysis.explaining import because, why, why_not
from boundaryethics.analysis.flipping import Flips, flips
from boundaryethics.analysis.linting import lint
from boundaryethics.analysis.openness import OpenQuestions
from boundaryethics.analysis.placing import Places, places
from boundaryethics.analysis.questioning import open_questions
from boundaryethics.analysis.remarks import Remark, Remarks
from boundaryethics.analysis.verifying import Verification, verify
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
