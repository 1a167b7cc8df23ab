"""LeakBench: real Flask apps with known leaks, and healthy ones; it measures how often heapdiff is right."""
