"""Globals and modules."""

from tests.benchmarks.twins.case import Twin

TWINS = (
    Twin(
        "mutable-default",
        "mutable-defaults",
        """
        def search(word, found=[]):
            found.append(f"{word:09}")
            return found
        for number in range(N):
            search(number)
        """,
        """
        def search(word, found=None):
            if found is None:
                found = []
            found.append(f"{word:09}")
            return found
        for number in range(N):
            search(number)
        """,
    ),
    Twin(
        "unused-pandas",
        "unused-packages",
        """
        import pandas
        def report(rows):
            return pandas.DataFrame(rows).describe()
        """,
        """
        def report(rows):
            import pandas
            return pandas.DataFrame(rows).describe()
        """,
        rss=False,
        least=0.7,
        silent_on="3.12",
        needs=("pandas",),
    ),
    Twin(
        "unused-sympy",
        "unused-packages",
        """
        import sympy
        def solve(text):
            return sympy.solve(text)
        """,
        """
        def solve(text):
            import sympy
            return sympy.solve(text)
        """,
        rss=False,
        least=0.7,
        silent_on="3.12",
        needs=("sympy",),
    ),
    Twin(
        "pandas-for-a-mean",
        "import-weight",
        """
        import pandas
        def mean(prices):
            return float(pandas.Series(prices).mean())
        mean([1.5, 2.5])
        """,
        """
        import statistics
        def mean(prices):
            return statistics.fmean(prices)
        mean([1.5, 2.5])
        """,
        rss=False,
        least=0.6,
        silent_on="3.12",
        needs=("pandas",),
    ),
    Twin(
        "unused-standard-library",
        "unused-packages",
        """
        import xmlrpc.server
        def serve():
            return xmlrpc.server.SimpleXMLRPCServer(("", 8000))
        """,
        """
        def serve():
            import xmlrpc.server
            return xmlrpc.server.SimpleXMLRPCServer(("", 8000))
        """,
        rss=False,
        least=0.45,
        silent_on="3.12",
    ),
)
