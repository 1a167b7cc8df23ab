"""Fuzzing of readers and kernels, and of what a snapshot tells: `.ci/steps/fuzz.sh` runs it. No test is here."""
