"""Compile policies to decision diagrams, for exact results over all situations."""
