"""Importing the package costs what it must, and no more."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "click",
    "durable_rules_engine",
    "jinja2",
    "jsonschema",
    "numpy",
    "rich",
    "yaml",
}
PROBE = """
import json, sys, threading
import boundaryethics
print(json.dumps({"threads": threading.active_count(), "modules": list(sys.modules)}))
"""


def after_import() -> dict[str, object]:
    """What a fresh interpreter holds once it has imported the package."""
    told = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, check=True, text=True
    )
    return dict(json.loads(told.stdout))


def test_import_starts_no_thread() -> None:
    """An application that imports the package has the one thread that it had."""
    assert 1 == after_import()["threads"]


def test_import_loads_no_heavy_module() -> None:
    """Parsers, terminals and engines are imported when first needed."""
    loaded = after_import()["modules"]

    assert isinstance(loaded, list)
    assert set() == HEAVY & set(loaded)
