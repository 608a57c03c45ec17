"""Check that the policy is the approved version, using the recorded fingerprints."""

from __future__ import annotations

import sys
import tomllib
from datetime import date
from pathlib import Path

import boundaryethics

FILES = ("approved/our-agency.yaml", "policies/our-agency.yaml")
KEYS = ("fingerprint", "text_fingerprint")


def read_newest(file: Path) -> dict[str, object]:
    """Return the first entry of *file*, or exit with a message if it is incomplete."""
    try:
        newest = dict(tomllib.loads(file.read_text("utf-8"))["approval"][0])
    except (OSError, ValueError) as error:
        sys.exit(f"{file} cannot be read: {error}")
    except (LookupError, TypeError):
        sys.exit(f"{file} has no entry [[approval]]")
    if missing := [key for key in ("version", "by", *KEYS) if not newest.get(key)]:
        sys.exit(f"the first entry of {file} has no {', '.join(missing)}")
    if not isinstance(newest.get("approved"), date):
        sys.exit(f"`approved` in the first entry of {file} must be a date: 2026-01-31")
    return newest


def main() -> int:
    """Print each file with its fingerprints, and return 1 if one is not approved."""
    newest = read_newest(Path("approvals.toml"))
    status = 0
    for file in FILES:
        try:
            policy = boundaryethics.load_policy(file)
        except boundaryethics.PolicyError as error:
            sys.exit(f"{file} is not a valid policy:\n{error}")
        found = {key: getattr(policy, key)[:16] for key in KEYS}
        approved = all(found[key] == newest[key] for key in KEYS)
        print(f"{file}: {'approved' if approved else 'not approved'}")
        for key in KEYS:
            print(f'  {key} = "{found[key]}"')
        if not approved:
            status = 1
    if status:
        print("Only the first entry of approvals.toml counts.")
    return status


if __name__ == "__main__":
    sys.exit(main())
