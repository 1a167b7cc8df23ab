"""The shop for mod_wsgi, which runs this file itself under a name of its own."""

from __future__ import annotations

from shop import app as application

__all__ = ["application"]
