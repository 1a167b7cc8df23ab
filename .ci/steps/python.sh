# The suite on another CPython, in a new environment: `python.sh python3.12`.
source "$ROOT/.ci/setup.sh"
need_compiler
version=${1#python}
if ! python=$(python_of "$version"); then
    [[ ${CI:-} == true ]] && exit 1
    echo "NOT RUN: the suite on CPython $version"
    exit 0
fi
cd "$(fresh "$1")"
"$python" -m venv .venv
HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/pip install -qq -e '.[dev]'
.venv/bin/python -m pytest
