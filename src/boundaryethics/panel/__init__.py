"""Ratings by a panel: agreement among raters and with policies, and fitted weights."""

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
from boundaryethics.panel.consensus import (
    ConsensusRanking,
    ConsensusRankings,
    consensus_rankings,
)
from boundaryethics.panel.data import Panel, PanelSize, Rating, Vignette
from boundaryethics.panel.export import RatingsTable, long_ratings, wide_ratings
from boundaryethics.panel.fit import Coefficient, Fit
from boundaryethics.panel.fit import fit as fit
from boundaryethics.panel.read import read_panel
from boundaryethics.panel.statistics import Concordance, Estimate
from boundaryethics.panel.validation import Score, Validation, cross_validate

__all__ = [
    "Coefficient",
    "Concordance",
    "ConsensusRanking",
    "ConsensusRankings",
    "Estimate",
    "Fit",
    "PairDisagreement",
    "Panel",
    "PanelError",
    "PanelSize",
    "PolicyAgreement",
    "PolicyAgreements",
    "RankingDisagreement",
    "RaterAgreement",
    "Rating",
    "RatingsTable",
    "Score",
    "UndefinedCounts",
    "Validation",
    "Vignette",
    "VignetteAgreement",
    "consensus_rankings",
    "cross_validate",
    "fit",
    "long_ratings",
    "policy_agreement",
    "rater_agreement",
    "read_panel",
    "wide_ratings",
]
