"""Create every table and figure of the study, and its report, from the raw data.

    python study.py                      # results/ and report.md next to this file
    python study.py --output FOLDER      # results/ and report.md in FOLDER

Every result is saved as JSON with its provenance (seed, version, fingerprints,
parameters), and as a table in CSV and LaTeX. Figures are SVG and PDF files.
`report.md.jinja` contains the text of the report. Every number in `report.md` comes
from a result.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from simulate import RATERS, SCALE
from simulate import SEED as PANEL_SEED

import boundaryethics
from boundaryethics import load_policy
from boundaryethics.analysis import compare
from boundaryethics.charts import save
from boundaryethics.panel import (
    consensus_rankings,
    cross_validate,
    fit,
    policy_agreement,
    rater_agreement,
    read_panel,
)
from boundaryethics.report import Report
from boundaryethics.sensitivity import weight_curve

HERE = Path(__file__).parent
SEED, RESAMPLES, FOLDS = 2026, 1000, 5
BASE, OTHERS = "apa-2017", ("nasw-2021", "aca-2014")
#: The population for each row in the table of shares.
POPULATIONS = {
    "all": "all",
    "known": "known",
    "vignettes": HERE / "vignettes.csv",
    "base-rates": HERE / "base-rates.csv",
}
#: The weight that the sensitivity curve varies, and the situations that it covers.
VARIED = "fidelity"
WHERE = {
    "setting": "recovery_group",
    "contact": "message",
    "client_status": "active",
    "caseload": "own",
    "client_minor": "no",
    "clinician_in_recovery": "yes",
    "initiator": "client",
    "risk_of_harm": "none",
}


class Study:
    """Saves results, tables and figures, and collects them for the report."""

    def __init__(self, folder: Path) -> None:
        """Create the folder for the results."""
        self.folder = folder / "results"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tables: dict[str, str] = {}
        self.figures: dict[str, str] = {}

    def result(self, name: str, result: Report, *, chart: bool = True) -> None:
        """Save a result as JSON, CSV and LaTeX, and its chart as SVG and PDF."""
        for ending in (".json", ".csv", ".tex"):
            result.save(self.folder / f"{name}{ending}", force=True)
        if chart:
            for ending in (".svg", ".pdf"):
                save(result.chart(), self.folder / f"{name}{ending}", force=True)
            self.figures[name] = f"results/{name}.svg"

    def table(self, name: str, columns: Mapping[str, Any]) -> None:
        """Save a table as CSV and LaTeX, and keep it as Markdown with few digits."""
        frame = pd.DataFrame(columns)
        frame.to_csv(self.folder / f"{name}.csv", index=False)
        frame.to_latex(
            self.folder / f"{name}.tex", index=False, escape=True, float_format="%.2f"
        )
        rows = [[*map(shown, row)] for row in frame.itertuples(index=False)]
        rows.insert(0, ["---"] * len(frame.columns))
        rows.insert(0, [*frame.columns])
        self.tables[name] = "\n".join(f"| {' | '.join(row)} |" for row in rows)


def shown(cell: object) -> str:
    """Format a cell in a table of the report."""
    if isinstance(cell, float):
        return "-" if pd.isna(cell) else f"{cell:.2f}"
    return str(cell)


def agreement(study: Study, panel: Any) -> dict[str, Any]:
    """Measure agreement among raters and with policies, and find a consensus."""
    drawn = {"seed": SEED, "resamples": RESAMPLES}
    among = {
        kind: rater_agreement(panel, resample=kind, **drawn)
        for kind in ("vignettes", "raters", "both")
    }
    for kind, found in among.items():
        study.result(f"raters-{kind}", found, chart=kind == "both")
    study.table(
        "raters",
        {
            "bootstrap over": [*among],
            "Krippendorff's alpha (95% CI)": [str(a.alpha) for a in among.values()],
            "mean of Kendall's W (95% CI)": [str(a.w) for a in among.values()],
        },
    )
    consensus = consensus_rankings(panel, method="kemeny")
    study.result("consensus", consensus, chart=False)
    tested = {one.vignette: one for one in among["both"].vignettes}
    study.table(
        "consensus-and-w",
        {
            "vignette": [one.vignette for one in consensus.vignettes],
            "consensus ranking": [order(one.ranking) for one in consensus.vignettes],
            "equally close": [
                "; ".join(map(order, one.ties)) or "-" for one in consensus.vignettes
            ],
            "ratings": [v.ratings for v in tested.values()],
            "complete rankings": [v.concordance.raters for v in tested.values()],
            "W (complete rankings)": [v.concordance.w for v in tested.values()],
        },
    )
    truth = load_policy(HERE / "truth.yaml")
    policies = policy_agreement(
        panel, [BASE, *OTHERS, truth], resample="both", consensus="kemeny", **drawn
    )
    study.result("policies", policies)
    study.table(
        "policies-and-raters",
        {
            "policy": [one.policy for one in policies.policies],
            "tau-b (95% CI)": [str(one.tau) for one in policies.policies],
            "same top response": [str(one.first) for one in policies.policies],
            "tau-b with the consensus": [
                str(one.consensus_tau) for one in policies.policies
            ],
        },
    )
    return {"among": among["both"], "policies": policies}


def order(ranking: Any) -> str:
    """Format a ranking on one line."""
    return " > ".join(" = ".join(group) for group in ranking)


def weights(study: Study, panel: Any) -> dict[str, Any]:
    """Fit weights, validate them, and compare them with the true weights."""
    plain = fit(panel, BASE)
    ridge = fit(panel, BASE, penalty="cv", folds=FOLDS, seed=SEED)
    study.result("fit", plain)
    study.result("fit-penalized", ridge)
    validated = {
        "maximum likelihood": cross_validate(panel, BASE, folds=FOLDS, seed=SEED),
        "penalty by cross-validation": cross_validate(
            panel, BASE, folds=FOLDS, seed=SEED, penalty="cv"
        ),
    }
    for name, one in validated.items():
        study.result(f"validation-{name.split()[0]}", one)
    study.table("validation", validation_table(validated))
    truth = load_policy(HERE / "truth.yaml")
    estimates = [
        (true, one, penalized)
        for one, penalized in zip(plain.weights, ridge.weights, strict=True)
        for true in [SCALE * truth.principle[one.principle].weight]
        if one.estimate is not None
    ]
    covered = [
        None if one.interval is None else one.interval[0] <= true <= one.interval[1]
        for true, one, _ in estimates
    ]
    study.table(
        "recovery",
        {
            "principle": [one.principle for _, one, _ in estimates],
            "truth": [true for true, _, _ in estimates],
            "estimate": [one.estimate for _, one, _ in estimates],
            "clustered SE": [one.clustered_se for _, one, _ in estimates],
            "95% CI": [
                "-"
                if one.interval is None
                else "{:.2f} to {:.2f}".format(*one.interval)
                for _, one, _ in estimates
            ],
            "truth in CI": [
                {True: "yes", False: "no", None: "-"}[inside] for inside in covered
            ],
            "penalized": [penalized.estimate for _, _, penalized in estimates],
            "status": [one.status for _, one, _ in estimates],
        },
    )
    return {
        "fit": plain,
        "ridge": ridge,
        "validated": validated,
        "covered": covered.count(True),
        "intervals": len(covered) - covered.count(None),
    }


def interval(one: Any) -> str:
    """Format the interval of a weight, if it has one."""
    return "{:.2f} to {:.2f}".format(*one.interval) if one.interval else "-"


def validation_table(validated: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Collect the scores of each cross-validation.

    The scores of weights that are not fitted come from the first one.
    """
    first = next(iter(validated.values()))
    scores = [(f"fitted, {name}", one["fitted"]) for name, one in validated.items()]
    scores += [(one.name, one) for one in first.scores if one.name != "fitted"]
    return {
        "weights": [name for name, _ in scores],
        "log-likelihood": [one.log_likelihood for _, one in scores],
        "tau-b": [one.tau for _, one in scores],
        "same top response": [one.first for _, one in scores],
        "n (tau-b)": [one.tau_vignettes for _, one in scores],
    }


