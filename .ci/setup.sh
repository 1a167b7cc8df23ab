# Sourced by each step and by what runs them: fresh copies of the work tree, new environments, the interpreters.
set -euo pipefail

# files: those of the work tree, without what is ignored; a NUL behind each.
files() {
    git -C "$ROOT" ls-files -z --cached --others --exclude-standard --deduplicate
}

# fresh NAME: a copy of the work tree without anything that is ignored, at $WORK/NAME; prints its path.
fresh() {
    local copy=$WORK/$1
    rm -rf "$copy"
    mkdir -p "$copy"
    (cd "$ROOT" && files |
        while IFS= read -r -d '' file; do [[ -e $file ]] && printf '%s\0' "$file"; done |
        tar --null -T - -cf -) | tar -xf - -C "$copy"
    echo "$copy"
}

# python_of 3.12: an interpreter of that version, from PATH or pyenv; fails with a message when there is none.
python_of() {
    local candidate
    for candidate in "$(command -v "python$1" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        if [[ -x $candidate ]] && "$candidate" -c '' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "no CPython $1 on PATH or in pyenv; install it (pyenv install $1)" >&2
    return 1
}

# readme_command WORD: the one command of the README's fenced blocks that contains WORD.
readme_command() {
    local found
    found=$(awk '/^```/ { inside = !inside; next } inside' "$ROOT/README.md" | grep -F -- "$1")
    if [[ $(wc -l <<<"$found") != 1 ]]; then
        echo "README.md: expected one command with '$1', found: $found" >&2
        return 1
    fi
    echo "$found"
}

# wheel_of 3.12: the wheel for that CPython, built once for all steps; prints its path.
wheel_of() {
    local place=$WORK/wheels/$1
    (
        flock 9
        [[ ! -e $place/complete ]] || exit 0
        need_compiler
        copy=$(fresh "wheels/$1-source")
        HEAPDIFF_REQUIRE_NATIVE=1 "$(python_of "$1")" -m pip wheel -qq --no-deps --wheel-dir "$place" "$copy"
        touch "$place/complete"
    ) 9>"$WORK/wheel-$1.lock" >&2
    echo "$place"/*.whl
}

# unpack_extensions WHEEL COPY: lets the wheel's extensions stand in the copy, too.
unpack_extensions() {
    python3 - "$1" "$2" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.endswith(".so")])
PYTHON
}

# checkout NAME VERSION EXTRA: a fresh copy that runs: its `.venv` has that CPython's wheel with the extra, and the wheel's
# extensions stand in the copy, too. Prints its path.
checkout() {
    local copy=$WORK/$1 python wheel
    (
        flock 9
        [[ ! -e $copy/.venv/complete ]] || exit 0
        python=$(python_of "$2") wheel=$(wheel_of "$2")
        fresh "$1" >/dev/null
        "$python" -m venv "$copy/.venv"
        "$copy/.venv/bin/pip" install -qq "${wheel}[$3]"
        unpack_extensions "$wheel" "$copy"
        touch "$copy/.venv/complete"
    ) 9>"$WORK/${1//\//-}.lock" >&2
    echo "$copy"
}

# has_python 3.12: whether it is here; where it is not, the project's own check fails, and at a developer's desk a line says so.
has_python() {
    python_of "$1" >/dev/null && return
    [[ ${CI:-} != true ]] || exit 1
    echo "NOT RUN: CPython $1"
    return 1
}

# need_packages NAME...: Debian's packages, installed where they are missing; steps that run at the same time wait.
need_packages() {
    dpkg -s "$@" >/dev/null 2>&1 && return
    (
        flock 9
        apt-get -qq update && apt-get -qqy -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
    ) 9>"$WORK/packages.lock" >"$WORK/packages.log" 2>&1 || { cat "$WORK/packages.log" >&2; return 1; }
}

need_compiler() {
    command -v gcc >/dev/null || need_packages gcc libc6-dev
}
