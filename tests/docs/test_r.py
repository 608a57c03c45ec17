"""The R code for ordinal in the how-to runs, if R is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from boundaryethics.panel import long_ratings, read_panel

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "analyze-ratings-in-r.md"
PANEL = ROOT / "examples" / "panel"
GROUPS = """
write.csv(
  data.frame(rater = levels(ratings$rater), group = rep(c("a", "b"), 12)),
  "raters.csv", row.names = FALSE
)
"""


@pytest.mark.slow
def test_the_code_for_ordinal_runs(tmp_path: Path) -> None:
    """Both models are fitted to the example and compared."""
    r = shutil.which("Rscript")
    try_it = ("-e", "library(ordinal)")
    has = r and subprocess.run([r, *try_it], capture_output=True, check=False)
    if not r or not has or has.returncode:
        pytest.skip("R's package ordinal is not installed")
    blocks = re.findall(r"```r\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    fitted, compared = (block for block in blocks if "clmm" in block)
    panel = read_panel(PANEL / "ratings.csv", PANEL / "vignettes.csv")
    (tmp_path / "long.csv").write_text(long_ratings(panel).to_csv(), "utf-8")
    (tmp_path / "code.R").write_text(fitted + GROUPS + compared, "utf-8")

    ran = subprocess.run(
        [r, "code.R"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert not ran.returncode, ran.stderr
    assert "Likelihood ratio tests" in ran.stdout
