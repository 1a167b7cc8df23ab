# Sourced by each step: fresh copies of the work tree, new environments, the interpreters.
set -euo pipefail

# fresh NAME: a copy of the work tree without anything that is ignored, at $WORK/NAME; prints its path.
fresh() {
    local copy=$WORK/$1
    rm -rf "$copy"
    mkdir -p "$copy"
    (cd "$ROOT" && git ls-files -z --cached --others --exclude-standard --deduplicate |
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

# dev_copy: a copy with its development environment, shared by the steps that only read it; prints its path.
dev_copy() {
    local copy=$WORK/dev
    (
        flock 9
        [[ ! -e $copy/complete ]] || exit 0
        fresh dev >/dev/null
        python3 -m venv "$copy/.venv"
        HEAPDIFF_REQUIRE_NATIVE=1 "$copy/.venv/bin/pip" install -qq -e "$copy[dev]"
        touch "$copy/complete"
    ) 9>"$WORK/dev.lock" >&2
    echo "$copy"
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
