# Copies what is new in `outbox` to the bucket. It deletes nothing there, and asks the bucket only if there is something new here.
set -eu
. "${0%/*}/rounds.sh"
sent=

round() {
    found=$(ls "$HEAPS/outbox" 2>/dev/null) || return 0
    [ "$found" != "$sent" ] || return 0
    if rclone copy "$HEAPS/outbox" ":s3:$BUCKET/raw/$FROM" --config "" --ignore-existing \
        --filter '- .*' --filter '+ *.json' --filter '+ *.heap' --filter '- *' \
        --s3-provider "$PROVIDER" --s3-region "$AWS_REGION" --s3-endpoint "$AWS_ENDPOINT_URL" \
        --s3-env-auth --s3-no-check-bucket --retries 1 --low-level-retries 2; then
        sent=$found # else it's tried again in the next round
    fi
}

rounds
