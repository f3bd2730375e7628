#!/usr/bin/env bash
# ./dev fmt: formats every C source in place.
source "$(dirname "$0")/setup.sh"
need lint
sources | xargs -r clang-format-14 -i
