"""Bringing in what exists: a table is sent, its columns are matched, each row's fate is shown, and all come in at once."""
