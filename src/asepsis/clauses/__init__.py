"""What the standard asks, as data by edition, and what a maker may set: the ground that all verdicts stand on."""
