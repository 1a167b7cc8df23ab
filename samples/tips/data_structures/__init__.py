"""The shop keeps its catalogue, prices and reviews in dicts, lists and objects that are larger than they need to be."""

VISITS = ("/products/7", "/prices/7", "/reviews/7")
