"""What people run beside the tests: the demo, benchmarks, comparisons of specifications, packages."""
