# Sourced after setup.sh: CPython 3.14 and 3.15 from Debian forky, in a tree of its own.
FORKY=$WORK/forky
FORKY_PACKAGES=ca-certificates,gcc,libc6-dev,python3.14,python3.14-dev,python3.14-venv,python3.15,python3.15-dev,python3.15-venv

# forky: makes the tree, once for all steps; a minute or two.
forky() {
    need_packages debootstrap util-linux ca-certificates
    (
        flock 9
        [[ ! -e $FORKY/complete ]] || exit 0
        rm -rf "$FORKY" "$WORK/debootstrap"
        cp -r /usr/share/debootstrap "$WORK/debootstrap"
        [[ -e $WORK/debootstrap/scripts/forky ]] || ln -s sid "$WORK/debootstrap/scripts/forky" # it may be younger than the tool
        if ! DEBOOTSTRAP_DIR=$WORK/debootstrap debootstrap --variant=minbase --include="$FORKY_PACKAGES" forky "$FORKY" >"$WORK/forky.log" 2>&1; then
            tail -n 40 "$WORK/forky.log"
            echo "debootstrap of forky failed, so nothing ran on CPython 3.14 and 3.15"
            exit 1
        fi
        cp -L /etc/resolv.conf /etc/hosts "$FORKY/etc/"
        cp -L /etc/ssl/certs/ca-certificates.crt "$FORKY/etc/ssl/certs/ca-certificates.crt"
        touch "$FORKY/complete"
    ) 9>"$WORK/forky.lock"
}

# in_forky COMMAND...: runs it with the tree as root. What is mounted for it is seen by nobody else and gone with it; as a
# real root, not a chroot's, the tests can make namespaces of their own.
in_forky() {
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
    ' - "$FORKY" "$@"
}

need_forky() {
    forky
    in_forky true || { echo "the kernel refuses to mount or to change root here (root without CAP_SYS_ADMIN?), so nothing ran on CPython 3.14 and 3.15"; return 1; }
}
