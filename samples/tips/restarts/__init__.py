"""Restart workers: what each loads for itself, what it never lets go of, and gunicorn's settings that bound both."""

VISITS = tuple(f"/buy/{number}" for number in range(10))
