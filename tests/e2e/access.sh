#!/usr/bin/env bash
# Who gets in: passwords, tokens, and requests without them.
source "$(dirname "$0")/lib.sh"
password='Correct-horse-7'
export MPS_WEB_ADMIN_PASSWORD=$password
check "the server starts with a given password" start_server
unset MPS_WEB_ADMIN_PASSWORD
guid=143e4567-e89b-12d3-a456-426614174000

token=
for route in "GET /api/v1/devices" "GET /api/v1/devices/stats" "GET /api/v1/devices/$guid" \
    "DELETE /api/v1/devices/$guid" "GET /api/v1/amt/power/state/$guid" \
    "GET /mps/api/v1/devices"; do
    # shellcheck disable=SC2086 # method and path are two words
    api $route
    same "$route without a token is refused" 401 "$status"
done
api POST "/api/v1/amt/power/action/$guid" '{"action":10}'
same "a power action without a token is refused" 401 "$status"

api POST /api/v1/authorize '{"username":"admin","password":"wrong"}'
same "a wrong password is refused" 401 "$status"
same "with the toolkit's sentence" '{"message":"Incorrect Username and/or Password!"}' "$body"
api POST /api/v1/authorize '{"username":"nobody","password":"wrong"}'
same "an unknown user gets the same answer" '401 {"message":"Incorrect Username and/or Password!"}' \
    "$status $body"
api POST /api/v1/authorize '{"password":"x"}'
same "a login without a user is a bad request" 400 "$status"
same "that names the rules that failed" "Invalid value,User name is required" \
    "$(jq -r '[.errors[].msg] | join(",")' <<<"$body")"
api POST /api/v1/authorize '{"username":7,"password":"x"}'
same "a user name that is a number is a bad request" 400 "$status"
api POST /api/v1/authorize '{"username":'
same "half a JSON document is a bad request" 400 "$status"

check "the right password gets a token" log_in
api GET /api/v1/devices
same "the token opens the list" '200 []' "$status $body"
good=$token
signature=${good##*.}
token=${good%.*}.$([ "${signature:0:1}" = A ] && echo B || echo A)${signature:1}
api GET /api/v1/devices
same "a token with another signature is refused" 401 "$status"
token=$(printf '{"alg":"none","typ":"JWT"}' | base64 -w0 | tr '+/' '-_' | tr -d =).$(cut -d. -f2 <<<"$good").
api GET /api/v1/devices
same "a token without signature is refused" 401 "$status"
token=$good

device=51a70000-0000-4000-8000-0000000000aa
api GET "/api/v1/authorize/redirection/$device"
same "there is no redirection token for an unknown device" 404 "$status"
api GET /api/v1/authorize/redirection/nonsense
same "nor for what is no GUID" 400 "$status"
api POST /api/v1/devices "{\"guid\":\"$device\"}"
api GET "/api/v1/authorize/redirection/$device"
same "there is one for a device" 200 "$status"
token=$(jq -r .token <<<"$body")
same "that names the device" "$device" \
    "$(cut -d. -f2 <<<"$token" | tr '_-' '/+' | base64 -d 2>/dev/null | jq -r .deviceId 2>/dev/null)"
api GET /api/v1/devices
same "and opens no other route" 401 "$status"
token=$good

printf '%s\n' "$password" >"$work/password"
check "obctl logs in" "$obctl" login "$url" --ca "$data/ca.pem" --password-file "$work/password"
same "and keeps the token for its owner only" 600 "$(stat -c %a "$OBCTL_CONFIG")"
check "obctl lists the devices" "$obctl" devices
"$obctl" logout
"$obctl" devices 2>/dev/null
same "after logout obctl says so with exit code 3" 3 $?
printf 'wrong\n' | "$obctl" login "$url" 2>/dev/null
same "a wrong password is exit code 3" 3 $?
"$obctl" login "$url" --password "$password" 2>"$work/refusal"
same "a password on the command line is refused" 2 $?
check "with what to do instead" grep -q -- --password-file "$work/refusal"
rm -f "$OBCTL_CONFIG"
printf '%s\n' "$password" | "$obctl" login "$url" 2>"$work/refusal"
same "an unknown certificate is refused without --ca" 2 $?
pin=$(openssl s_client -connect "$https" </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 | cut -d= -f2)
check "and shown by its fingerprint" grep -qi "$(tr -d : <<<"$pin")" "$work/refusal"
check "a pinned certificate is trusted" \
    "$obctl" login "$url" --pin "$pin" --password-file "$work/password"
check "and stays trusted" "$obctl" devices
"$obctl" login "$url" --pin "${pin//[0-9]/A}" --password-file "$work/password" 2>/dev/null
same "another fingerprint is not" 3 $?
OBCTL_URL=https://127.0.0.1:1 "$obctl" devices 2>/dev/null
same "no connection is exit code 7" 7 $?
check "the server ends cleanly" stop_server
