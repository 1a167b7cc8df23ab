"""Commands that write pages for a browser."""
