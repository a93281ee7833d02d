"""The REST API: each route asks one act or query on behalf of a token, and says what came of it in JSON."""
