"""Summaries and comparisons of many workers as rows in a lake of Parquet files, and the questions that are asked of them.

Judges no heap: what a comparison found is what there is. Needs the extra `fleet`.
"""
