"""A panel of raters: how far people agree with one another, and with policies."""

from boundaryethics.errors import PanelError
from boundaryethics.panel.agreement import (
    Agreed,
    Agreement,
    Likeness,
    Likenesses,
    Parted,
    Parting,
    Untold,
    agreement_among,
    agreement_with,
)
from boundaryethics.panel.data import Panel, Rating, Vignette, read_panel
from boundaryethics.panel.fit import Fit, Score, Validation, Weight, cross_validate
from boundaryethics.panel.fit import fit as fit
from boundaryethics.panel.statistics import Concordance, Estimate

__all__ = [
    "Agreed",
    "Agreement",
    "Concordance",
    "Estimate",
    "Fit",
    "Likeness",
    "Likenesses",
    "Panel",
    "PanelError",
    "Parted",
    "Parting",
    "Rating",
    "Score",
    "Untold",
    "Validation",
    "Vignette",
    "Weight",
    "agreement_among",
    "agreement_with",
    "cross_validate",
    "fit",
    "read_panel",
]
