"""Who reads, and what they may see: asked by pages, routes and jobs alike, and by nothing else."""
