#!/usr/bin/env bash
# What the first start makes, what later starts keep, and what is never made anew.
source "$(dirname "$0")/lib.sh"

check "the server starts in an empty folder" start_server
password=$(first_password)
check "the first start makes the administrator's password" test ${#password} -ge 12
check "and names the file that has it" grep -qF "$data/administrator-password" "$work/server.log"
refuse "but does not print it into a log" grep -qF "$password" "$work/server.log"
check "that password logs in" log_in
check "the server ends cleanly on SIGTERM" stop_server
same "nobody else can enter the data folder" 700 "$(stat -c %a "$data")"
same "files that hold something are for the owner only" "" \
    "$(find "$data" -type f ! -name ca.pem -perm /077)"
rm -f "$data/administrator-password"
refuse "the password is in none of the other files" grep -raqF "$password" "$data"
refuse "no private key lies in the open" grep -raq "PRIVATE KEY" "$data"

ca=$(cat "$data/ca.pem")
: >"$work/server.log"
check "the server starts again" start_server
same "the certificate authority is the same" "$ca" "$(cat "$data/ca.pem")"
same "no password is made again" "" "$(first_password)"
check "the password still logs in" log_in
token=$("$outband" token --data "$data")
api GET /api/v1/devices
same "whoever can read the key gets a token" 200 "$status"
refuse "a second server on the same folder and ports does not start" serve_to second.log
check "it ends cleanly again" stop_server

password='Another-0ne-for-tests'
export MPS_WEB_ADMIN_PASSWORD=$password
check "the server starts with a password from the environment" start_server
unset MPS_WEB_ADMIN_PASSWORD
check "it is the administrator's from now on" log_in
check "and ends cleanly" stop_server

# A key that is not the right one must stop the start, not lead to new certificates.
cp "$data/secret.key" "$work/kept.key"
head -c "$(stat -c %s "$work/kept.key")" /dev/urandom >"$data/secret.key"
refuse "with a wrong key the server does not start" serve_to wrong.log
cp "$work/kept.key" "$data/secret.key"
check "with the right key it starts" start_server
same "with the right key all is as before" "$ca" "$(cat "$data/ca.pem")"
check "including the password" log_in
check "and it ends cleanly once more" stop_server
