# Read by a shell in the tree `musl`: CPython 3.11 with musl instead of glibc, from Debian's sources, in /opt/musl. Without
# OpenSSL and SQLite.
set -euo pipefail
libraries=/opt/musl/lib compiler=/opt/musl/bin/compiler
mkdir -p /opt/musl/{bin,headers} /build
cd /build

sed -i 's/^deb /deb-src /' /etc/apt/sources.list
apt-get -qq update
apt-get -qq --download-only source libffi python3.11 zlib
for each in *.orig.tar.*; do tar -xf "$each"; done

# What asks for glibc's folders by name gets none, and no name for the machine that is glibc's.
ln -s /usr/include/linux /usr/include/asm-generic "/usr/include/$(gcc -print-multiarch)/asm" /opt/musl/headers
cat >"$compiler" <<'COMPILER'
#!/bin/bash
[[ $* != *-print-multiarch* ]] || exit 1
for each; do [[ $each == -[IL]/usr/* || $each == -L/lib* ]] || kept+=("$each"); done
exec musl-gcc -idirafter /opt/musl/headers "${kept[@]}"
COMPILER
chmod +x "$compiler"

export CC=$compiler CFLAGS="-O1 -fPIC" PKG_CONFIG_PATH=$libraries/pkgconfig MAKEFLAGS="-s -j2"
(cd zlib-* && ./configure --prefix=/opt/musl --static && make install)
(cd libffi-* && ./configure -q --prefix=/opt/musl --libdir=$libraries --disable-multi-os-directory --disable-shared --disable-docs && make install)
cd Python-3.11.*
CPPFLAGS=-I/opt/musl/include LDFLAGS=-L$libraries ./configure -q --prefix=/opt/musl
make
make install
/opt/musl/bin/python3.11 -c 'import ctypes, sysconfig, zlib; assert "musl" in sysconfig.get_config_var("SOABI")'
