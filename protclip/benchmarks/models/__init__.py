"""What the benchmarks compare: checkpoints, networks from scratch, and what a practitioner would try first."""
