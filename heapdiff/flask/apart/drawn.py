"""The program of a fresh process that draws: a text in Graphviz's language in, an SVG out. Its streams are pipes."""

import sys

from heapdiff.errors import HeapdiffError
from heapdiff.render.drawing import draw

if __name__ == "__main__":
    try:
        sys.stdout.buffer.write(draw(sys.stdin.read(), "svg"))
    except HeapdiffError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        sys.exit(error.exit_code)
