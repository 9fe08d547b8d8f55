#!/usr/bin/env bash
# Puts REPORT, a Markdown file of `routedrill diff`, into one comment of a pull request
# and brings it up to date later on. A hidden mark in its first line finds it again; the
# folder is part of the mark, so that several projects have a comment each.
#
# A report stays below the size of a comment by itself. A token that may not comment, as
# in a pull request from a fork, is no failure: the job's summary has the report too.
#
# It needs curl and jq, which GitHub's runners have.
set -euo pipefail

[ -s "$REPORT" ] || exit 0
mark="<!-- routedrill diff ${DIRECTORY:-.} -->"
api=${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY/issues
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# call METHOD URL [CURL ARGUMENT...] leaves the body in $answer. The token comes by a
# file descriptor: arguments are seen by every process.
call() {
  local method=$1 url=$2
  shift 2
  curl --silent --show-error --fail-with-body --max-time 30 --output "$answer" --request "$method" \
    --header "Accept: application/vnd.github+json" --header @<(printf 'Authorization: Bearer %s\n' "$TOKEN") "$@" "$url"
}

give_up() {
  echo "::notice title=Routedrill::no comment was written ($1); the report stands in the job's summary"
  exit 0
}

id=
for page in $(seq 1 30); do
  call GET "$api/$PULL_REQUEST/comments?per_page=100&page=$page" || give_up "the comments cannot be read"
  id=$(jq -r --arg mark "$mark" '[.[] | select(.user.type == "Bot" and (.body | startswith($mark))) | .id][0] // empty' "$answer")
  if [ -n "$id" ] || [ "$(jq length "$answer")" -lt 100 ]; then
    break
  fi
done

body=$(mktemp)
trap 'rm -f "$answer" "$body"' EXIT
{ echo "$mark"; tail -n +2 "$REPORT"; } | jq -Rs '{body: .}' > "$body"
if [ -n "$id" ]; then
  call PATCH "$api/comments/$id" --data-binary "@$body" || give_up "the token may not change it"
  echo "The comment $id is up to date."
else
  call POST "$api/$PULL_REQUEST/comments" --data-binary "@$body" || give_up "the token may not comment"
  echo "There is a comment now."
fi
