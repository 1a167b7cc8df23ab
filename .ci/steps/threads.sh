# The graph's kernels in two threads at once, under ThreadSanitizer: its first report fails.
source "$ROOT/.ci/setup.sh"
need_compiler
cd "$(checkout threads 3.11 dev)"
include=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))')
gcc -std=gnu11 -g -O1 -fsanitize=thread -fPIC -shared -Iheapdiff/graph/native -Iheapdiff "-I$include" \
    $(find heapdiff/graph/native -name '*.c') -o threaded_kernels.so
export LD_PRELOAD="$(gcc -print-file-name=libtsan.so)" TSAN_OPTIONS=halt_on_error=1:exitcode=66:report_signal_unsafe=0
export OPENBLAS_NUM_THREADS=1 # its threads aren't ours
.venv/bin/python -m tests.fuzz.threaded_kernels "$PWD/threaded_kernels.so"
