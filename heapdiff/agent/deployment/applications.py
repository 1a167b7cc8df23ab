"""Where the application's code is, for whoever wants its version. Imports nothing to find out, and never raises."""

import os
import re
import sys
from collections.abc import Iterator
from itertools import islice
from types import ModuleType
from typing import Final

from heapdiff.agent.system.installed import find_installed, is_application

TARGET: Final = r"(?a)([A-Za-z_][\w.]*):[A-Za-z_]"  # `shop.wsgi:app`, as servers are told it
NAME: Final = r"(?a)[A-Za-z_][\w.]*"
WORDS_MOST: Final = 100
WORD_MOST: Final = 300
PLACES_MOST: Final = 100
MAIN: Final = "__main__"
NAMESPACE: Final = vars(ModuleType)["__dict__"].__get__


def find_application(named: str = "") -> str:
    """The file of the application's module, or its folder; empty where nothing says which it is.

    `named`: the module that a Flask app says it is of. Else what the command line or FLASK_APP names; else the script that
    was started, unless that is a server's or another installed program's.
    """
    for name in (named, *named_to_server()):
        place = find_main() if name == MAIN else find_module(name)
        if place:
            return place
    main = find_main()
    return main if main.endswith(".py") and is_application(main, find_installed()) else ""


def named_to_server() -> Iterator[str]:
    """Modules that the command line seems to name, and FLASK_APP."""
    words = getattr(sys, "argv", None)
    for word in islice(words, 1, WORDS_MOST) if isinstance(words, list) else ():
        found = re.match(TARGET, word[:WORD_MOST]) if isinstance(word, str) else None
        if found:
            yield found[1]
    yield os.environ.get("FLASK_APP", "").partition(":")[0].removesuffix(".py")


def find_module(name: str) -> str:
    """Of a module that is loaded, or will be by this name."""
    if not re.fullmatch(NAME, name):
        return ""
    return file_of(sys.modules.get(name)) or search_path(name.partition(".")[0])


def find_main() -> str:
    return file_of(sys.modules.get(MAIN))


def file_of(module: object) -> str:
    """As it stands in the module's namespace, made absolute; empty for what has none."""
    namespace = NAMESPACE(module) if issubclass(type(module), ModuleType) else None
    place = dict.get(namespace, "__file__") if type(namespace) is dict else None
    return absolute(place) if type(place) is str else ""


def search_path(package: str) -> str:
    for entry in (*islice(sys.path, PLACES_MOST), ""):
        if isinstance(entry, str):
            for place in (f"{package}/__init__.py", f"{package}.py"):
                found = absolute(os.path.join(entry, place))
                if os.path.isfile(found):
                    return found
    return ""


def absolute(place: str) -> str:
    try:
        return os.path.abspath(place)
    except OSError:  # the working directory is gone
        return ""
