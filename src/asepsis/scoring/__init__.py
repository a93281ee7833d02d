"""Scores of severity and priority, worked out from their vectors: one file for each, one table of them (clause 7.3)."""
