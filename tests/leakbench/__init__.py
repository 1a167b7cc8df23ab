"""LeakBench: small real Flask apps with known leaks, and healthy ones, to measure how often heapdiff is right."""
