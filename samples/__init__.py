"""Small applications with known leaks, to see heapdiff at work."""
