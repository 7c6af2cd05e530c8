"""Transaction sets: domain objects to segments and back, one module per set; nothing else."""
