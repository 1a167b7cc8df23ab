"""Fuzzing of the reader and the kernels: `.ci/steps/fuzz.sh` builds and runs it. No test is here."""
