"""Formats of others, read into plain values: one file for each format, one table of the kinds of facts (clauses 5.7, 5.8, 8)."""
