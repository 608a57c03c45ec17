"""Read the data, text and colors of charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import strategies as st

from boundaryethics.charts import save


def numbers(most: float) -> st.SearchStrategy[float]:
    """Generate numbers up to *most* that a chart can show."""
    return st.floats(-most, most).filter(lambda n: not n or abs(n) >= 1e-300)


def data_of(chart: Any, *keys: str) -> list[tuple[Any, ...]]:
    """Return the values under *keys* of every datum of *chart* that has all of them."""
    data = (datum for values in _values(chart.to_dict()) for datum in values)
    found = [datum for datum in data if all(key in datum for key in keys)]
    return [tuple(datum[key] for key in keys) for datum in found]


def _values(spec: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield every list of data in *spec* once."""
    yield from spec.get("datasets", {}).values()
    for part in (spec, *spec.get("layer", [])):
        if "values" in part.get("data", {}):
            yield part["data"]["values"]


def svg_of(chart: Any, folder: Any) -> str:
    """Return *chart* as SVG."""
    path = folder / "chart.svg"
    save(chart, path, force=True)
    return str(path.read_text("utf-8"))


def words_of(svg: str) -> list[str]:
    """Return every text in *svg*."""
    # The library's own output contains no entities.
    root = ET.fromstring(svg)  # noqa: S314
    return [" ".join(e.itertext()) for e in root.iter() if e.tag.endswith("text")]


def shown(svg: str) -> str:
    """Return all text of *svg* in one line."""
    return " ".join(" ".join(words_of(svg)).split())


def texts_in(svg: str) -> list[str]:
    """Return all text of *svg*, including the text for screen readers, and its colors.

    Omit positions, which depend on the fonts of a machine. Omit the metadata, whose
    text fingerprint changes whenever a policy is reworded.
    """
    root = ET.fromstring(svg)  # noqa: S314
    labels = [e.get("aria-label", "") for e in root.iter()]
    described = [e.text or "" for e in root if e.tag.endswith(("title", "desc"))]
    colors = [e.get(key, "") for e in root.iter() for key in ("fill", "stroke")]
    return [*described, *words_of(svg), *filter(None, labels), *filter(None, colors)]