def shares(study: Study) -> dict[str, Any]:
    """Compare policies over several populations, and vary a weight."""
    found = {
        name: compare(BASE, OTHERS[0], over=over) for name, over in POPULATIONS.items()
    }
    for name, one in found.items():
        study.result(f"differences-{name}", one, chart=False)
    study.table(
        "shares",
        {
            "population": [*found],
            "situations": [str(one.over) for one in found.values()],
            "rankings that differ (%)": [
                100 * float(one.share) for one in found.values()
            ],
        },
    )
    weighted = load_policy(BASE).variant("apa-weighted", ranking="weighted")
    curve = weight_curve(weighted, VARIED, where=WHERE)
    study.result("curve", curve)
    weight = curve.weight
    changed = {
        factor: 100 * float(curve.at(factor * weight).ranking / curve.total)
        for factor in (0.5, 2)
    }
    return {"differing": OTHERS[0], "curve": curve, "changed": changed}


def main(folder: Path) -> None:
    """Write results/ and report.md to *folder*."""
    study = Study(folder)
    panel = read_panel(HERE / "ratings.csv", HERE / "vignettes.csv")
    known = {
        "panel": panel,
        "policies_read": [load_policy(one) for one in (BASE, *OTHERS)],
        "seed": SEED,
        "panel_seed": PANEL_SEED,
        "resamples": RESAMPLES,
        "folds": FOLDS,
        "raters": RATERS,
        "scale": SCALE,
        "varied": VARIED,
        "version": boundaryethics.__version__,
        "fingerprint": load_policy(BASE).fingerprint,
        **agreement(study, panel),
        **weights(study, panel),
        **shares(study),
        "tables": study.tables,
        "figures": study.figures,
    }
    texts = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown
    )
    report = texts.get_template("report.md.jinja").render(known)
    (folder / "report.md").write_text(report, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the tables, figures and report.")
    parser.add_argument("--output", type=Path, default=HERE)
    main(parser.parse_args().output)
