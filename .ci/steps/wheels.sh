# The wheels of a release: manylinux_2_28 and musllinux_1_2 for each CPython, x86-64 and AArch64; each that can be run here is,
# outside the checkout. WHEELS=DIR keeps them.
source "$ROOT/.ci/setup.sh"
source "$ROOT/.ci/tree.sh"
source "$ROOT/.ci/release.sh"

# smoke WHEEL PYTHON PLACE COPY [COMMAND...]: installed in a folder that is PLACE behind the command.
smoke() {
    local wheel=$1 python=$2 place=$3 copy=$4
    shift 4
    rm -rf "$copy"
    mkdir -p "$copy"
    cp "$wheel" "$ROOT/.ci/smoke.sh" "$copy"
    "$@" "$python" -m venv "$place/environment"
    "$@" env -C "$place" HEAPDIFF_REQUIRE_NATIVE=1 environment/bin/pip --disable-pip-version-check install -qq --only-binary heapdiff "$(basename "$wheel")"
    "$@" env -C "$place" ROOT="$ROOT" bash smoke.sh "$place/environment/bin" native
}

for version in 3.11 3.12 3.13 3.14 3.15; do
    for machine in x86_64 aarch64; do
        wheel=$(release_wheel "$version" "$machine")
        case $machine-$version in
            x86_64-3.1[45]) smoke "$wheel" "python$version" "/src/smoke$version" "$WORK/forky/src/smoke$version" in_tree forky ;;
            x86_64-*) smoke "$wheel" "$(python_of "$version")" "$WORK/smoke$version" "$WORK/smoke$version" ;;
            aarch64-3.11)
                need_arm64
                smoke "$wheel" python3.11 /src/smoke "$WORK/arm64/src/smoke" in_tree arm64
                ;;
            *) echo "NOT RUN: no CPython $version for AArch64 here" ;;
        esac
        release_wheel "$version" "$machine" musl
        [[ $version-$machine == 3.11-$(uname -m) ]] || echo "NOT RUN: no CPython $version with musl for $machine here"
    done
done
echo "RUN BY .ci/run musl: the wheel for CPython 3.11 with musl, $(uname -m)"
ls -l "$RELEASE"
