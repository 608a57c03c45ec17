"""Variants of a policy, at scale: families, sweeps, and what a ranking hangs on."""
