#!/usr/bin/env bash
# What a change would do to one stack, for a review: `scripts/preview.sh STACK COMMENT.md [--refresh]`, run where Pulumi.yaml
# is, signed in. The preview with the rules goes to standard output, for people; the comment gets what it grants and
# revokes. The preview's JSON is deleted: inputs can hold ids and values that nobody marked as secret. Exit code: not 0 when
# a preview fails or a mandatory rule stops it; the comment is written all the same. Both CI systems run this (docs/review.md).
set -euo pipefail

stack=$1 comment=$2
shift 2
repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
preview=(pulumi preview --non-interactive --stack "$stack" "$@")
rules=(--policy-pack "$repository/infra/policy/watchbell-policy")
# What is relaxed for this stack alone.
relaxed="$repository/infra/policy/${stack##*/}.json"
if [ -f "$relaxed" ]; then rules+=(--policy-pack-config "$relaxed"); fi

json=$(mktemp)
trap 'rm -f "$json"' EXIT

status=0
"${preview[@]}" --diff "${rules[@]}" || status=$?
# Without the rules: one that stops the preview would cut the list of permissions short.
"${preview[@]}" --json --show-sames >"$json" || status=$?
# shellcheck disable=SC2016
{
  printf '# Stack `%s`\n\n' "$stack"
  "$repository/node_modules/.bin/node" --disable-warning=ExperimentalWarning "$repository/src/main.ts" permissions-diff "$json" || status=$?
  if [ "$status" -ne 0 ]; then printf '\n**The preview failed, or a mandatory rule stops it: see the log of the run.**\n'; fi
} >"$comment"
exit "$status"
