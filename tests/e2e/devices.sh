#!/usr/bin/env bash
# The main job: machines call in, an administrator sees them and switches them.
source "$(dirname "$0")/lib.sh"
password='Correct-horse-7'
export MPS_WEB_ADMIN_PASSWORD=$password
check "the server starts" start_server
unset MPS_WEB_ADMIN_PASSWORD
check "login" log_in
check "ten simulated machines are listed" list_fleet 10
printf '%s\n' "$password" | "$obctl" login "$url" --ca "$data/ca.pem" >/dev/null
check "obctl adds them" "$obctl" devices add --file "$work/devices"
start_fleet 10
check "all ten are connected" eventually 60 connected 10

same "obctl lists ten" 10 "$("$obctl" devices --json | jq length)"
same "all with status connected" 10 "$("$obctl" devices --status connected --json | jq length)"
same "none with status disconnected" 0 "$("$obctl" devices --status disconnected --json | jq length)"
check "the table has a title and ten lines" test "$("$obctl" devices | wc -l)" -eq 11
guid=$("$obctl" devices --json | jq -r '.[0].guid')
other=$("$obctl" devices --json | jq -r '.[1].guid')
name=$("$obctl" devices --json | jq -r '.[0].hostname')
same "a device is found by its host name" "$guid" \
    "$("$obctl" devices show "$name" --json | jq -r .guid)"

same "the machine is on" 2 "$("$obctl" power get "$guid" --json | jq .powerstate)"
check "obctl switches it off" "$obctl" power off "$guid"
check "it is off" eventually 15 power_state_is "$guid" 8
same "its neighbour is on" 2 "$(power_state "$other")"
check "obctl switches it on" "$obctl" power on "$guid"
check "it is on" eventually 15 power_state_is "$guid" 2
check "obctl resets it" "$obctl" power reset "$guid"
check "it is on after the reset" eventually 15 power_state_is "$guid" 2
for boot in bios pxe ider-cd ider-floppy; do
    check "a reset with --$boot is accepted" "$obctl" power reset "$guid" --$boot
    check "the machine is on after it" eventually 15 power_state_is "$guid" 2
done
api POST "/api/v1/amt/power/action/$guid" '{"action":9}'
same "an action outside the list is a bad request" 400 "$status"
api POST "/api/v1/amt/power/action/$guid" '{"action":[1]}'
same "an action of the wrong type is a bad request" 400 "$status"
api GET "/api/v1/amt/power/capabilities/$guid"
same "capabilities: reset is 10" 10 "$(jq .Reset <<<"$body")"
api GET "/api/v1/amt/version/$guid"
same "the AMT version is answered" 200 "$status"
api GET "/api/v1/amt/generalSettings/$guid"
same "the general settings are answered" 200 "$status"
api GET "/mps/api/v1/devices/$guid"
same "the gateway's prefix leads to the same routes" "200 $guid" "$status $(jq -r .guid <<<"$body")"

nobody=00000000-1111-2222-3333-444444444444
"$obctl" power get $nobody 2>"$work/refusal"
same "a machine that is not there is exit code 4" 4 $?
check "with its GUID in the sentence" grep -q $nobody "$work/refusal"
"$obctl" power off "$guid" --pxe 2>/dev/null
same "power off boots nothing: exit code 2" 2 $?
check "obctl removes a device" "$obctl" devices remove "$other"
api GET "/api/v1/devices/$other"
same "it is gone" 404 "$status"
api DELETE "/api/v1/devices/disconnect/$guid"
same "a device can be disconnected" 200 "$status"
check "and comes back by itself" eventually 60 power_state_is "$guid" 2

same "a browser on the devices' port gets a page" 200 \
    "$(curl -sk -o "$work/page" -w '%{http_code}' "https://$cira/")"
api GET /metrics
check "there are metrics" grep -q '^outband_' <<<"$body"
check "the fleet ends cleanly" stop_fleet
check "the server notices that they are gone" eventually 30 connected 0
"$obctl" power get "$guid" 2>/dev/null
same "a machine that is away is exit code 4" 4 $?
check "the server ends cleanly" stop_server
