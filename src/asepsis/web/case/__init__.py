"""A case: one vulnerability from its first word to its last notice, as one page and as one form."""
