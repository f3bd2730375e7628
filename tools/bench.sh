#!/usr/bin/env bash
# ./dev bench: measures the release build and prints the table of README.md. Arguments go to
# tests/bench/bench.py (--tunnels N, --hold SECONDS, --seconds SECONDS, --json FILE).
source "$(dirname "$0")/setup.sh"
need build run
build_release
exec "$python" tests/bench/bench.py build/release "$@"
