# shellcheck shell=bash
# Throwaway PostgreSQL and Redis in $scratch. Sourced; owns starting and stopping them, and touches no others.

started=()

# How PostgreSQL writes: for tests it need not survive the machine. The benchmark empties this.
postgres_settings=(-c fsync=off -c full_page_writes=off)

# A port of the loopback that nobody listens on.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null || break
    done
    echo "$port"
}

# The user who runs the servers: PostgreSQL refuses to run as root.
server_user() {
    [[ $EUID -eq 0 ]] || return 0
    if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

# Sets $command so that what follows runs as that user, and dies with this script even if the script is killed.
server_command() {
    command=()
    local user
    user=$(server_user)
    if command -v setpriv >/dev/null; then
        command=(setpriv --pdeathsig TERM)
        [[ -z $user ]] || command+=(--reuid "$user" --regid "$(id -g "$user")" --clear-groups)
    elif [[ -n $user ]]; then
        command=(runuser -u "$user" --)
    fi
}

# Runs "$@" until it succeeds; gives up after 20 seconds, or at once if process $1 has ended.
await() {
    local pid=$1 tries=200
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null && ((--tries > 0)) || return 1
        sleep 0.1
    done
}

start_postgres() {
    local bin folder=$scratch/postgres command port pid try
    bin=$(postgres_bin)
    server_command
    mkdir "$folder"
    [[ $EUID -ne 0 ]] || chown "$(server_user)" "$folder"
    (cd "$folder" && HOME=$folder "${command[@]}" "$bin/initdb" --pgdata="$folder/data" --username=tessera --auth=trust \
        --encoding=UTF8 --locale=C --no-sync >"$scratch/initdb.log" 2>&1) || { cat "$scratch/initdb.log" >&2 && return 1; }
    for try in 1 2 3 4 5; do
        port=$(free_port)
        "${command[@]}" "$bin/postgres" -D "$folder/data" -k "$folder" -p "$port" -c listen_addresses=127.0.0.1 \
            -c max_connections=200 "${postgres_settings[@]}" -c log_min_messages=fatal \
            </dev/null >"$scratch/postgres.log" 2>&1 &
        pid=$!
        started+=("$pid")
        if await "$pid" "$bin/pg_isready" -h 127.0.0.1 -p "$port"; then
            export TESSERA_TEST_POSTGRES=postgres://tessera@127.0.0.1:$port/postgres
            return 0
        fi
        kill -TERM "$pid" 2>/dev/null
        wait "$pid"
    done
    echo "PostgreSQL did not start ($try tries):" >&2
    cat "$scratch/postgres.log" >&2
    return 1
}

redis_answers() {
    local answer
    exec 9<>/dev/tcp/127.0.0.1/"$1" || return 1
    printf 'PING\r\n' >&9
    read -r -t 2 answer <&9
    exec 9>&-
    [[ $answer == +PONG* ]]
}

start_redis() {
    local folder=$scratch/redis command port pid try
    server_command
    mkdir "$folder"
    [[ $EUID -ne 0 ]] || chown "$(server_user)" "$folder"
    for try in 1 2 3 4 5; do
        port=$(free_port)
        "${command[@]}" "$(command -v redis-server)" --port "$port" --bind 127.0.0.1 --dir "$folder" --save '' --appendonly no \
            --daemonize no </dev/null >"$scratch/redis.log" 2>&1 &
        pid=$!
        started+=("$pid")
        if await "$pid" redis_answers "$port"; then
            export TESSERA_TEST_REDIS=redis://127.0.0.1:$port/
            return 0
        fi
        kill -TERM "$pid" 2>/dev/null
        wait "$pid"
    done
    echo "Redis did not start ($try tries):" >&2
    cat "$scratch/redis.log" >&2
    return 1
}

# Servers of its own, unless the environment names those of `scripts/test servers`.
start_servers() {
    chmod 755 "$scratch"
    [[ -n ${TESSERA_TEST_POSTGRES:-} ]] || start_postgres || return 1
    [[ -n ${TESSERA_TEST_REDIS:-} ]] || start_redis || return 1
}

# SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients.
stop_servers() {
    local pid
    for pid in "${started[@]}"; do kill -INT "$pid" 2>/dev/null; done
    for pid in "${started[@]}"; do wait "$pid" 2>/dev/null; done
    started=()
}
