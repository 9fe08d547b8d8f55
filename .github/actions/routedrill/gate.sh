#!/usr/bin/env bash
# Compares the config with what it is at BASE, or drills it where there is nothing to
# compare with, and leaves the report in RESULTS and in the job's summary. It ends with 0
# and gives routedrill's exit code as the output `code`: a comment follows.
#
# It needs routedrill in the PATH, and runs in the folder of routedrill.yaml.
set -euo pipefail

mkdir -p "$RESULTS"
echo "results=$RESULTS" >> "$GITHUB_OUTPUT"

base=${BASE:-}
if [ -z "$base" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
  # A checkout has one commit, and the base branch is not in it.
  git fetch --quiet --no-tags --depth=1 origin "+refs/heads/$GITHUB_BASE_REF:refs/remotes/origin/$GITHUB_BASE_REF"
  # Before the first merge there is no project on the base branch.
  if git cat-file -e "origin/$GITHUB_BASE_REF:./routedrill.yaml" 2> /dev/null; then
    base=origin/$GITHUB_BASE_REF
  fi
fi

read -ra args <<< "${ARGS:-}"
code=0
if [ -n "$base" ]; then
  report=$RESULTS/diff.md
  rm -f "$report"
  routedrill diff "$base" --out "$RESULTS" --inconclusive "${INCONCLUSIVE:-fail}" ${args[@]+"${args[@]}"} || code=$?
else
  report=$RESULTS/run.md
  echo "There is nothing to compare with, so the config is drilled against the thresholds."
  routedrill run --out "$RESULTS" --inconclusive "${INCONCLUSIVE:-fail}" --format markdown > "$report" || code=$?
fi 2> "$RESULTS/stderr.txt"
cat "$RESULTS/stderr.txt" >&2 # the annotations are in it

{
  if [ -s "$report" ]; then
    head -c 1000000 "$report" # a summary has 1 MiB at most
  else
    printf '# Routedrill: no result (exit code %s)\n\n' "$code"
    head -c 10000 "$RESULTS/stderr.txt" | sed 's/^/    /'
  fi
} >> "$GITHUB_STEP_SUMMARY"
echo "code=$code" >> "$GITHUB_OUTPUT"
