# Another CPython: `python.sh python3.12` runs what depends on the interpreter, `python.sh python3.12-whole` everything.
source "$ROOT/.ci/setup.sh"
version=${1#python} whole=
[[ $version != *-whole ]] || whole=yes version=${version%-whole}
has_python "$version" || exit 0
cd "$(checkout "$1" "$version" dev)"
if [[ $whole ]]; then
    HEAPDIFF_EXAMPLES=100 .venv/bin/python -m pytest -m "slow or not slow" # of any name and heap, a plain run has 5
else
    HEAPDIFF_EXAMPLES=25 .venv/bin/python -m pytest -m unit
    .venv/bin/python -m pytest -m "$BOTH_ENGINES" $INTERPRETER_TESTS
    copy=$PWD
    mkdir -p "$WORK/$1-elsewhere"
    (cd "$WORK/$1-elsewhere" && bash "$ROOT/.ci/smoke.sh" "$copy/.venv/bin" native)
fi
