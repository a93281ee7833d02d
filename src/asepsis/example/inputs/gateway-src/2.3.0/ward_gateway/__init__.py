"""Ward Gateway: takes images and results in, and gives them out to whom they belong."""

VERSION = "2.3.0"
