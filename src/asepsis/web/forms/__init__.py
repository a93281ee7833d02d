"""Records written in the browser: a form for any kind, found in its fields, and the acts on a record's page."""
