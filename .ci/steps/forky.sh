# A CPython that Debian forky has: `forky.sh forky3.14` runs what depends on the interpreter, `forky3.14-whole` everything
# that needs no server. Needs root.
source "$ROOT/.ci/setup.sh"
source "$ROOT/.ci/tree.sh"
version=${1#forky} whole=
[[ $version != *-whole ]] || whole=yes version=${version%-whole}
need_forky
copy=$(fresh "forky/src/$1")
place=/src/$1
echo "Debian forky has $(in_tree forky "python$version" -VV)"
in_tree forky "python$version" -m venv "$place/.venv"
pip=(in_tree forky env -C "$place" HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/pip --disable-pip-version-check install -qq)
"${pip[@]}" -e '.[fleet,sample,toolbar,prometheus,view]' asgiref hypothesis igraph objgraph opentelemetry-sdk pytest pytest-asyncio pytest-randomly pytest-timeout pytest-xdist pyyaml
ls "$copy"/heapdiff/agent/_native.*.so "$copy"/heapdiff/graph/_kernels.*.so
must_be_native forky "$place" .venv/bin/python
pytest=(in_tree forky env -C "$place" .venv/bin/python -m pytest)
if [[ $whole ]]; then
    "${pytest[@]}" $WITHOUT_SERVERS
    in_tree forky env -C "$place" .venv/bin/python -m tests.benchmarks.twins --installed
else
    "${pytest[@]}" -m unit
    "${pytest[@]}" -m "$BOTH_ENGINES" $INTERPRETER_TESTS
fi
