"""Compile policies to decision diagrams, for exact answers over all situations."""
