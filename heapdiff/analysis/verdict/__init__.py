"""The verdict: one word and a sentence from everything that a comparison found."""
