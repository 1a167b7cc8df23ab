# What applications notice of heapdiff: EXECUTED programs under `snapshot --all`, forks, warnings and interrupted calls.
source "$ROOT/.ci/setup.sh"
for version in 3.11 3.13; do
    cd "$(checkout "harmless-$version" "$version" dev)"
    .venv/bin/python -m tests.harmless --executed "${EXECUTED:-20000}"
done
