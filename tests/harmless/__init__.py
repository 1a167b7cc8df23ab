"""What an application notices of heapdiff: each effect measured with and without it, on real processes."""
