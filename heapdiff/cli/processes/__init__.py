"""Commands that concern running processes."""
