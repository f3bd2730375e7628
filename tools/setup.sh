# Sourced by the scripts behind ./dev: shell options, installing packages, configuring builds.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Debian's own interpreter: the one that has python3-yaml.
python=/usr/bin/python3
jobs=$(nproc)
export jobs LC_ALL=C.UTF-8

say() {
    printf '%s\n' "$*"
}

die() {
    printf './dev: %s\n' "$*" >&2
    exit 1
}

# need GROUP…: installs the packages of these groups of tools/packages.txt that are missing.
need() {
    local group package missing=() sudo=()
    command -v dpkg-query >/dev/null || die "this needs Debian 12; elsewhere install tools/packages.txt by hand"
    while read -r group package; do
        case " $* " in
        *" $group "*)
            # A program that is there counts as installed: some packages of nodejs bring npm along.
            # shellcheck disable=SC2016 # the field is dpkg-query's, not the shell's
            dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^.i' ||
                command -v "$package" >/dev/null || missing+=("$package")
            ;;
        esac
    done < <(grep -v '^#' tools/packages.txt | grep .)
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "packages are missing and there is neither root nor sudo to install them: ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${sudo[@]}" apt-get update -qq &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        die "could not install: ${missing[*]}"
    fi
    rm -f "$log"
}

# configure FOLDER MESON-ARGUMENTS…: sets the build folder up; again when the arguments changed.
configure() {
    local folder=$1
    shift
    local arguments="${CC:-gcc} $*"
    if [ ! -f "$folder/build.ninja" ] || [ "$(cat "$folder/arguments" 2>/dev/null)" != "$arguments" ]; then
        rm -rf "$folder"
        mkdir -p "$folder"
        local log="$folder.log"
        if ! CC=${CC:-gcc} "$python" /usr/bin/meson setup "$folder" "$@" >"$log" 2>&1 </dev/null; then
            cat "$log" >&2
            die "could not configure $folder"
        fi
        rm -f "$log"
        printf '%s\n' "$arguments" >"$folder/arguments"
    fi
    # What meson says of its tests is of the sources as they are, not as they were.
    ninja -C "$folder" --quiet build.ninja >/dev/null
}

# compile FOLDER [TARGET…]: quiet unless something is wrong or takes long.
compile() {
    local folder=$1
    shift
    if [ -t 1 ]; then
        ninja -C "$folder" "$@"
    else
        ninja -C "$folder" --quiet "$@"
    fi
}

build_release() {
    configure build/release -Dbuildtype=release -Ddebug=true
    compile build/release
}

# rpc-static, which is one file without libraries: compiled for size in a folder of its own.
build_static() {
    configure build/static -Dbuildtype=minsize -Dprefer_static=true
    compile build/static src/rpc/rpc-static
}

# The agent as it is handed out: build/rpc, build/rpc-static and the libraries, stripped.
place_agent() {
    local from
    for from in build/release/src/rpc/{rpc,librpc.so,librpc-v2.so} build/static/src/rpc/rpc-static; do
        [ "build/${from##*/}" -nt "$from" ] || strip -o "build/${from##*/}" "$from"
    done
}

# The C sources under version control or about to be.
sources() {
    git ls-files --cached --others --exclude-standard -- 'src/*.[ch]' 'tests/*.[ch]' |
        while read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done
}
