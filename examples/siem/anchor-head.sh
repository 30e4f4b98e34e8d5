#!/bin/sh
# Keeps the end of the audit chain where nobody can change it: the number and the hash of the last line, as an object that
# S3 lets nobody delete for a year. Usage: anchor-head.sh AUDIT_FILE BUCKET
set -eu
file=$1
bucket=$2
line=$(tail -n 1 "$file")
seq=$(printf '%s' "$line" | jq -e .seq)
hash=$(printf '%s' "$line" | sha256sum | cut -d ' ' -f 1)
now=$(date -u +%Y-%m-%dT%H-%M-%SZ)
body=$(mktemp)
trap 'rm -f "$body"' EXIT
printf '{"seq":%s,"hash":"%s","at":"%s"}\n' "$seq" "$hash" "$now" >"$body"
aws s3api put-object --bucket "$bucket" --key "heads/$(uname -n)/$now-$seq.json" --body "$body" \
  --checksum-algorithm SHA256 --object-lock-mode COMPLIANCE \
  --object-lock-retain-until-date "$(date -u -d '+365 days' +%Y-%m-%dT%H:%M:%SZ)"
