# What the report runs in a browser is what its sources build: from the lock file, byte for byte.
source "$ROOT/.ci/setup.sh"
command -v npm >/dev/null || need_packages nodejs npm
copy=$(fresh assets)/heapdiff/render/html
(cd "$copy/assets" && npm ci --ignore-scripts --no-audit --no-fund && rm -r ../built && npm run build)
diff -r "$copy/built" "$ROOT/heapdiff/render/html/built"
(cd "$copy/built" && sha256sum ./*)
