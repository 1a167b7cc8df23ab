# Instead of compare.sh: puts copies without your names into `outbox`, graphs included. HEAPDIFF_REDACT_KEY, the same for all
# workers, is a Secret.
set -eu
umask 077
. "${0%/*}/rounds.sh"
mkdir -p "$HEAPS/snapshots" "$HEAPS/outbox"
cd "$HEAPS"

round() {
    for summary in $(summaries); do
        [ -e "outbox/$summary" ] || heapdiff redact "snapshots/$summary" -o "outbox/$summary" || true # tried again
    done
    forget
}

rounds
