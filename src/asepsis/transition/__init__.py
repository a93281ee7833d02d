"""Software from before the standard: what is missing, why it may go on being used, and how it gets there (Annex F)."""
