"""SQLite as Django has it, but for one check that a database whose schema is not trusted refuses."""
