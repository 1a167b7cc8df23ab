"""Commands whose answers are pages for a browser."""
