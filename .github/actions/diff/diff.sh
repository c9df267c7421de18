#!/usr/bin/env bash
# What the action runs: compares a bento, and keeps one comment below the pull request up to
# date. It takes curl and jq, which GitHub's runners have.
set -euo pipefail

for tool in curl jq; do
	command -v "$tool" >/dev/null || { echo "::error title=bentoc diff::this runner has no $tool"; exit 1; }
done
work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/bentoc-diff.XXXXXX")

if [ -z "$BENTOC" ]; then
	BENTOC=$work/bentoc
	CGO_ENABLED=0 go build -C "$GITHUB_ACTION_PATH/../../.." -trimpath -o "$BENTOC" ./cmd/bentoc
fi
args=()
while IFS= read -r tag; do
	[ -z "$tag" ] || args+=("--tag=$tag")
done <<<"$TAGS"
args+=(--)
[ -z "$BENTO_OLD" ] || args+=("$BENTO_OLD")
case $BENTO_PATH in
... | */...) args+=("$BENTO_PATH") ;; # every bento below a folder
*) args+=("path:$BENTO_PATH") ;;
esac

# One comparison decides; the other forms are of the same two sides.
code=0
"$BENTOC" diff --format=markdown "--fail-on=$FAIL_ON" "${args[@]}" >"$work/report.md" 2>"$work/said" || code=$?
cat "$work/said" >&2
marker="<!-- bentoc diff of $(printf %s "$BENTO_PATH" | tr -cd 'A-Za-z0-9._/-') -->"
{
	printf '%s\n' "$marker"
	if [ "$code" = 0 ] || [ "$code" = 4 ]; then
		cat "$work/report.md"
		"$BENTOC" diff --format=json --fail-on=never "${args[@]}" >"$work/report.json" 2>/dev/null
		echo "report=$work/report.json" >>"$GITHUB_OUTPUT"
		[ "$ANNOTATIONS" != true ] || "$BENTOC" diff --format=github --fail-on=never "${args[@]}" 2>/dev/null >"$work/annotations"
	else
		# Nothing was compared: that is what the comment says, not what an earlier run found.
		printf '<p><b>bentoc diff</b> could not compare (exit code %s)</p>\n\n<pre><code>' "$code"
		head -c 20000 "$work/said" | tr -d '\000-\010\013-\037' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
		printf '</code></pre>\n'
	fi
} >"$work/comment.md"
[ ! -f "$work/annotations" ] || cat "$work/annotations"
echo "exit-code=$code" >>"$GITHUB_OUTPUT"
cat "$work/comment.md" >>"$GITHUB_STEP_SUMMARY"

api() { # METHOD PATH [FILE]
	local body=()
	[ $# -lt 3 ] || body=(--header 'Content-Type: application/json' --data-binary "@$3")
	printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" | curl --config - --silent --show-error --fail-with-body --max-time 60 --retry 3 \
		--request "$1" --header 'Accept: application/vnd.github+json' "${body[@]}" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$2"
}

# find prints the id of the comment of an earlier run, of the same author alone.
find() {
	local page=1 found
	while :; do
		api GET "issues/$1/comments?per_page=100&page=$page" >"$work/page.json" || return 1
		found=$(jq -r --arg m "$marker" --arg a "$AUTHOR" 'map(select(.user.login == $a and (.body | startswith($m)))) | .[0].id // empty' "$work/page.json") || return 1
		[ -z "$found" ] || { printf '%s' "$found"; return; }
		[ "$(jq length "$work/page.json")" = 100 ] || return 0
		page=$((page + 1))
	done
}

comment() {
	local number id
	number=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
	[ -n "$number" ] || return 0 # no pull request
	jq -n --rawfile body "$work/comment.md" '{body: $body}' >"$work/body.json"
	id=$(find "$number") || return 1
	if [ -n "$id" ]; then
		api PATCH "issues/comments/$id" "$work/body.json" >/dev/null
	else
		api POST "issues/$number/comments" "$work/body.json" >/dev/null
	fi
}
# A pull request of a fork has a token that may not comment: the summary of the job has the
# report all the same, and the exit code counts.
if [ "$COMMENT" = true ] && ! comment; then
	echo "::warning title=bentoc diff::the comment could not be written (a pull request of a fork may not); the summary of the job has the report"
fi
exit "$code"
