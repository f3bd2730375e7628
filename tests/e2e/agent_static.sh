#!/usr/bin/env bash
# rpc-static: a file without libraries, in a root that has nothing but it and the engine's device,
# and on no network. The parts with a root of their own need the right to make namespaces.
source "$(dirname "$0")/lib.sh"
(cd "$top" && bash -c 'source tools/setup.sh && build_static') >"$work/build.log" 2>&1 ||
    sed 's/^/# /' "$work/build.log"
static=$top/build/static/src/rpc/rpc-static
rpc=$work/rpc
check "it is built" strip -o "$rpc" "$static"
size=$(stat -c %s "$rpc")
check "it has at most 5,000,000 bytes ($size)" test "$size" -le 5000000
refuse "it needs no interpreter" sh -c "readelf -lW '$rpc' | grep -q INTERP"
refuse "and no library" sh -c "readelf -dW '$rpc' | grep -q NEEDED"
same "kernel 3.2 is enough" "3.2.0" \
    "$(readelf -nW "$rpc" | sed -n 's/.*OS: Linux, ABI: //p')"

# peak ARGUMENTS…: a run beside a simulated engine; sets $status and $kilobytes, the most memory that
# it had resident. What it prints is in $work/out.
peak() {
    "$amtsim" mei --state "$work/state" -- "$top/tests/bench/peak.py" "$work/peak" "$rpc" "$@" \
        </dev/null >"$work/out" 2>&1
    status=$?
    kilobytes=$(cat "$work/peak")
}

peak amtinfo --all
same "amtinfo works" 0 "$status"
check "and says what there is" grep -q "Control Mode  *not activated" "$work/out"
check "within 8 MB of memory ($kilobytes KB)" test "$kilobytes" -le 8192
AMT_PASSWORD=Static-7-test peak activate --local --ccm
same "a machine is activated" 0 "$status"
check "within 8 MB of memory ($kilobytes KB)" test "$kilobytes" -le 8192
peak amtinfo --mode
check "and stays so" grep -q "client control mode" "$work/out"

# A root with nothing in it but the agent, and no network.
bare=$work/bare
mkdir "$bare" "$bare/dev"
cp "$rpc" "$bare/rpc"
# alone ARGUMENTS…
alone() {
    env -i AMT_PASSWORD=Static-7-test "$amtsim" mei -- \
        /usr/bin/unshare -rn --root "$bare" --wd / /rpc "$@" </dev/null >"$work/out" 2>&1
}
if unshare -rn --root "$bare" --wd / /rpc version >/dev/null 2>&1; then
    check "an empty root is enough for amtinfo" alone amtinfo --json
    check "whose engine answers" grep -q '"heciAvailable": true' "$work/out"
    check "and for activation" alone activate --local --ccm
    call=(activate --url wss://name.example/activate --profile lab)
    refuse "without a network, nobody is called" alone "${call[@]}"
    check "since the name isn't found" grep -q "name.example cannot be resolved" "$work/out"
    refuse "with a name server, its answer is called" "$amtsim" mei -- unshare -rn \
        "$here/name_server.py" chroot "$bare" /rpc "${call[@]}" </dev/null >"$work/out" 2>&1
    check "where nobody listens" grep -q "refused" "$work/out"
    mkdir "$bare/etc"
    echo "127.0.0.1 other.example name.example" >"$bare/etc/hosts"
    refuse "a name may be in /etc/hosts, too" alone "${call[@]}"
    refuse "which counts" grep -q "resolved" "$work/out"
else
    pass "an empty root is enough # SKIP no right to make one"
fi
finish
