"""Clients of other services: HTTP, AWS, gRPC, TLS, sockets, mail."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern

NETWORK: Final = (
    Pattern(
        "Each boto3 Session and each client registers its handlers on the botocore session, which never drops them.",
        "Create one boto3 Session and its clients once per process and reuse them, instead of creating them per request.",
        path=r"_handlers\b|_lookup_cache|_unique_id|_search_paths",
        through=r"^botocore\.(hooks|loaders)\.",
    ),
    Pattern(
        "botocore keeps the description of each service it has loaded.",
        "Use one botocore or boto3 session per process: each session loads and keeps its own descriptions.",
        path=r"_cache\b|_instance_cache|_loader_cache",
        through=r"^botocore\.",
    ),
    Pattern(
        "boto3 clients or sessions are created again and again; each keeps connections and megabytes of service data.",
        "Create each boto3 client once per process and share it between threads; `client.close()` closes its connections.",
        drags=r"botocore\.client\.BaseClient|boto3\.session\.Session|botocore\.session\.Session"
        r"|boto3\.resources\.base\.ServiceResource",
    ),
    Pattern(
        "The session keeps each cookie until it expires or is cleared.",
        "Call `session.cookies.clear()`, or use a separate session for each remote user and close it.",
        path=r"\._cookies\b|\.cookies\b",
        through=r"^(requests\.cookies|http\.cookiejar|httpx\.|werkzeug\.test)\b",
    ),
    Pattern(
        "A session or client keeps every hook or mounted adapter.",
        "Add hooks and adapters once, where the session is created, not per request.",
        path=r"\.(hooks|adapters|_mounts|_event_hooks|event_hooks)\b",
        through=r"^(requests\.sessions|httpx)\.",
    ),
    Pattern(
        "requests Sessions are created again and again; each keeps its own connection pool.",
        "Use one `requests.Session` per process, or close each one: `with requests.Session() as session:`.",
        drags=r"requests\.sessions\.Session",
    ),
    Pattern(
        "Responses are kept; each keeps its body, its history and the connection it came from.",
        "Keep what you need from the response (`response.json()`, `response.text`), not the response itself.",
        drags=r"requests\.models\.Response|httpx\.Response|urllib3\.response\.HTTPResponse"
        r"|aiohttp\.client_reqrep\.ClientResponse|http\.client\.HTTPResponse",
    ),
    Pattern(
        "HTTP clients are created again and again; each keeps a connection pool and a TLS context.",
        "Create one client per process and reuse it, or close each one with a `with` block.",
        drags=r"httpx\.(Async)?Client|urllib3\.poolmanager\.PoolManager|aiohttp\.client\.ClientSession"
        r"|httplib2\.Http|niquests\.sessions\.Session",
    ),
    Pattern(
        "gRPC channels are created again and again; each keeps connections and threads in native code.",
        "Create one channel per target and reuse it; `channel.close()` when you're done.",
        drags=r"grpc\._channel\.Channel|grpc\.aio\._channel\.Channel|grpc\._cython\.cygrpc\.Channel",
    ),
    Pattern(
        "TLS contexts are created again and again; each loads the CA certificates into native memory.",
        "Create one context with `ssl.create_default_context()` and pass it to every connection.",
        drags=r"ssl\.SSLContext|_ssl\._SSLContext|OpenSSL\.SSL\.Context",
    ),
    Pattern(
        "Mail or FTP connections stay open until they are closed.",
        "Use a `with` block, or call `quit()` at the end.",
        drags=r"smtplib\.SMTP(_SSL)?|imaplib\.IMAP4(_SSL)?|ftplib\.FTP(_TLS)?|poplib\.POP3(_SSL)?",
    ),
    Pattern(
        "SSH connections stay open until they are closed; each runs a thread.",
        "Call `client.close()`, or use a `with` block.",
        drags=r"paramiko\.(client\.SSHClient|transport\.Transport)",
    ),
    Pattern(
        "Sockets stay open until they are closed.",
        "Close each socket with a `with` block or `contextlib.closing`.",
        drags=r"socket\.socket|_socket\.socket",
    ),
)
