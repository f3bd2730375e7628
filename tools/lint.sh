#!/usr/bin/env bash
# ./dev lint: everything that is checked without running. All parts run; it fails if one failed.
# "./dev lint rooms" runs one part: rooms, format, shell, cppcheck, tidy.
source "$(dirname "$0")/setup.sh"

check_rooms() {
    local status=0
    "$python" tools/check_rooms.py || status=1
    "$python" tools/readme.py check || status=1
    "$python" tools/compatibility.py check || status=1
    return "$status"
}

check_format() {
    sources | xargs -r clang-format-14 --dry-run --Werror
}

check_shell() {
    git ls-files --cached --others --exclude-standard -- dev .ci/run '*.sh' |
        xargs -r shellcheck
}

check_cppcheck() {
    mkdir -p build/cppcheck
    cppcheck --quiet -j "$jobs" --std=c11 --language=c -I src -D_GNU_SOURCE -D__x86_64__ \
        --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppressions-list=tools/cppcheck.txt --cppcheck-build-dir=build/cppcheck src
}

# Compiles everything with clang, which is a check of its own, then runs clang-tidy on the files
# whose text or headers changed since they last passed (build/lint/tidy holds their checksums).
check_tidy() {
    CC=clang-14 configure build/lint -Dbuildtype=debugoptimized
    compile build/lint
    "$python" tools/tidy.py build/lint "$jobs"
}

need build lint
status=0
[ $# -gt 0 ] || set -- rooms format shell cppcheck tidy
for part in "$@"; do
    started=$SECONDS
    if "check_$part"; then
        say "lint: $part ok ($((SECONDS - started)) s)"
    else
        say "lint: $part FAILED"
        status=1
    fi
done
exit $status
