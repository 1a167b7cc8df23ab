"""Leaks of native memory after public reports: some of it owned by Python objects, some by nobody."""

from __future__ import annotations

from typing import Any, Final

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]

HOME: Final = "tests.leakbench.apps.native_reports"
NATIVE: Final = (VerdictKind.NATIVE,)
GROWS: Final = (VerdictKind.LEAK, VerdictKind.GROWTH)
UNSEEN: Final = (r"<native>\..*",)  # objects to which a reference was lost in C


def _owned(name: str, title: str, path: str, holder: str, owner: str, report: str, **others: Any) -> Case:
    """Memory of objects of the type `owner` in the app's variable `holder`."""
    module = f"{HOME}.{name}"
    place = f"{module}.{holder}".replace(".", r"\.")
    verdicts = (VerdictKind.NATIVE, VerdictKind.LEAK)
    return Case(
        name,
        title,
        module,
        path,
        (place,),
        owner,
        **{"verdicts": verdicts, "native": True, "report": report, "seen": False, **others},
    )


def _lost(name: str, title: str, path: str, report: str, **others: Any) -> Case:
    """Memory that no object owns."""
    module = f"{HOME}.{name}"
    return Case(name, title, module, path, **{"verdicts": NATIVE, "report": report, "seen": False, **others})


_OWNED = (
    _owned(
        "pillow_pictures",
        "Large pictures, one in twenty requests",
        "/pictures/{n}",
        "PICTURES",
        "PIL.Image.Image",
        "easy-pil#36",
        needs=("Pillow",),
        seen=True,
        every=20,
        warm_up=60,
        requests=160,
    ),
    _owned(
        "grpc_channels",
        "Channels per tenant",
        "/tenants/{n}",
        "CHANNELS",
        "grpc._channel.Channel",
        "grpc/grpc#22123",
        needs=("grpcio",),
        requests=100,
    ),
    _owned(
        "httpx_clients",
        "A client per user, each with its certificates",
        "/users/{n}",
        "CLIENTS",
        "httpx.Client",
        "home-assistant/core#90191",
        needs=("httpx",),
        warm_up=10,
        requests=30,
    ),
    _owned(
        "msgpack_connections",
        "The buffers of unpackers",
        "/peers/{n}",
        "CONNECTIONS",
        f"{HOME}.msgpack_connections.Connection",
        "msgpack/msgpack-python#571",
        needs=("msgpack",),
        warm_up=20,
        requests=50,
    ),
    _owned(
        "websocket_deflate",
        "The compression of each connection",
        "/sessions/{n}",
        "SESSIONS",
        "websockets.extensions.permessage_deflate.PerMessageDeflate",
        "python-websockets/websockets#896",
        needs=("websockets",),
        warm_up=20,
        requests=50,
    ),
    _owned(
        "openssl_contexts",
        "A context with certificates per site",
        "/sites/{n}",
        "SITES",
        "OpenSSL.SSL.Context",
        "twisted/treq#380",
        needs=("pyOpenSSL", "certifi"),
        warm_up=10,
        requests=30,
    ),
    _owned(
        "lxml_smart_strings",
        "A string of each document, which keeps the document",
        "/feeds/{n}",
        "NAMES",
        "lxml.etree._ElementUnicodeResult",
        "scrapy/scrapy#535",
        needs=("lxml",),
        requests=100,
    ),
    _owned(
        "shared_frames",
        "Views that keep blocks of shared memory",
        "/frames/{n}",
        "FRAMES",
        "memoryview",
        "python/cpython#155003",
        warm_up=20,
        requests=50,
    ),
)

_LOST = (
    _lost(
        "pyproj_codes",
        "Lists of candidates in pyproj 3.4.0",
        "/code",
        "pyproj4/pyproj#1178",
        releases=("pyproj==3.4.0",),
        seen=True,
        warm_up=5,
        requests=60,
    ),
    _lost(
        "ujson_integers",
        "Integers too large for ujson 5.10.0",
        "/numbers",
        "ultrajson/ultrajson#458",
        releases=("ujson==5.10.0",),
        seen=True,
        warm_up=30,
        requests=150,
    ),
    _lost(
        "multidict_headers",
        "Names of headers in multidict 6.3.0",
        "/headers/{n}",
        "aio-libs/multidict#1131",
        releases=("multidict==6.3.0",),
    ),
    _lost(
        "orjson_arrays",
        "Arrays written by orjson 3.9.5",
        "/columns/{n}",
        "ijl/orjson#422",
        releases=("orjson==3.9.5",),
        needs=("numpy",),
    ),
    _lost(
        "orjson_errors",
        "Errors of a callback of orjson 3.9.0",
        "/uploads/{n}",
        "ijl/orjson#392",
        releases=("orjson==3.9.0",),
        verdicts=GROWS,
        holders=UNSEEN,
    ),
    _lost(
        "pydantic_errors",
        "Errors of validators in pydantic 2.9.2",
        "/companies/{n}",
        "dapper91/pydantic-xml#222",
        releases=("pydantic==2.9.2",),
        verdicts=GROWS,
        holders=UNSEEN,
    ),
    _lost(
        "hiredis_maps",
        "Values of maps read by hiredis 2.2.3",
        "/profiles/{n}",
        "redis/hiredis-py#175",
        releases=("hiredis==2.2.3",),
    ),
    _lost(
        "selectolax_pages",
        "Documents parsed by selectolax 0.3.13",
        "/links",
        "rushter/selectolax#90",
        releases=("selectolax==0.3.13",),
    ),
    _lost(
        "pillow_texts",
        "A little for each text drawn by Pillow 10.1.0",
        "/tickets/{n}",
        "python-pillow/Pillow#7694",
        releases=("Pillow==10.1.0",),
    ),
    _lost(
        "protobuf_sizes",
        "Sizes of messages in protobuf 4.22.1",
        "/size",
        "protocolbuffers/upb#1243",
        releases=("protobuf==4.22.1",),
    ),
    _lost(
        "protobuf_fields",
        "Old values of a field in protobuf 4.21.2",
        "/state/{n}",
        "protocolbuffers/protobuf#10294",
        releases=("protobuf==4.21.2",),
    ),
    _lost(
        "duckdb_functions",
        "Results of a function in DuckDB 1.4.3",
        "/labels",
        "duckdb/duckdb-python#224",
        releases=("duckdb==1.4.3",),
        warm_up=20,
        requests=60,
    ),
)

CASES: tuple[Case, ...] = _OWNED + _LOST
