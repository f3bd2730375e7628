#!/usr/bin/env bash
# Everything that can be asked of a device, by obctl, on simulated machines of three firmwares.
source "$(dirname "$0")/lib.sh"
password='Correct-horse-7'
export MPS_WEB_ADMIN_PASSWORD=$password
check "the server starts" start_server
unset MPS_WEB_ADMIN_PASSWORD
check "login" log_in
printf '%s\n' "$password" | "$obctl" login "$url" --ca "$data/ca.pem" >/dev/null
check "twelve simulated machines are listed" list_fleet 12
check "obctl adds them" "$obctl" devices add --file "$work/devices"
start_fleet 12 --personality 16.1
check "all are connected" eventually 60 connected 12
guid=$("$obctl" devices --json | jq -r '.[0].guid')

# ask NAME FILTER WANTED COMMAND…: what a command's JSON says.
ask() {
    local name=$1 filter=$2 wanted=$3
    shift 3
    same "$name" "$wanted" "$("$obctl" "$@" --json 2>&1 | jq -r "$filter" 2>&1)"
}

# does NAME COMMAND…
does() {
    local name=$1 said
    shift
    if said=$("$obctl" "$@" 2>&1); then pass "$name"; else
        fail "$name"
        echo "# $said"
    fi
}

# what it is
ask "firmware" '[.CIM_SoftwareIdentity.responses[] | select(.InstanceID == "AMT")] | length' 1 \
    firmware "$guid"
does "settings" settings "$guid"
ask "hardware has a chassis" '.CIM_Chassis.response.CreationClassName' CIM_Chassis hardware "$guid"
does "disks" disks "$guid"
ask "explorer has its calls" 'length >= 57' true explorer
check "explorer shows what the device sent" \
    grep -q AMT_GeneralSettings <("$obctl" explorer show "$guid" AMT_GeneralSettings)
check "what was learned is kept" eventually 10 "$obctl" devices inventory "$guid"
does "sessions" devices sessions "$guid"
does "stats" devices stats
does "tags" devices tags

# booting
ask "capabilities" .Reset 10 power capabilities "$guid"
ask "boot sources" 'length > 0' true boot sources "$guid"
printf 'webpass\n' >"$work/webpass"
does "boot from a web server" boot https "$guid" https://192.0.2.7/image.efi \
    --user boot --password-file "$work/webpass"
eventually 15 power_state_is "$guid" 2
does "boot Windows' recovery environment" boot winre "$guid"
eventually 15 power_state_is "$guid" 2
does "a power action by its code" power action "$guid" 10
eventually 15 power_state_is "$guid" 2

# features and consent
does "features are set" features set "$guid" --consent all --kvm on --sol on --ider off
ask "and kept" '[.userConsent, .SOL, .IDER] | join(" ")' "all true false" features "$guid"
does "one of them" features set "$guid" --ider on
ask "and the others stay" '[.userConsent, .SOL, .IDER] | join(" ")' "all true true" \
    features "$guid"
does "a consent code is requested" consent request "$guid"
"$obctl" consent send "$guid" 000000 >/dev/null 2>&1
same "a wrong code is the device's refusal" 8 $?
does "the request is taken back" consent cancel "$guid"
does "consent is switched off" features set "$guid" --consent none
ask "displays" '.displays | length > 0' true displays "$guid"
does "a display is chosen" displays select "$guid" 0
does "what can be erased" erase "$guid"

# logs, alarms, clock
ask "the event log has records" '.records | length > 0' true event-log "$guid" --top 5
check "and comes as CSV" grep -q '^Time,' <("$obctl" event-log download "$guid")
ask "the audit log knows what was done" '.totalCnt > 0' true audit-log "$guid"
check "and comes as CSV" grep -q ',' <("$obctl" audit-log download "$guid")
does "the audit policy" audit-log policy "$guid"
does "the event log is frozen" event-log freeze "$guid" on
does "and resumed" event-log freeze "$guid" off
does "an alarm is added" alarms add "$guid" Monday 2037-01-31T06:00:00Z --every 90
ask "and listed" '.[0] | [.ElementName, .IntervalInMinutes] | join(" ")' "Monday 90" alarms "$guid"
does "and removed" alarms remove "$guid" Monday
ask "and gone" length 0 alarms "$guid"
does "the clock is asked" clock "$guid"
does "the clock is set" clock set "$guid"
does "the event log is cleared" event-log clear "$guid"

# network
ask "the wired port has an address" '.wired.macAddress | length' 17 network "$guid"
does "a static address" network static "$guid" 192.0.2.20 255.255.255.0 --gateway 192.0.2.1 \
    --dns 192.0.2.1
ask "is kept" .wired.ipAddress 192.0.2.20 network "$guid"
does "DHCP again" network dhcp "$guid"
does "Wi-Fi" wifi "$guid"
does "Wi-Fi is switched on" wifi set "$guid" WifiEnabledS0SxAC
does "profile sync" wifi sync "$guid"
printf 'long-enough-key\n' >"$work/psk"
does "a profile is added" wifi profiles add "$guid" corp --ssid 'Corp <Net>' --priority 7 \
    --authentication WPA2PSK --encryption CCMP --psk-file "$work/psk"
ask "and listed" '[.[] | select(.profileName == "corp") | .ssid] | first' 'Corp <Net>' \
    wifi profiles "$guid"
does "and removed" wifi profiles remove "$guid" corp
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/root.pem" -days 365 \
    -subj '/CN=Test Root' 2>/dev/null
does "a root is stored" certificates add "$guid" "$work/root.pem" --trusted on
handle=$("$obctl" certificates "$guid" --json |
    jq -r '.certificates.publicKeyCertificateItems[] | select(.displayName == "Test Root") | .instanceID')
check "and listed by its name" test -n "$handle"
does "and removed" certificates remove "$guid" "$handle"
does "TLS settings" tls "$guid"

# many at once
ask "a job on all" '[.state, .counts.succeeded, .counts.failed] | join(" ")' "done 12 0" \
    jobs start power:reset --all
does "a job on one" jobs start inventory "$guid"
ask "jobs are kept" 'length >= 2' true jobs
job=$("$obctl" jobs --json | jq -r '.[-1].id')
same "and what became of each device" 12 "$("$obctl" jobs results "$job" | grep -c succeeded)"
"$obctl" jobs start inventory --tags nowhere >/dev/null 2>&1
same "a job that fits no device says so" 4 $?
"$obctl" jobs start deactivate --all 2>/dev/null
same "to deactivate everything wants --yes" 2 $?
ask "and what was learned is served" '.setup.controlMode' acm devices inventory "$guid"
ask "a list is filtered by it" length 1 devices --control-mode acm --fw-version 16.1
ask "and is empty where nothing fits" length 0 devices --control-mode ccm
does "a job on devices of a firmware" jobs start inventory --fw-version 16.1
"$obctl" jobs start power:reset 2>/dev/null
same "a job without devices is a wrong input" 2 $?
"$obctl" jobs start nonsense --all 2>/dev/null
same "and so is an operation that nobody knows" 2 $?

does "a device is disconnected" devices disconnect "$guid"
sleep 1
check "and comes back" eventually 60 power_state_is "$guid" 2
"$obctl" devices deactivate "$guid" 2>/dev/null
same "to deactivate wants --yes" 2 $?
does "a device is deactivated" devices deactivate "$guid" --yes
api GET "/api/v1/devices/$guid"
same "and gone from the list" 404 "$status"
refuse "no secret in any log" grep -E 'webpass|long-enough-key' "$work"/*.log
stop_fleet
check "the server ends cleanly" stop_server
