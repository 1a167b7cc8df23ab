"""Findings in, text out: one file per format. Opens no file, reads no clock, computes no finding."""
