# What `advise` promises: the savings it predicts, nothing where there's nothing to advise, each tip's sample, the restart
# forecast, and what preloading saves.
source "$ROOT/.ci/setup.sh"
for version in 3.11 3.12 3.13; do
    cd "$(checkout "advice-$version" "$version" benchmarks)"
    .venv/bin/python -m tests.benchmarks.twins
done
.venv/bin/python -m tests.benchmarks.twins --quiet
for tip in $(.venv/bin/python -m samples.tips | cut -d " " -f 1); do
    .venv/bin/python -m samples.tips "$tip" --dir "$WORK/tips/$tip"
done
.venv/bin/python -m tests.benchmarks.preload
.venv/bin/python -m tests.benchmarks.forecast
