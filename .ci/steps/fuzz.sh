# Damaged files for the reader and the kernels: libFuzzer over the C alone, atheris over all of it, both with AddressSanitizer
# and UndefinedBehaviorSanitizer. Then damaged records, answers and summaries. A minute in all; FUZZ_SECONDS=3000 is ten
# minutes of each, FUZZ_CORPUS=DIR keeps what was found. And secrets planted everywhere in a process, PLANTINGS=10000
# of them, none of which may be in its snapshots.
source "$ROOT/.ci/setup.sh"
(
    cd "$(checkout fuzz-privacy 3.11 dev)"
    .venv/bin/python -m tests.fuzz.fuzz_privacy "${PLANTINGS:-2000}"
)
seconds=${FUZZ_SECONDS:-60}
cd "$(fresh fuzz)"
corpus=${FUZZ_CORPUS:-$PWD/corpus}
each=$((seconds / 5))
mkdir -p "$corpus"/{kernels,reader,record,answer,summary}
command -v clang >/dev/null || need_packages clang libc6-dev
resources=$(clang -print-resource-dir)
[[ -e $resources/lib/linux/libclang_rt.fuzzer-$(uname -m).a ]] ||
    need_packages "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"

sanitize="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g -O1"
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
native=heapdiff/graph/native
include=$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))')
clang $sanitize -fsanitize=fuzzer -UNDEBUG "-I$native" -Iheapdiff "-I$include" tests/fuzz/fuzz_kernels.c \
    "$native"/{arrays/{found,wide},reading/{decode,index},algorithms/{dominators,paths,recurring,retained,reverse,seeking}}.c -o fuzz_kernels
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=1 ./fuzz_kernels -max_total_time=$each -max_len=2048 -timeout=5 \
    -malloc_limit_mb=16 -print_final_stats=1 "$corpus/kernels" >kernels.log 2>&1 || { tail -n 60 kernels.log; exit 1; }
grep -E '^stat::(number_of_executed_units|peak_rss_mb)|^Done' kernels.log

python3 -m venv .venv
.venv/bin/pip install -qq 'setuptools>=77' atheris numpy click rich
CC=clang CFLAGS="$sanitize -fsanitize=fuzzer-no-link" HEAPDIFF_REQUIRE_NATIVE=1 \
    .venv/bin/pip install -qq --no-build-isolation --no-deps -e .
preload=$(.venv/bin/python -c 'import atheris; print(atheris.path())')/asan_with_fuzzer.so
LD_PRELOAD=$preload PYTHONMALLOC=malloc .venv/bin/python -m tests.fuzz.fuzz_reader \
    -max_total_time=$each -print_final_stats=1 "$corpus/reader" >reader.log 2>&1 || { tail -n 60 reader.log; exit 1; }
grep -E '^stat::(number_of_executed_units|peak_rss_mb)|^Done' reader.log

rm -rf build heapdiff/agent/*.so heapdiff/graph/*.so # agents write the first records, answers and summaries: without sanitizers
HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/pip install -qq --no-build-isolation --no-deps -e .
for target in record answer summary; do
    .venv/bin/python -m tests.fuzz.fuzz_words "$target" -max_total_time="$each" -print_final_stats=1 "$corpus/$target" \
        >"$target.log" 2>&1 || { tail -n 60 "$target.log"; exit 1; }
    grep -E '^stat::(number_of_executed_units|peak_rss_mb)|^Done' "$target.log"
done
