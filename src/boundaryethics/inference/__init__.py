"""Forward chaining: compile policies to programs, and run them with several engines."""

from __future__ import annotations
