"""What a person would call the keeper: the container, its path, its length, and back from a path."""
