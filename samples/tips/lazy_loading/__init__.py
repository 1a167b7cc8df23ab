"""The shop imports at its top what only one rare page needs."""
