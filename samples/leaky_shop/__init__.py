"""A leaky Flask shop, and a script that finds its leaks: `python -m samples.leaky_shop`."""
