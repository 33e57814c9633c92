# shellcheck shell=bash
# What the tests and the benchmark need beside Rust. Sourced; owns every installation, starts nothing.
#
# Debian packages are installed where that is allowed (root, or sudo without a password), packages of npm and PyPI only into
# $clients below the target folder. What may not be installed is gathered in $missing and told all at once.

missing=()

may_install() {
    command -v apt-get >/dev/null || return 1
    [[ $EUID -eq 0 ]] || sudo -n true 2>/dev/null
}

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo -n "$@"; fi
}

# Installs Debian packages without letting any of them start a service.
apt_install() {
    local policy=/usr/sbin/policy-rc.d made=
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        made=yes
    fi
    local status=0
    as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >&2 || status=$?
    [[ -z $made ]] || as_root rm -f "$policy"
    return "$status"
}

# Where PostgreSQL's server programs are: PATH, else Debian's newest version. Prints a folder, or fails.
postgres_bin() {
    local folder
    if command -v initdb >/dev/null && command -v postgres >/dev/null; then
        dirname "$(readlink -f "$(command -v initdb)")"
        return
    fi
    folder=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [[ -x $folder/initdb ]] && echo "$folder"
}

chromium_path() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

has_pip() {
    python3 -m pip --version >/dev/null 2>&1
}

node_major() {
    local version
    version=$("$1" --version) && version=${version#v} && echo "${version%%.*}"
}

# Debian's part. Arguments: the names of what is needed, of: postgres redis openssl chromium node python wrk.
install_programs() {
    local want=() name
    for name in "$@"; do
        case $name in
            postgres) postgres_bin >/dev/null || want+=(postgresql) ;;
            redis) command -v redis-server >/dev/null || want+=(redis-server) ;;
            openssl) command -v openssl >/dev/null || want+=(openssl) ;;
            chromium) chromium_path >/dev/null || want+=(chromium fonts-liberation) ;;
            node)
                command -v node >/dev/null || want+=(nodejs)
                command -v npm >/dev/null || want+=(npm)
                ;;
            python) has_pip || want+=(python3 python3-pip) ;;
            wrk) command -v wrk >/dev/null || want+=(wrk) ;;
        esac
    done
    [[ ${#want[@]} -gt 0 ]] || return 0
    if may_install; then
        say "installing ${want[*]}"
        apt_install "${want[@]}" || missing+=("${want[@]}")
    else
        missing+=("${want[@]}")
    fi
}

# Whether $1 (a stamp) says that exactly the content of the other files was installed.
stamped() {
    local stamp=$1
    shift
    [[ -f $stamp && $(cat "$stamp") == "$(cat "$@" | sha256sum)" ]]
}

stamp() {
    local stamp=$1
    shift
    cat "$@" | sha256sum >"$stamp"
}

# A Node.js of 20 or later as $node: the one on PATH, else the pinned one that npm carries as a package.
install_node() {
    node=$(command -v node) || return 0
    [[ $(node_major "$node") -lt 20 ]] || return 0
    local version arch
    version=$(<"$root/tests/clients/node.txt")
    case $(uname -sm) in
        "Linux x86_64") arch=linux-x64 ;;
        "Linux aarch64") arch=linux-arm64 ;;
        *)
            missing+=("Node.js 20 or later")
            return 0
            ;;
    esac
    node=$clients/node-$version/node_modules/node-$arch/bin/node
    [[ -x $node ]] && return 0
    say "Node.js on PATH is too old; fetching $version from npm"
    npm install --prefix "$clients/node-$version" --no-audit --no-fund --loglevel=error "node-$arch@$version" >&2 ||
        missing+=("Node.js 20 or later")
}

# The packages of one package-lock.json ($1: its folder) below $2.
install_npm() {
    local from=$1 to=$2
    stamped "$to/.installed" "$from/package-lock.json" && return 0
    command -v npm >/dev/null || return 0
    say "installing the npm packages of ${from#"$root"/}"
    mkdir -p "$to"
    cp "$from/package.json" "$from/package-lock.json" "$to/"
    if PATH=$(dirname "$node"):$PATH npm ci --prefix "$to" --ignore-scripts --no-audit --no-fund --loglevel=error >&2; then
        stamp "$to/.installed" "$from/package-lock.json"
    else
        missing+=("the npm packages of ${from#"$root"/}/package-lock.json")
    fi
}

# The PyPI packages below $clients/python, with every hash checked. No virtual environment: many machines have pip without venv.
install_pypi() {
    local lock=$root/tests/clients/requirements.txt to=$clients/python
    has_pip || return 0
    python3 --version >"$clients/python-version" 2>&1
    stamped "$to/.installed" "$lock" "$clients/python-version" && return 0
    say "installing the PyPI packages of tests/clients"
    rm -rf "$to"
    mkdir -p "$to"
    if PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --no-input --disable-pip-version-check \
        --require-hashes --only-binary :all: --target "$to" -r "$lock" >&2; then
        stamp "$to/.installed" "$lock" "$clients/python-version"
    else
        missing+=("the PyPI packages of tests/clients/requirements.txt")
    fi
}

# Ends the program if anything is missing, and says what and how to get it.
stop_if_missing() {
    [[ ${#missing[@]} -gt 0 ]] || return 0
    {
        printf '\nThese are missing, and could not be installed from here:\n'
        printf '    %s\n' "${missing[@]}"
        printf 'On Debian or Ubuntu, as root:\n'
        printf '    apt-get install postgresql redis-server openssl chromium nodejs npm python3 python3-pip\n'
        printf 'Elsewhere: PostgreSQL 14 or later, Redis 6.2 or later (built with TLS), the openssl program, Chromium, Node.js 20 or later with npm, Python 3.10 or later with pip.\n'
        printf 'Packages of npm and PyPI go to %s only.\n' "$clients"
    } >&2
    exit 3
}
