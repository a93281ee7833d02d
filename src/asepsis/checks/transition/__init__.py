"""What Annex F asks of software from before the standard: its gaps, why it stays in use, and the way to all clauses."""
