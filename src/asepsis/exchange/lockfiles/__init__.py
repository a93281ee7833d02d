"""Lock files: what the tools of each language write down of the packages that a build takes; one module for each format."""
