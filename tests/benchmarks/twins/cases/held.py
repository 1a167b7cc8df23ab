"""Data in memory."""

from tests.benchmarks.twins.case import Twin

TWINS = (
    Twin(
        "numpy-views",
        "pinned-buffers",
        """
        import numpy
        HEADS = []
        for number in range(N):
            HEADS.append(numpy.full((250, 1000), 1.5)[:10, :100])
        """,
        """
        import numpy
        HEADS = []
        for number in range(N):
            HEADS.append(numpy.full((250, 1000), 1.5)[:10, :100].copy())
        """,
        items=20,
        needs=("numpy",),
    ),
    Twin(
        "memoryviews",
        "pinned-buffers",
        """
        HEADS = [memoryview(bytes(2_000_000))[:5_000] for number in range(N)]
        """,
        """
        HEADS = [bytes(memoryview(bytes(2_000_000))[:5_000]) for number in range(N)]
        """,
        items=20,
        rss=False,
    ),
)
