# smoke.sh BIN ENGINE: an installed heapdiff captures itself twice with that engine, compares, shows, refuses.
set -euo pipefail
bin=$1 engine=$2
export HEAPDIFF_DIR
HEAPDIFF_DIR=$(mktemp -d)
trap 'rm -rf "$HEAPDIFF_DIR"' EXIT

"$bin/heapdiff" --help >/dev/null
"$bin/heapdiff" doctor
"$bin/python" - "$engine" <<'PYTHON'
import json, os, pathlib, sys

import heapdiff

assert not pathlib.Path(heapdiff.__file__).is_relative_to(os.environ["ROOT"]), heapdiff.__file__
heapdiff.install()
before = heapdiff.snapshot()
kept = [[number] for number in range(5000)]
after = heapdiff.snapshot()
engine = json.loads(after.read_text())["capture"]["engine"]
assert engine == sys.argv[1], engine
found = heapdiff.compare(before, after)
lists = next(each for each in found.types if each.type == "list")
assert lists.count_delta >= 5001, lists
print(f"engine {engine}: {lists.count_delta:,} more lists")
PYTHON
mapfile -t snapshots < <(ls "$HEAPDIFF_DIR"/*.json)
"$bin/heapdiff" compare "${snapshots[@]}" -n 3
"$bin/heapdiff" compare "${snapshots[@]}" --format json | "$bin/python" -c 'import json, sys; assert json.load(sys.stdin)["schema"] == "compare/1"'
"$bin/heapdiff" report "${snapshots[@]}" -o "$HEAPDIFF_DIR/report.html"
grep -q '<html' "$HEAPDIFF_DIR/report.html"
code=0
"$bin/heapdiff" show "$bin/heapdiff" 2>/dev/null || code=$?
[[ $code == 3 ]] || { echo "a file that is no snapshot ended with $code, expected 3"; exit 1; }
