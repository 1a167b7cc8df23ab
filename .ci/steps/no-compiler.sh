# A machine without a compiler: the install succeeds, says what is missing, and another engine takes the snapshots.
source "$ROOT/.ci/setup.sh"
cd "$(fresh no-compiler)"
python3 -m venv .venv
CC=/bin/false .venv/bin/pip install -v . >install.log 2>&1 || { cat install.log; exit 1; }
grep -F 'heapdiff: installing without it' install.log || { cat install.log; exit 1; }
copy=$PWD
mkdir -p "$WORK/no-compiler-elsewhere"
cd "$WORK/no-compiler-elsewhere"
bash "$ROOT/.ci/smoke.sh" "$copy/.venv/bin" gc
