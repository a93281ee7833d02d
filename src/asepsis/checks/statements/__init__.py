"""What persons have to answer for with their name: yearly (4.1.1, 4.1.2, 4.1.7, 9.2) and for each release (5)."""
