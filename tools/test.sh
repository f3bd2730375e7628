#!/usr/bin/env bash
# ./dev test: every test, with sanitizers. The last line is the count of all of them.
#   ./dev test           all of it
#   ./dev test NAME…     only the meson tests whose name is given (apf/*), with ASan and UBSan
source "$(dirname "$0")/setup.sh"
need build run test

export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=0:strict_string_checks=1:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1:suppressions=$PWD/tools/tsan.txt
export TSAN_OPTIONS
results=build/results
rm -rf "$results"
mkdir -p "$results"
failures=0

# A part that could not even run is one failure of its own.
broken() {
    say "not ok - $1" | tee -a "$results/broken.tap"
    failures=$((failures + 1))
}

# suite FOLDER NAME MESON-ARGUMENTS…: runs meson's tests, keeps their output for the count.
suite() {
    local folder=$1 name=$2
    shift 2
    "$python" /usr/bin/meson test -C "$folder" --no-rebuild --num-processes "$jobs" \
        --print-errorlogs "$@" </dev/null || true
    if [ -f "$folder/meson-logs/testlog.json" ]; then
        mv "$folder/meson-logs/testlog.json" "$results/$name.json"
    else
        broken "$name: meson ran no test"
    fi
}

if (configure build/asan -Dbuildtype=debugoptimized -Db_sanitize=address,undefined \
    -Db_lundef=false) && compile build/asan; then
    suite build/asan asan "$@"
else
    broken "build with ASan and UBSan"
fi

if [ $# -eq 0 ]; then
    for script in tests/e2e/*.sh; do
        [ -x "$script" ] || continue
        name=$(basename "$script" .sh)
        say "e2e $name"
        if ! OUTBAND_BUILD=$PWD/build/asan timeout 600 "$script" </dev/null 2>&1 |
            tee "$results/e2e_$name.tap"; then
            grep -q '^not ok' "$results/e2e_$name.tap" || broken "e2e $name ended early"
        fi
    done

    # The parts that use several threads, once more under TSan.
    threaded=()
    if (configure build/tsan -Dbuildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false); then
        mapfile -t threaded < <("$python" tools/tests_of_suite.py build/tsan threads)
        if [ ${#threaded[@]} -eq 0 ]; then
            say "no test is in the suite threads"
        elif compile build/tsan "${threaded[@]}"; then
            suite build/tsan tsan --suite threads
        else
            broken "build with TSan"
        fi
    else
        broken "set-up of the build with TSan"
    fi
fi

"$python" tools/count_tests.py "$results"
