"""What the benchmarks compare with: the same job as a good engineer would write it first."""
