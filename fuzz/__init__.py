"""Fuzz all readers of input, guided by coverage, and compare engines (differential)."""
