#!/usr/bin/env bash
# ./dev fuzz [SECONDS] [NAME…]: runs each libFuzzer target (or those named) for so many seconds.
# New inputs are kept in build/fuzz/found/NAME; tests/fuzz/corpus/NAME is the seed.
source "$(dirname "$0")/setup.sh"
need build fuzz
seconds=30
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    seconds=$1
    shift
fi

CC=clang-14 configure build/fuzz -Dbuildtype=debugoptimized -Dfuzzing=true \
    -Db_sanitize=address,undefined -Db_lundef=false
compile build/fuzz
export ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-14

# fuzz_one PROGRAM: one target; prints "ok NAME runs" or the report.
fuzz_one() {
    local program=$1 name log
    name=$(basename "$program" _fuzz)
    local found=build/fuzz/found/$name corpora=()
    mkdir -p "$found" build/fuzz/crashes
    corpora=("$found")
    [ ! -d "tests/fuzz/corpus/$name" ] || corpora+=("tests/fuzz/corpus/$name")
    log=build/fuzz/$name.log
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/crashes/$name-" "${corpora[@]}" >"$log" 2>&1 </dev/null; then
        say "ok - fuzz $name, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
    else
        tail -60 "$log"
        say "not ok - fuzz $name"
        return 1
    fi
}
export -f fuzz_one say
export seconds

mapfile -t programs < <(find build/fuzz/tests -type f -name '*_fuzz' -perm -u+x | sort)
if [ $# -gt 0 ]; then
    wanted=("$@")
    mapfile -t programs < <(printf '%s\n' "${programs[@]}" |
        grep -E "/($(IFS='|'; printf '%s' "${wanted[*]}"))_fuzz$")
fi
[ ${#programs[@]} -gt 0 ] || die "no fuzz target"
mkdir -p build/results
# shellcheck disable=SC2016 # expanded by the inner shell
printf '%s\0' "${programs[@]}" |
    xargs -0 -P "$jobs" -I{} bash -c 'fuzz_one "$1" || exit 255' _ {} | tee build/results/fuzz.log ||
    true
! grep -q '^not ok' build/results/fuzz.log
