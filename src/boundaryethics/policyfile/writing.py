"""Write policies: a policy in, the text of one file out.

What is written reads back equal; a policy for which that is not so is refused.
"""

from __future__ import annotations

from boundaryethics.errors import PolicyError
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile.loader import sheet_of_text
from boundaryethics.policyfile.plainly import policy_data
from boundaryethics.policyfile.yaml import yaml_text

_SCHEMA_LINE = "# yaml-language-server: $schema=schema/policy.schema.json\n"
#: The file, its sections, and each part of a section.
_OPEN_LEVELS = 2


def write_policy(policy: Policy) -> str:
    """*policy* as one file with all that it inherits; it reads back equal.

    Raises:
        PolicyError: a part of it cannot be written, or not so that it reads back.
    """
    text = _SCHEMA_LINE + yaml_text(policy_data(policy), open_levels=_OPEN_LEVELS)
    problems = sheet_of_text(text, file=policy.id).problems
    if problems:
        raise PolicyError(problems)
    return text
