"""Pages, rendered on the server; they read what was worked out and decide nothing."""
