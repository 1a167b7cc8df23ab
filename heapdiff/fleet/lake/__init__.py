"""Where a lake's files lie, and which of them count."""
