# Sourced after setup.sh: Debian's other releases and architectures, each in a tree of its own.

# tree NAME SUITE ARCHITECTURE PACKAGES: makes $WORK/NAME, once for all steps; a minute or two, ten where it is emulated.
tree() {
    need_packages debootstrap util-linux ca-certificates
    (
        flock 9
        [[ ! -e $WORK/$1/complete ]] || exit 0
        rm -rf "${WORK:?}/$1" "$WORK/debootstrap-$1"
        cp -r /usr/share/debootstrap "$WORK/debootstrap-$1"
        [[ -e $WORK/debootstrap-$1/scripts/$2 ]] || ln -s sid "$WORK/debootstrap-$1/scripts/$2" # it may be younger than the tool
        if ! DEBOOTSTRAP_DIR=$WORK/debootstrap-$1 debootstrap --variant=minbase --arch="$3" --include="$4" "$2" "$WORK/$1" >"$WORK/$1.log" 2>&1; then
            tail -n 40 "$WORK/$1.log"
            echo "debootstrap of $2 for $3 failed, so nothing ran there"
            exit 1
        fi
        cp -L /etc/resolv.conf /etc/hosts "$WORK/$1/etc/"
        mkdir -p "$WORK/$1/etc/ssl/certs"
        cp -L /etc/ssl/certs/ca-certificates.crt "$WORK/$1/etc/ssl/certs/ca-certificates.crt"
        touch "$WORK/$1/complete"
    ) 9>"$WORK/$1.lock"
    in_tree "$1" true || { echo "the kernel refuses to mount or to change root here (root without CAP_SYS_ADMIN?), so nothing ran on $2 for $3"; return 1; }
}

# in_tree NAME COMMAND...: runs it with the tree as root. What is mounted for it is seen by nobody else and gone with it;
# as a real root, not a chroot's, the tests can make namespaces of their own.
in_tree() {
    local name=$1
    shift
    unshare --mount --propagation private -- bash -euc '
        mount --bind "$1" "$1"
        mount --rbind /proc "$1/proc"
        mount --rbind /sys "$1/sys"
        mount --rbind /dev "$1/dev"
        cd "$1"
        mkdir -p before
        pivot_root . before
        cd /
        umount --lazy /before
        shift
        exec env HOME=/root TMPDIR=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin PIP_CERT=/etc/ssl/certs/ca-certificates.crt "$@"
    ' - "$WORK/$name" "$@"
}

# must_be_native NAME PLACE PYTHON: what is tested there is the native engine.
must_be_native() {
    in_tree "$1" env -C "$2" "$3" -c '
import platform
from heapdiff.agent.engines.choice import choose_engine
choice = choose_engine(None)
print(f"{platform.machine()}: engine {choice.name}: {choice.reason}")
assert choice.name == "native", choice
'
}

# need_forky: CPython 3.14 and 3.15, in the tree `forky`.
need_forky() {
    tree forky forky "$(dpkg --print-architecture)" ca-certificates,gcc,git,libc6-dev,python3.14,python3.14-dev,python3.14-venv,python3.15,python3.15-dev,python3.15-venv
}

# need_arm64: AArch64's CPython 3.11 in the tree `arm64`, by qemu-user where the machine is another. The kernel opens it once
# (flag F), so that each tree finds it.
need_arm64() {
    local formats=/proc/sys/fs/binfmt_misc
    if [[ $(uname -m) != aarch64 && ! -e $formats/qemu-aarch64 ]]; then
        need_packages qemu-user-static
        [[ -e $formats/register ]] || mount -t binfmt_misc binfmt_misc "$formats"
        [[ -e $formats/qemu-aarch64 ]] || cat /usr/lib/binfmt.d/qemu-aarch64.conf >"$formats/register"
    fi
    tree arm64 bookworm arm64 gcc,git,libc6-dev,python3-distutils,python3.11-dev,python3.11-venv # distutils: debootstrap follows no virtual package
}

# need_musl: CPython 3.11 with musl, in the tree `musl` at /opt/musl; some minutes.
need_musl() {
    tree musl bookworm "$(dpkg --print-architecture)" bzip2,ca-certificates,gcc,git,libc6-dev,make,musl-tools,pkg-config,xz-utils
    (
        flock 9
        [[ ! -e $WORK/musl/opt/musl/complete ]] || exit 0
        in_tree musl bash -s <"$ROOT/.ci/musl.sh" >"$WORK/musl-python.log" 2>&1 || { tail -n 40 "$WORK/musl-python.log"; exit 1; }
        touch "$WORK/musl/opt/musl/complete"
    ) 9>"$WORK/musl-python.lock"
}
