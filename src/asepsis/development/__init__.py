"""Software development (4.1.9, 5): plan, requirements, design, reviews, tests, documents and the release itself."""
