# Sourced by the other scripts: calls `round` every ROUND_S seconds, and once more when the container is stopped.
rounds() {
    stopped=
    trap 'stopped=1' TERM INT
    until [ "$stopped" ]; do
        round
        [ "$stopped" ] || { sleep "$ROUND_S" & wait $! || true; }
    done
    round
}

# The summaries in `snapshots`, oldest first; each is called HOST-PID-NUMBER-TIME.json.
summaries() {
    ls -tr snapshots | grep '^[^.].*-[0-9TZ]*Z\.json$' || true
}

# What heapdiff has deleted since it was sent needn't stay here, either (HEAPDIFF_KEEP, HEAPDIFF_MAX_BYTES).
forget() {
    for sent in outbox/*; do
        name=${sent#outbox/} name=${name%.heap} name=${name%.json} name=${name%.alone} name=${name%.compared}
        [ -e "snapshots/$name.json" ] || rm -f "$sent"
    done
}
