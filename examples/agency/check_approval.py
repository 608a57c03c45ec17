"""Check that the policy is the approved version, with the fingerprints on record."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import boundaryethics

FILES = ("approved/our-agency.yaml", "policies/our-agency.yaml")
KEYS = ("fingerprint", "text_fingerprint")


def main() -> int:
    """Print each file with its fingerprints, and return 1 if one is not approved."""
    newest = tomllib.loads(Path("approvals.toml").read_text("utf-8"))["approval"][0]
    status = 0
    for file in FILES:
        policy = boundaryethics.load_policy(file)
        found = {key: getattr(policy, key)[:16] for key in KEYS}
        approved = all(found[key] == newest[key] for key in KEYS)
        print(f"{file}: {'approved' if approved else 'not approved'}")
        for key in KEYS:
            print(f'  {key} = "{found[key]}"')
        if not approved:
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
