"""Bills of materials in SPDX: versions 2.0 to 2.3 in five forms, and 3.0 in JSON-LD."""
