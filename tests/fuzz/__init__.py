"""Fuzzing of the reader, the kernels, and of who reads what others say: `.ci/steps/fuzz.sh` runs it. No test is here."""
