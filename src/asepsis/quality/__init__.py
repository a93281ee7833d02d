"""The frame that all else rests on: products, quality system, procedures, people, audits and reviews (clause 4.1)."""
