"""Types of objects that belong to one request, an incoming or an outgoing one, and carry its data. As of Werkzeug 3.1,
Flask 3.1, Django 5.2, Starlette 0.47, requests 2.32, httpx 0.28, urllib3 2.5, aiohttp 3.12.
"""

from collections.abc import Mapping
from typing import Final

REQUEST_TYPES: Final[Mapping[str, str]] = {  # and what to keep instead
    "werkzeug.wrappers.request.Request": "the values you need from it",
    "werkzeug.wrappers.response.Response": "its data, if you need it",
    "werkzeug.datastructures.file_storage.FileStorage": "the path or key under which you saved it",
    "flask.ctx.RequestContext": "the values you need from it",
    "flask.ctx.AppContext": "the values you need from it",
    "django.core.handlers.wsgi.WSGIRequest": "the values you need from it",
    "django.core.handlers.asgi.ASGIRequest": "the values you need from it",
    "django.http.response.HttpResponse": "its content, if you need it",
    "django.core.files.uploadedfile.UploadedFile": "the path or key under which you saved it",
    "starlette.requests.Request": "the values you need from it",
    "starlette.responses.Response": "its body, if you need it",
    "starlette.datastructures.UploadFile": "the path or key under which you saved it",
    "requests.models.Response": "the parsed answer",
    "requests.models.PreparedRequest": "the values you need from it",
    "httpx.Response": "the parsed answer",
    "httpx._models.Response": "the parsed answer",
    "urllib3.response.HTTPResponse": "the parsed answer",
    "aiohttp.client_reqrep.ClientResponse": "the parsed answer",
    "http.client.HTTPResponse": "the parsed answer",
    "tempfile.SpooledTemporaryFile": "the path or key under which you saved it",
}
