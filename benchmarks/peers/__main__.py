"""Command line of the comparison: measure all figures and print them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import boundaryethics
from benchmarks.peers.charts import missing
from benchmarks.peers.figures import DIFFERS, FAILED, as_text
from benchmarks.peers.measuring import PARTS, measured
from benchmarks.peers.side_by_side import POLICY
from benchmarks.peers.sizes import Sizes
from benchmarks.peers.written import write

_ROWS, _FEW = 10_000_000, 20_000


@click.command()
@click.option("--rows", type=click.IntRange(min=1_000), help="Maximum number of rows.")
@click.option(
    "--quick", is_flag=True, help="Take few measurements, to test the command."
)
@click.option("--part", "parts", multiple=True, type=click.Choice([*PARTS]))
@click.option(
    "--output",
    "out",
    type=click.Path(path_type=Path),
    help="Write the figures to this documentation folder.",
)
def main(rows: int | None, *, quick: bool, parts: tuple[str, ...], out: Path) -> None:
    """Compare the speed of the package with other libraries."""
    size = rows or (_FEW if quick else _ROWS)
    sizes = Sizes.quick(size) if quick else Sizes.whole(size)
    figures = [*measured(sizes, parts or (*PARTS,))]
    print(as_text(figures))
    if out:
        write(figures, boundaryethics.load_policy(POLICY), out)
        if missing():
            print(f"no charts: {missing()} is not installed", file=sys.stderr)
    sys.exit(any(figure.note.startswith((DIFFERS, FAILED)) for figure in figures))


if __name__ == "__main__":
    main()
