# Wheel and source distribution are built; each, installed outside the checkout, takes and compares snapshots.
source "$ROOT/.ci/setup.sh"
need_compiler
copy=$(fresh wheel)
cd "$copy"
python3 -m venv build-env
build-env/bin/pip install -qq build
HEAPDIFF_REQUIRE_NATIVE=1 build-env/bin/python -m build --outdir dist . >build.log 2>&1 || { cat build.log; exit 1; }
ls -l dist
mkdir -p "$WORK/elsewhere"
for package in dist/*.whl dist/*.tar.gz; do
    environment=$WORK/elsewhere/$(basename "$package")-env
    python3 -m venv "$environment"
    HEAPDIFF_REQUIRE_NATIVE=1 "$environment/bin/pip" install -qq "$copy/$package"
    (cd "$WORK/elsewhere" && bash "$ROOT/.ci/smoke.sh" "$environment/bin" native)
done
