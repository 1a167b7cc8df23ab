"""Packages that everybody knows, by import name.

For names that a redacted snapshot may keep, and for snapshots that do not record who owns their modules.
"""

import sys
from typing import Final

OURS: Final = "heapdiff"

_NAMES: Final = """
__editable___finder _cffi_backend _distutils_hack _pytest aiofiles aiohttp aiosignal alembic amqp
annotated_types anyio apispec apscheduler argon2 asgiref asyncpg attr attrs automat babel backoff
bcrypt billiard bleach blinker boto3 botocore brotli bs4 bson cachecontrol cachelib cachetools
celery certifi cffi chardet charset_normalizer cheroot cherrypy click cloudpickle colorama
constantly coverage cryptography cython dateutil ddtrace decouple deprecated dill distutils django
dns docutils dogpile dotenv dramatiq elasticsearch email_validator engineio environs eventlet
factory faker fastapi filelock flask flask_admin flask_alembic flask_apscheduler flask_babel
flask_bcrypt flask_caching flask_compress flask_cors flask_debugtoolbar flask_jwt_extended
flask_limiter flask_login flask_mail flask_marshmallow flask_migrate flask_principal flask_restful
flask_restx flask_script flask_security flask_session flask_smorest flask_socketio flask_sqlalchemy
flask_talisman flask_wtf frozenlist fsspec gevent geventwebsocket gino google granian graphene
graphql greenlet gridfs grpc gunicorn guppy h11 h2 hpack html5lib httpcore httplib2 httptools httpx
huey hupper hypercorn hyperframe hypothesis idna importlib_metadata importlib_resources isodate
itsdangerous jinja2 jmespath joblib jose jsonschema jwt kafka kazoo kombu limits lxml mako markdown
markupsafe marshmallow matplotlib mccabe mod_wsgi mongoengine more_itertools motor msgpack multidict
mypy_extensions mysql mysqlclient MySQLdb netaddr newrelic nltk numexpr numpy oauthlib objgraph
openai openapi_spec_validator opentelemetry orjson packaging pandas paramiko parso passlib pathspec
peewee pendulum pika PIL pip pkg_resources platformdirs playhouse pluggy polars priority
prometheus_client prometheus_flask_exporter prompt_toolkit propcache psutil psycopg psycopg2 py
pyarrow pyasn1 pycparser pydantic pydantic_core pygments pymongo pympler pymysql pynamodb pyparsing
pyramid pyrsistent pytest pytz quart raven redis referencing regex requests requests_oauthlib
responses rich rpds rq rsa ruamel s3transfer sanic scipy sentry_sdk service_identity setproctitle
setuptools shapely shellingham simple_websocket simplejson sitecustomize six sklearn slugify sniffio
snowflake socketio socks sortedcontainers soupsieve sqlalchemy sqlalchemy_utils sqlmodel sqlparse
starlette statsd stevedore structlog sympy tabulate tenacity termcolor toml tomli tomlkit toolz
torch tornado tqdm transaction twisted typeguard typer typing_extensions typing_inspection tzdata
tzlocal ujson urllib3 usercustomize uvicorn uvloop uwsgi uwsgidecorators validators vine waitress
watchdog watchfiles wcwidth webargs webob websocket websockets werkzeug wheel wrapt wsproto wtforms
xmltodict yaml yarl zeep zipp zmq zope zstandard
"""
_WELL_KNOWN: Final = frozenset(_NAMES.split())


def is_standard(module: str) -> bool:
    """Whether this Python's standard library has the module."""
    return module.partition(".")[0] in sys.stdlib_module_names


def is_well_known(module: str) -> bool:
    """Whether it is of a package that many applications use, or what `pip install -e` leaves."""
    top = module.partition(".")[0]
    return top in _WELL_KNOWN or top.startswith("__editable__")
