# Compares each new snapshot with the one before it of the same worker. What is to be sent is in `outbox`: summaries and answers.
set -eu
umask 077
. "${0%/*}/rounds.sh"
mkdir -p "$HEAPS/snapshots" "$HEAPS/outbox"
cd "$HEAPS"

round() {
    if [ "${FORGET_MINUTES:-}" ]; then
        find snapshots -type f -name '*-*-*-*Z.*' -mmin "+$FORGET_MINUTES" -exec rm -f {} +
    fi
    for summary in $(summaries); do
        name=${summary%.json}
        [ -e "outbox/$summary" ] || ln "snapshots/$summary" outbox/ || continue
        [ ! -e "outbox/$name.compared.json" ] && [ ! -e "outbox/$name.alone" ] || continue
        : >"outbox/$name.alone" # stays if it's the first of its worker, has no graph, or is too large for this container's memory
        before=$(graph_before "$name")
        if [ "$before" ] && heapdiff compare "snapshots/${before%.heap}.json" "snapshots/$summary" \
            --format json -o "outbox/$name.compared.json"; then
            rm "outbox/$name.alone"
        fi
    done
    forget
}

# The graph of the same worker that was written before that of snapshot $1.
graph_before() {
    ls -tr snapshots | grep "^${1%-*-*}-[0-9]*-[0-9TZ]*\.heap$" | grep -x -B 1 "$1.heap" | grep -v -x "$1.heap" || true
}

rounds
