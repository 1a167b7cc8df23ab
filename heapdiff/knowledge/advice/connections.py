"""What stands for something outside the process: clients, connections, files and sessions of libraries. Data.

Names of types and attributes were seen in SQLAlchemy 2.1, psycopg 3.3, psycopg2 2.9, pg8000 1.31, PyMySQL 1.2,
pymongo 4.20, redis 8.1, requests 2.34, urllib3 2.8, httpx 0.28, aiohttp 3.14, boto3 1.44 and CPython 3.11 to 3.13.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """Objects of which a worker needs few, or that have to be closed, and what to do about too many of them.

    `types` include the classes made from them; `wrappers` are types that each has around it for itself. `hidden` says what each
    may take beside its objects, which a snapshot can't tell; `whole` is False where that always is a good part of it. `closed` is
    the attribute that is True of a closed one.
    """

    one: str
    many: str
    types: tuple[str, ...]
    change: str
    code: tuple[str, ...]
    check: str = ""
    hidden: str = ""
    wrappers: tuple[str, ...] = ()
    closed: str = ""
    whole: bool = True


PG_ACTIVITY: Final = (
    "On PostgreSQL, `select count(*) from pg_stat_activity` counts this worker's connections."
)
COMPARED: Final = "Take another snapshot after some traffic: `heapdiff compare` no longer shows more of them."

CONTEXT: Final = "ssl.SSLContext"
BARE_CONTEXT: Final = 12_700  # OpenSSL 3.0, CPython 3.11 to 3.13, each of a thousand
CERTIFICATES: Final = (
    688_000  # those of certifi 2026.10 in a context; Debian's, from its folder, take 870,000
)
NATIVE_BYTES: Final = {
    CONTEXT: BARE_CONTEXT,
    "psycopg_binary.pq.PGconn": 38_900,  # psycopg 3.3 over a socket of the same machine, without TLS
    "sqlite3.Connection": 15_300,  # with an empty cache of pages, SQLite 3.40
}
"""What malloc gives out for each, measured as the difference that many of them make. Newer libraries take more: with
OpenSSL 3.6 a bare context takes 19,100, with SQLite 3.53 a connection 64,600.
"""
VERIFYING: Final = ("httpx.Client", "httpx.AsyncClient")
"""Clients that load certifi's certificates into the context that each makes for itself."""

CLIENTS: Final = (
    Kind(
        "SQLAlchemy engine",
        "SQLAlchemy engines",
        ("sqlalchemy.engine.base.Engine",),
        "Create one engine per database, at import or in create_app(), and reuse it: each has its own pool of"
        " connections and its own cache of compiled statements.",
        (
            "engine = create_engine(URL, pool_size=5)  # at import",
            "def report():  # in the view, borrow a connection",
            "    with engine.connect() as connection: ...",
        ),
        PG_ACTIVITY,
        "What they registered elsewhere, such as thread-locals and listeners, goes with them and isn't counted.",
        whole=False,
    ),
    Kind(
        "MongoClient",
        "MongoClients",
        (
            "pymongo.synchronous.mongo_client.MongoClient",
            "pymongo.asynchronous.mongo_client.AsyncMongoClient",
            "pymongo.mongo_client.MongoClient",
        ),
        "Create one MongoClient per worker, after the fork, and reuse it: each has its own pool and monitoring threads.",
        ("client = MongoClient(URL, maxPoolSize=10)  # once per worker",),
    ),
    Kind(
        "Redis connection pool",
        "Redis connection pools",
        (
            "redis.connection.ConnectionPool",
            "redis.asyncio.connection.ConnectionPool",
        ),
        "Create one Redis client per worker and reuse it: each client without a `connection_pool` has a pool of its own.",
        ("redis = Redis.from_url(URL, max_connections=10)  # at import",),
        "`redis-cli client list` shows one line per connection.",
        wrappers=("redis.client.Redis", "redis.asyncio.client.Redis"),
    ),
    Kind(
        "boto3 client",
        "boto3 clients",
        ("botocore.client.BaseClient",),
        "Create each boto3 client once, at import: clients are thread-safe, and making one takes milliseconds.",
        (
            "import boto3",
            's3 = boto3.client("s3")  # at import; views use this one',
        ),
        hidden="A client from a boto3.Session of its own takes some 13 MB with what the session has loaded.",
    ),
    Kind(
        "boto3 session",
        "boto3 sessions",
        ("boto3.session.Session", "botocore.session.Session"),
        "Use one boto3 session per worker: each loads the descriptions of the services again, some 13 MB with a client of S3.",
        (
            "session = boto3.Session()  # at import",
            's3 = session.client("s3")',
        ),
    ),
    Kind(
        "requests session",
        "requests sessions",
        ("requests.sessions.Session",),
        "Keep one requests.Session per worker, or one per thread, at module level: it reuses its connections.",
        (
            "http = requests.Session()  # at import",
            "def quote():",
            "    return http.get(URL, timeout=5).json()",
        ),
    ),
    Kind(
        "httpx client",
        "httpx clients",
        ("httpx.Client", "httpx.AsyncClient"),
        "Keep one httpx.Client per worker at module level: each loads the CA certificates again, which takes 0.7 to 0.9 MB"
        " and some 20 ms.",
        (
            "http = httpx.Client(timeout=5)  # at import",
            "def quote():",
            "    return http.get(URL).json()",
        ),
    ),
    Kind(
        "aiohttp session",
        "aiohttp sessions",
        ("aiohttp.client.ClientSession",),
        "Keep one ClientSession per event loop and close it when the loop ends.",
        ("async with aiohttp.ClientSession() as http:  # once per loop", "    await serve(http)"),
    ),
    Kind(
        "urllib3 pool manager",
        "urllib3 pool managers",
        ("urllib3.poolmanager.PoolManager",),
        "Keep one PoolManager per worker at module level; it's thread-safe and keeps its connections.",
        ("http = urllib3.PoolManager(maxsize=10)  # at import",),
    ),
    Kind(
        "SSL context",
        "SSL contexts",
        (CONTEXT,),
        "Make one SSL context at import and hand it to every connection.",
        (
            "tls = ssl.create_default_context()  # at import",
            "urlopen(url, context=tls)",
        ),
        hidden="Each counts with OpenSSL 3.0's 13 kB; newer releases take up to 19 kB. One that loaded the CA certificates takes"
        " another 0.7 to 0.9 MB, which is not counted here.",
    ),
)
"""What is made once per worker. Those that have others inside stand before them."""

