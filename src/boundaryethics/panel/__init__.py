"""A panel of raters: how far people agree with one another, and with policies."""

from boundaryethics.errors import PanelError
from boundaryethics.panel.agreement import (
    PairDisagreement,
    PolicyAgreement,
    PolicyAgreements,
    RankingDisagreement,
    RaterAgreement,
    UndefinedCounts,
    VignetteAgreement,
    policy_agreement,
    rater_agreement,
)
from boundaryethics.panel.data import Panel, Rating, Vignette
from boundaryethics.panel.fit import Coefficient, Fit, Score, Validation, cross_validate
from boundaryethics.panel.fit import fit as fit
from boundaryethics.panel.read import read_panel
from boundaryethics.panel.statistics import Concordance, Estimate

__all__ = [
    "Coefficient",
    "Concordance",
    "Estimate",
    "Fit",
    "PairDisagreement",
    "Panel",
    "PanelError",
    "PolicyAgreement",
    "PolicyAgreements",
    "RankingDisagreement",
    "RaterAgreement",
    "Rating",
    "Score",
    "UndefinedCounts",
    "Validation",
    "Vignette",
    "VignetteAgreement",
    "cross_validate",
    "fit",
    "policy_agreement",
    "rater_agreement",
    "read_panel",
]
