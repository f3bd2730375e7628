#!/usr/bin/env bash
# kill -9 in the middle of work loses no device, secret or setting, and everybody comes back.
source "$(dirname "$0")/lib.sh"
password='Correct-horse-7'
export MPS_WEB_ADMIN_PASSWORD=$password
check "the server starts" start_server
unset MPS_WEB_ADMIN_PASSWORD
check "login" log_in
list_fleet 20
OBCTL_TOKEN=$token OBCTL_URL=$url OBCTL_CA=$data/ca.pem "$obctl" devices add --file "$work/devices" \
    >/dev/null
start_fleet 20
check "all are connected" eventually 60 connected 20
ca=$(cat "$data/ca.pem")
first=$(jq -r .guid "$work/devices" | head -n 1)

# Work that goes on while the server is killed: new devices, changes, power calls.
write_devices() {
    local number=0 guid
    while :; do
        number=$((number + 1))
        guid=$(printf '11111111-2222-3333-4444-%012d' "$number")
        [ "$(curl -s --max-time 10 --cacert "$data/ca.pem" -o /dev/null -w '%{http_code}' \
            -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
            -d "{\"guid\":\"$guid\",\"hostname\":\"host-$number\",\"tags\":[\"t$number\"],\"mpsusername\":\"u\",\"mpspassword\":\"Secret-$number\"}" \
            "$url/api/v1/devices")" = 201 ] || return 0
        echo "$guid host-$number t$number" >>"$1"
    done
}
switch_power() {
    while curl -sf --max-time 10 --cacert "$data/ca.pem" -o /dev/null \
        -H "Authorization: Bearer $token" "$url/api/v1/amt/power/state/$first"; do :; done
}

list_answers() {
    api GET /api/v1/devices
    [ "$status" = 200 ]
}

for round in 1 2 3; do
    : >"$work/written.$round"
    write_devices "$work/written.$round" &
    writer=$!
    switch_power &
    switcher=$!
    sleep $round
    kill_server
    wait "$writer" "$switcher"
    check "round $round: something was written before the kill" test -s "$work/written.$round"
    check "round $round: the server starts again" start_server
    same "round $round: the certificate authority is the same" "$ca" "$(cat "$data/ca.pem")"
    check "round $round: the old token is still good" list_answers
    check "round $round: the password is still good" log_in
    check "round $round: all machines are back" eventually 90 connected 20
    missing=0
    while read -r guid name tag; do
        api GET "/api/v1/devices/$guid"
        [ "$(jq -r '"\(.hostname) \(.tags[0])"' <<<"$body" 2>/dev/null)" = "$name $tag" ] ||
            missing=$((missing + 1))
    done <"$work/written.$round"
    same "round $round: none of the $(wc -l <"$work/written.$round") devices is lost" 0 $missing
    same "round $round: power is answered through the new tunnel" 2 "$(power_state "$first")"
    # The next round writes the same GUIDs again.
    while read -r guid _; do
        api DELETE "/api/v1/devices/$guid?isSecretToBeDeleted=true"
    done <"$work/written.$round"
done
same "the database is sound" ok "$(sqlite3 "$data/outband.db" 'PRAGMA integrity_check')"
check "the fleet ends cleanly" stop_fleet
check "the server ends cleanly" stop_server
