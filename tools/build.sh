#!/usr/bin/env bash
# ./dev build: the programs, optimised, in build/release.
source "$(dirname "$0")/setup.sh"
need build
build_release
for program in src/server/outband src/sim/amtsim src/obctl/obctl; do
    [ ! -x "build/release/$program" ] || say "build/release/$program"
done
