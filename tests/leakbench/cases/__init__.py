"""The cases of LeakBench, by theme; each module offers `CASES`."""
