# Sourced by the end-to-end tests: starts the real programs in a folder of their own and checks what
# they do. Each script prints one "ok" or "not ok" line per check. OUTBAND_BUILD names the build
# folder (default build/asan). Ends only the processes it started.
# shellcheck shell=bash disable=SC2034 # what is set here is for the scripts
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${OUTBAND_BUILD:-$top/build/asan}
outband=$build/src/server/outband
amtsim=$build/src/sim/amtsim
obctl=$build/src/obctl/obctl
work=$(mktemp -d)
data=$work/data
failed=0
server=
fleet=
password=
token=
export OBCTL_CONFIG=$work/obctl MPS_LOG_LEVEL=warn
unset OBCTL_URL OBCTL_TOKEN OBCTL_CA

pass() {
    echo "ok - $1"
}

fail() {
    echo "not ok - $1"
    failed=1
}

# check NAME COMMAND…: passes when the command succeeds.
check() {
    local name=$1
    shift
    if "$@"; then pass "$name"; else fail "$name"; fi
}

# refuse NAME COMMAND…: passes when the command fails.
refuse() {
    local name=$1
    shift
    if "$@"; then fail "$name"; else pass "$name"; fi
}

# same NAME WANTED GOT
same() {
    if [ "$2" = "$3" ]; then
        pass "$1"
    else
        fail "$1"
        echo "# wanted: $2"
        echo "# got:    $3"
    fi
}

# eventually SECONDS COMMAND…: until it succeeds or time is over.
eventually() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

free_port() {
    /usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

use_ports() {
    https=127.0.0.1:$1
    cira=127.0.0.1:$2
    url=https://$https
}

ready() {
    [ -s "$data/ca.pem" ] && curl -sf -o /dev/null --max-time 5 --cacert "$data/ca.pem" "$url/readyz"
}

# start_server: its output is appended to $work/server.log.
start_server() {
    "$outband" serve --data "$data" --https "$https" --cira "$cira" \
        </dev/null >>"$work/server.log" 2>&1 &
    server=$!
    eventually 60 ready_or_gone
    kill -0 "$server" 2>/dev/null
}

ready_or_gone() {
    ready || ! kill -0 "$server" 2>/dev/null
}

# serve_to LOG: a server in the foreground that is expected to refuse to start.
serve_to() {
    timeout 30 "$outband" serve --data "$data" --https "$https" --cira "$cira" \
        </dev/null >"$work/$1" 2>&1
}

# stop_server: with SIGTERM; its exit status is ours. A leak or a sanitizer report is not 0.
stop_server() {
    local pid=$server
    server=
    kill -TERM "$pid" && wait "$pid"
}

kill_server() {
    local pid=$server
    server=
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
}

# list_fleet COUNT: the devices of the fleet with their secrets, in $work/devices.
list_fleet() {
    "$amtsim" fleet --count "$1" --enroll "$work/devices"
}

# start_fleet COUNT [ARGUMENTS…]
start_fleet() {
    local count=$1
    shift
    "$amtsim" fleet --server "$cira" --count "$count" --redial 1 "$@" \
        </dev/null >>"$work/fleet.log" 2>&1 &
    fleet=$!
}

stop_fleet() {
    local pid=$fleet
    fleet=
    kill -TERM "$pid" && wait "$pid"
}

# The administrator's password as the first start made it: in a file, since its output is no
# terminal.
first_password() {
    cat "$data/administrator-password" 2>/dev/null
}

# log_in: with the password in $password; sets $token.
log_in() {
    token=$(curl -s --cacert "$data/ca.pem" "$url/api/v1/authorize" \
        -H 'Content-Type: application/json' \
        -d "{\"username\":\"admin\",\"password\":\"$password\"}" | jq -r '.token // empty')
    [ -n "$token" ]
}

# api METHOD PATH [BODY]: sets $status and $body.
api() {
    status=
    local arguments=()
    [ $# -lt 3 ] || arguments=(-H 'Content-Type: application/json' -d "$3")
    status=$(curl -s --max-time 60 --cacert "$data/ca.pem" -X "$1" -o "$work/body" \
        -w '%{http_code}' ${token:+-H "Authorization: Bearer $token"} "${arguments[@]}" "$url$2")
    body=$(cat "$work/body" 2>/dev/null)
    rm -f "$work/body"
}

connected() {
    api GET /api/v1/devices/stats
    [ "$(jq .connectedCount <<<"$body" 2>/dev/null)" = "$1" ]
}

power_state() {
    api GET "/api/v1/amt/power/state/$1"
    jq -r .powerstate <<<"$body" 2>/dev/null
}

power_state_is() {
    [ "$(power_state "$1")" = "$2" ]
}

no_reports() {
    ! grep -hE 'ERROR: (Address|Leak|Thread)Sanitizer|runtime error:' "$work"/*.log
}

finish() {
    trap - EXIT
    if [ -n "$fleet" ]; then kill -KILL "$fleet" 2>/dev/null; fi
    if [ -n "$server" ]; then kill -KILL "$server" 2>/dev/null; fi
    check "no sanitizer report" no_reports
    if [ $failed -ne 0 ]; then
        tail -n 40 "$work"/*.log | sed 's/^/# /'
    fi
    [ -n "${KEEP:-}" ] || rm -rf "$work"
    exit $failed
}
trap finish EXIT
use_ports "$(free_port)" "$(free_port)"