CONNECTIONS: Final = (
    Kind(
        "database cursor",
        "database cursors",
        (
            "psycopg._cursor_base.BaseCursor",
            "psycopg2.extensions.cursor",
            "pg8000.legacy.Cursor",
            "pymysql.cursors.Cursor",
            "MySQLdb.cursors.BaseCursor",
            "sqlite3.Cursor",
        ),
        "Close each cursor when its rows are read; until then it keeps its rows and its connection.",
        (
            "with closing(connection.cursor()) as cursor:",
            "    cursor.execute(QUERY)",
            "    rows = cursor.fetchall()",
        ),
    ),
    Kind(
        "database connection",
        "database connections",
        (
            "psycopg.Connection",
            "psycopg.AsyncConnection",
            "psycopg2.extensions.connection",
            "pg8000.legacy.Connection",
            "pymysql.connections.Connection",
            "MySQLdb.connections.Connection",
            "mysql.connector.abstracts.MySQLConnectionAbstract",
            "asyncpg.connection.Connection",
            "sqlite3.Connection",
        ),
        "Close each connection at the end of the request, or borrow it from a pool that limits how many there are.",
        (
            "@app.teardown_appcontext",
            "def close_connection(error):",
            '    if "db" in g: g.pop("db").close()',
        ),
        PG_ACTIVITY,
    ),
    Kind(
        "mail connection",
        "mail connections",
        ("smtplib.SMTP", "imaplib.IMAP4", "poplib.POP3"),
        "Close each mail connection when the mail is sent.",
        ("with smtplib.SMTP(HOST) as mail:", "    mail.send_message(message)"),
    ),
    Kind(
        "HTTP connection",
        "HTTP connections",
        ("http.client.HTTPConnection",),
        "Close each connection, or let one `requests.Session` at module level keep and reuse them.",
        (
            "with closing(HTTPSConnection(HOST, timeout=5)) as connection:",
            '    connection.request("GET", PATH)',
        ),
    ),
    Kind(
        "socket",
        "sockets",
        ("socket.socket",),
        "Close each socket when its conversation ends.",
        ("with socket.create_connection(ADDRESS, timeout=5) as link:", "    link.sendall(line)"),
        "`ls /proc/PID/fd | wc -l` counts the worker's open descriptors.",
        closed="_closed",
    ),
)
"""What has to be closed. Those that have others inside stand before them."""

FILES: Final = (
    Kind(
        "file",
        "files",
        ("_io.FileIO",),
        "Close each file when it's read or written, and keep its name or content instead of the file.",
        ("with open(path) as file:", "    rows = list(csv.reader(file))"),
        "`ls /proc/PID/fd | wc -l` counts the worker's open descriptors.",
        wrappers=(
            "_io.TextIOWrapper",
            "_io.BufferedReader",
            "_io.BufferedWriter",
            "_io.BufferedRandom",
            "tempfile._TemporaryFileWrapper",
        ),
    ),
)

SESSIONS: Final = (
    Kind(
        "SQLAlchemy session",
        "SQLAlchemy sessions",
        ("sqlalchemy.orm.session.Session",),
        "Close each session at the end of its request; a scoped session with `remove()`.",
        (
            "@app.teardown_appcontext",
            "def end_session(error):",
            "    session.remove()  # or `with Session() as session:`",
        ),
        "Take another snapshot when the worker is idle: no session is left.",
    ),
)
IDENTITY_MAP: Final = ("identity_map", "_dict")
"""The way from a session to the dict of the objects that it knows."""
PENDING: Final = ("_new", "_deleted")
"""Its objects that wait to be written."""


INSIDE: Final = (
    "sqlalchemy.engine.base.Connection",
    "sqlalchemy.pool.base._ConnectionFairy",
    "sqlalchemy.pool.base.Pool",
    "psycopg_pool.pool.ConnectionPool",
    "psycopg_pool.pool_async.AsyncConnectionPool",
    "psycopg_pool.base.BasePool",
    "redis.connection.AbstractConnection",
)
"""What else has connections and sockets inside that are then its own."""
