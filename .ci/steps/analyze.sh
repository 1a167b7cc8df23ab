# The C under three static analysers, each of which must find nothing: gcc's -fanalyzer, clang-tidy (.clang-tidy says what is
# left out and why) and cppcheck. First each has to find what is wrong in three lines.
source "$ROOT/.ci/setup.sh"
need_packages gcc libc6-dev clang-tidy cppcheck
cd "$ROOT"
python=$("$(python_of 3.11)" -c 'import sysconfig; print(sysconfig.get_path("include"))')
export WARNINGS="-std=gnu11 -Wall -Wextra -Wno-unused-parameter"

# Each: the options for #include, then files. One file a call: within one, clang-tidy 14 forgets va_list after the first.
with_gcc() {
    export PATHS=$1
    printf '%s\0' "${@:2}" | xargs -0 -P 2 -I{} bash -c 'gcc $WARNINGS -Werror -O1 -fanalyzer $PATHS -c {} -o /dev/null'
}
with_clang_tidy() {
    export PATHS=$1
    printf '%s\0' "${@:2}" | xargs -0 -P 2 -I{} bash -c 'clang-tidy --quiet --config-file=.clang-tidy {} -- $WARNINGS $PATHS'
}
with_cppcheck() { # without Python's headers, of which it knows what it has to
    cppcheck --quiet --error-exitcode=1 --language=c --std=c11 --library=posix,gnu,python --inline-suppr \
        --enable=warning,performance,portability ${1%% -isystem*} "${@:2}"
}

printf 'int wrong(void);\nint wrong(void) { int *nowhere = 0; return *nowhere; }\n' >"$WORK/wrong.c"
found=0
for tool in gcc clang_tidy cppcheck; do
    if "with_$tool" -I. "$WORK/wrong.c" >/dev/null 2>&1; then
        echo "$tool sees nothing wrong in $WORK/wrong.c"
        found=1
    fi
    for folder in heapdiff/agent/native heapdiff/graph/native; do
        mapfile -t sources < <(find "$folder" -name '*.c' | sort)
        paths="-I$folder -Iheapdiff -isystem $python/internal -isystem $python/internal/mimalloc -isystem $python"
        if "with_$tool" "$paths" "${sources[@]}" >"$WORK/analyze.log" 2>&1; then
            echo "$tool: $folder: ${#sources[@]} files, nothing found"
        else
            cat "$WORK/analyze.log"
            found=1
        fi
    done
done
exit "$found"
