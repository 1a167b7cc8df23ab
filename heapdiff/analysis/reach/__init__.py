"""How roots reach an object, by which way a person would name it, and what hangs on it."""
