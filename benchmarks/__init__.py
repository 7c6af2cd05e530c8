"""The figures of the README, reproducible by `python -m benchmarks`."""
