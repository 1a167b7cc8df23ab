"""The shop caches prices per visitor, totals on baskets and pages in each worker, all without an end."""

VISITS = tuple(f"/categories/{number}" for number in range(20))
REQUESTS = 520
NEEDS = ("cachetools", "flask_caching")
