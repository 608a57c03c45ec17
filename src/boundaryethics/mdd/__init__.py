"""Policies as decision diagrams: every situation at once, and exact.

In: one policy or two, and what to look at. Out: a diagram with a layer for each fact,
in which situations that come to the same are one state. It is counted, searched and
made ready to look millions of rows up by whoever asked.
"""
