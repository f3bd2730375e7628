#!/usr/bin/env bash
# ./dev build: the programs, optimised, in build/release; the agent, stripped, in build.
source "$(dirname "$0")/setup.sh"
need build
build_release
build_static
place_agent
for program in src/server/outband src/sim/amtsim src/obctl/obctl; do
    [ ! -x "build/release/$program" ] || say "build/release/$program"
done
for file in rpc rpc-static librpc.so librpc-v2.so; do
    say "build/$file ($(stat -c %s "build/$file") bytes)"
done
