# Copies what is new in `outbox` to the bucket. It deletes nothing there, and what is there already isn't sent again.
set -eu
. "${0%/*}/rounds.sh"

round() {
    rclone copy "$HEAPS/outbox" ":s3:$BUCKET/raw/$FROM" --config "" --ignore-existing \
        --filter '- .*' --filter '+ *.json' --filter '+ *.heap' --filter '- *' \
        --s3-provider "$PROVIDER" --s3-region "$AWS_REGION" --s3-endpoint "$AWS_ENDPOINT_URL" \
        --s3-env-auth --s3-no-check-bucket --retries 1 --low-level-retries 2 || true # tried again in the next round
}

rounds
