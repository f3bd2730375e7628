#!/usr/bin/env bash
# The lines of README.md, run as they are written there: all "sh" blocks between the marks
# "try: begin" and "try: end". They name ports 8443 and 4433, so they are skipped where one is taken.
source "$(dirname "$0")/lib.sh"
for port in 8443 4433; do
    if (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; then
        echo "ok - README lines # SKIP port $port is in use"
        trap - EXIT
        rm -rf "$work"
        exit 0
    fi
done
use_ports 8443 4433
export OUTBAND_COMMON_NAME=127.0.0.1
check "the server starts as ./dev run starts it" start_server
password=$(first_password)
check "login" log_in
list_fleet 10
OBCTL_TOKEN=$token OBCTL_URL=$url OBCTL_CA=$data/ca.pem "$obctl" devices add --file "$work/devices" \
    >/dev/null
start_fleet 10
check "ten machines are connected" eventually 60 connected 10

sed -n '/try: begin/,/try: end/p' "$top/README.md" |
    awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' >"$work/lines.sh"
check "README.md has lines to try" test -s "$work/lines.sh"
mkdir -p "$work/build/release/src/obctl" "$work/build/release/src/sim"
ln -s "$obctl" "$work/build/release/src/obctl/obctl"
ln -s "$amtsim" "$work/build/release/src/sim/amtsim"
# A line that waits for what never comes is ended, and the machines that the lines started with it.
(cd "$work" && printf '%s\n' "$password" |
    timeout --signal=KILL 120 bash -eu -o pipefail lines.sh >answers 2>lines.log)
same "every line succeeds" 0 $?
sed 's/^/# /' "$work/answers"
guid=$(sed -n 's/^guid: //p' "$work/answers" | head -n 1)
check "a GUID was found" test -n "$guid"
same "the power states seen are on, off and on again" "2 8 2" \
    "$(sed -n 's/.*"powerstate": *\([0-9]*\).*/\1/p' "$work/answers" | uniq | head -n 3 | xargs)"
same "a machine was set up in client control mode, and one in admin control mode" "1 2" \
    "$(cat "$work/desk.log" "$work/rack.log" | jq -r 'select(.event == "final").mode' | xargs)"
same "both were switched off" "8 8" \
    "$(sed -n 's/.*"powerstate": *\([0-9]*\).*/\1/p' "$work/answers" | tail -n 2 | xargs)"
stop_fleet
check "the server ends cleanly" stop_server
