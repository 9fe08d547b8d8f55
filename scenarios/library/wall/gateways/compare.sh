#!/bin/sh
# The wall drills against gateways of other makes, and our own, each in a process of
# its own. Needs go, node 20, npm and half an hour. Usage: compare.sh [DIR [DRILLS]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
dir=${1:-$root/.cache/gateways}
drills=${2:-'wall/*'}
caddy=v2.11.9

mkdir -p "$dir/portkey" "$dir/caddy" && cd "$dir"
(cd "$root" && go build -trimpath -o "$dir/routedrill" ./cmd/routedrill)
[ -e portkey/node_modules ] || (cd portkey && cp "$here/portkey.package.json" package.json && npm install --ignore-scripts)
[ -e caddy/caddy ] || (cd caddy && go mod init build && go get "github.com/caddyserver/caddy/v2/cmd/caddy@$caddy" &&
	go build -o caddy github.com/caddyserver/caddy/v2/cmd/caddy)

pids=
trap 'kill $pids 2>/dev/null || true' EXIT INT TERM
node portkey/node_modules/@portkey-ai/gateway/build/start-server.js --headless --port=8787 >portkey.log 2>&1 &
pids="$pids $!"
caddy/caddy run --config "$here/Caddyfile" --adapter caddyfile >caddy.log 2>&1 &
pids="$pids $!"
./routedrill serve --config "$here/routedrill.router.yml" --listen 127.0.0.1:8789 --log off >serve.log 2>&1 &
pids="$pids $!"

# drive NAME PORT FAKES [HEADER]: a folder NAME with a folder per drill.
drive() {
	name=$1 port=$2 fakes=$3
	shift 3
	./routedrill run "$drills" --target "http://127.0.0.1:$port/v1" --target-port "$fakes" "$@" --out "$name.out" >"$name.txt" 2>"$name.err" ||
		echo "$name: exit code $?" >&2
}
drive portkey 8787 8101 --target-header "x-portkey-config: $(tr -d '\n' <"$here/portkey.json")" &
one=$!
drive caddy 8788 8111 &
two=$!
drive routedrill 8789 8121
wait $one $two

echo '| drill | gateway | verdict | availability | in the fault | TTFT p95 | latency p95 | attempts | $ per 1k | send lag p99 |'
echo '|---|---|---|---|---|---|---|---|---|---|'
for drill in portkey.out/*/; do
	for name in portkey caddy routedrill; do
		node "$here/row.js" "$(basename "$drill")" "$name" "$name.out/$(basename "$drill")/result.json"
	done
done
