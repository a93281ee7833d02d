"""What a scan came to, as documents for people and programs; with no ledger and no network."""
