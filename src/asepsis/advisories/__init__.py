"""What is known of components elsewhere: versions and their ranges, feeds, the index, matching (clauses 6.2.1 and 9.3)."""
