"""What a record is: kinds, revisions, states, the dossier that holds them and the ledger that proves them; pure."""
