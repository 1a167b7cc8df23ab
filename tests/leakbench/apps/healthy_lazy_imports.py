"""Views that import what they need when they are first called: modules keep arriving for 400 requests."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

MODULES = (
    "aifc", "argparse", "ast", "asynchat", "bdb", "cgi", "chunk", "cmd", "code", "codeop", "colorsys",
    "compileall", "configparser", "crypt", "csv", "cProfile", "dbm", "difflib", "doctest", "ensurepip",
    "filecmp", "fileinput", "fractions", "ftplib", "getopt", "graphlib", "html.parser", "imaplib",
    "imghdr", "lzma", "mailbox", "mailcap", "modulefinder", "netrc", "nntplib", "optparse", "pdb",
    "pickletools", "pipes", "plistlib", "poplib", "profile", "pstats", "py_compile", "pyclbr", "pydoc",
    "rlcompleter", "runpy", "sched", "shelve", "shlex", "smtplib", "sndhdr", "sqlite3", "statistics",
    "sunau", "symtable", "tabnanny", "tarfile", "telnetlib", "timeit", "tomllib", "trace", "turtledemo",
    "unittest.mock", "uu", "wave", "wsgiref.handlers", "xdrlib", "xml.dom.minidom", "xml.dom.pulldom",
    "xml.etree.ElementTree", "xml.sax", "xmlrpc.client", "zipapp", "zipfile", "zoneinfo", "curses",
    "decimal", "cgitb",
)  # fmt: skip


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/view/<int:number>")
    def view(number: int) -> str:
        name = MODULES[min(number // 5, len(MODULES) - 1)]
        try:
            return import_module(name).__name__
        except ImportError:  # newer Pythons dropped some
            return "gone"

    return app
