"""A panel of raters: how far people agree with one another, and with policies."""

from boundaryethics.errors import PanelError
from boundaryethics.panel.agreeing import Agreement, agreement_among
from boundaryethics.panel.fitted import Fit
from boundaryethics.panel.fitting import fit
from boundaryethics.panel.likening import Likeness, Likenesses, agreement_with
from boundaryethics.panel.reading import read_panel
from boundaryethics.panel.validating import Validation, cross_validate
from boundaryethics.panel.values import Panel, Rating, Vignette
from boundaryethics.panel.weights import Weight

__all__ = [
    "Agreement",
    "Fit",
    "Likeness",
    "Likenesses",
    "Panel",
    "PanelError",
    "Rating",
    "Validation",
    "Vignette",
    "Weight",
    "agreement_among",
    "agreement_with",
    "cross_validate",
    "fit",
    "read_panel",
]
