"""What takes snapshots: the native engine, or its slower twin in Python."""
