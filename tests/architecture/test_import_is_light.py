"""Test that importing the package is cheap."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "asyncio",
    "click",
    "concurrent",
    "durable_rules_engine",
    "jinja2",
    "jsonschema",
    "multiprocessing",
    "numpy",
    "sqlite3",
    "subprocess",
    "yaml",
}
PROBE = """
import json, sys, threading
import boundaryethics
print(json.dumps({"threads": threading.active_count(), "modules": list(sys.modules)}))
"""


def after_import() -> dict[str, object]:
    """Import the package in a new interpreter and report its state."""
    found = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, check=True, text=True
    )
    return dict(json.loads(found.stdout))


def test_import_starts_no_thread() -> None:
    """Importing the package starts no thread."""
    assert 1 == after_import()["threads"]


def test_import_loads_no_heavy_module() -> None:
    """Parsers, engines, the command line and process pools load when first used."""
    loaded = after_import()["modules"]

    assert isinstance(loaded, list)
    assert set() == HEAVY & set(loaded)
