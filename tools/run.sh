#!/usr/bin/env bash
# ./dev run [--count N]: builds, starts the server and N simulated machines, adds the machines to
# the server, and keeps both running until Ctrl-C. Ends nothing that it did not start.
source "$(dirname "$0")/setup.sh"

count=10
while [ $# -gt 0 ]; do
    case $1 in
    --count)
        count=${2:-}
        shift
        ;;
    --count=*)
        count=${1#--count=}
        ;;
    *)
        die "run takes --count N, not '$1'"
        ;;
    esac
    shift
done
[[ $count =~ ^[0-9]{1,5}$ ]] || die "--count wants a number"

data=${OUTBAND_DATA:-data}
https=${OUTBAND_HTTPS:-127.0.0.1:8443}
cira=${OUTBAND_CIRA:-127.0.0.1:4433}
outband=build/release/src/server/outband
amtsim=build/release/src/sim/amtsim
obctl=build/release/src/obctl/obctl

need build run
say "building (build/release)"
build_release

# in_use HOST:PORT: something listens there already.
in_use() {
    (exec 3<>"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null
}
for address in "$https" "$cira"; do
    ! in_use "$address" ||
        die "another program uses $address: end it, or set OUTBAND_HTTPS and OUTBAND_CIRA to other addresses"
done

server=
fleet=
private=$(mktemp -d)
# Ends one process that we started: politely, then for good.
end() {
    local pid=$1 tries
    [ -n "$pid" ] || return 0
    kill -TERM "$pid" 2>/dev/null || return 0
    for ((tries = 0; tries < 100; tries++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
}
clean_up() {
    trap - EXIT INT TERM
    end "$fleet"
    end "$server"
    rm -rf "$private"
}
trap clean_up EXIT
trap 'say ""; say "stopping"; exit 0' INT TERM

first_start=true
[ ! -e "$data/ca.pem" ] || first_start=false
made=$data/administrator-password # by a first start whose output is no terminal

# Machines that are set up here are told this address, and look for it in the certificate.
MPS_LOG_LEVEL=${MPS_LOG_LEVEL:-warn} OUTBAND_COMMON_NAME=${OUTBAND_COMMON_NAME:-${cira%:*}} \
    "$outband" serve --data "$data" --https "$https" \
    --cira "$cira" --cira-source-rate 0 </dev/null & # all machines have one address
server=$!
for ((tries = 0; ; tries++)); do
    kill -0 "$server" 2>/dev/null || {
        server=
        die "the server did not start"
    }
    [ ! -s "$data/ca.pem" ] ||
        ! curl -sf -o "$private/ready" --cacert "$data/ca.pem" "https://$https/readyz" 2>/dev/null || break
    [ "$tries" -lt 300 ] || die "the server was not ready within 30 s"
    sleep 0.1
done

OBCTL_TOKEN=$("$outband" token --data "$data") || die "no administrator's token"
export OBCTL_TOKEN OBCTL_URL=https://$https OBCTL_CA=$data/ca.pem OBCTL_CONFIG=$private/obctl

if [ "$count" -gt 0 ]; then
    (umask 077 && "$amtsim" fleet --count "$count" --enroll "$private/devices")
    "$obctl" devices add --file "$private/devices" >/dev/null ||
        die "the simulated machines could not be added"
    rm -f "$private/devices"
    "$amtsim" fleet --server "$cira" --count "$count" --redial 2 </dev/null >"$private/fleet.log" 2>&1 &
    fleet=$!
    connected=0
    for ((tries = 0; tries < 300 && connected < count; tries++)); do
        kill -0 "$fleet" 2>/dev/null || {
            cat "$private/fleet.log" >&2
            fleet=
            die "the simulated machines ended"
        }
        sleep 0.1
        connected=$("$obctl" devices --status connected --json | jq length) || connected=0
    done
    say "$connected simulated machines are connected"
fi
unset OBCTL_TOKEN

port=${https##*:}
say ""
say "  server    https://localhost:$port   (certificate authority: $data/ca.pem)"
say "  devices   call in at $cira"
if [ -s "$made" ]; then
    say "  user      admin"
    say "  password  $(cat "$made")"
    say "            (from $made, which is deleted now: it is not shown again)"
    rm -f "$made"
elif $first_start; then
    say "  login     admin, with the password above: it is not shown again"
else
    say "  login     admin; the password was shown at the first start. For a new one:"
    say "            MPS_WEB_ADMIN_PASSWORD=… ./dev run"
fi
say ""
say "Next, in another terminal (README.md has the same with curl):"
say ""
say "  build/release/src/obctl/obctl login https://localhost:$port --ca $data/ca.pem"
say "  build/release/src/obctl/obctl devices"
say "  build/release/src/obctl/obctl power get GUID"
say "  build/release/src/obctl/obctl power reset GUID"
say ""
say "Ctrl-C ends the server and the machines; the data stays in $data/."

wait -n "$server" ${fleet:+"$fleet"} || true
kill -0 "$server" 2>/dev/null || {
    server=
    die "the server ended"
}
fleet=
die "the simulated machines ended"
