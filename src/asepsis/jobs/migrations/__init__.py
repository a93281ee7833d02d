"""How the tables of jobs come about."""
