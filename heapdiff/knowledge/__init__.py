"""What is known of leaks, caches, containers and libraries. Data; searches nothing."""
