#!/usr/bin/env bash
# ./dev bench: measures the release build and prints the table of README.md. Arguments go to
# tests/bench/bench.py (--tunnels N, --hold SECONDS, --seconds SECONDS, --json FILE,
# --only relays|provisioning|agent).
#   ./dev bench | tools/readme.py bench    puts the table into README.md
source "$(dirname "$0")/setup.sh"
need build run >&2
build_release >&2
build_static >&2
exec "$python" tests/bench/bench.py build/release "$@"
