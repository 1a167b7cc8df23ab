"""A trail in a person's words. Searches nothing, ranks nothing."""
