"""The benchmark. Started by scripts/bench, which builds and installs; prints markdown. Environment: BENCH_RUNS and BENCH_SECONDS,
the runs of each operation and their length; BENCH_ONLY, parts of the names of operations; BENCH_SERVERS, parts of names of servers.

Closed loop by wrk for capacity and cost, open loop at half of it for p50 and p99. Runs alternate between the servers.
"""

import argparse
import os
import signal
import sys
import tempfile
import time

import around
import operation as op
import table
from measure import measured
from others import bare, peer
from process import Processes
from tessera import Tessera

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "2"))


def arguments():
    parser = argparse.ArgumentParser()
    for name in ["binary", "bare", "node", "peer", "packages", "oha"]:
        parser.add_argument(f"--{name}", required=True)
    for name in ["postgres", "redis"]:
        parser.add_argument(f"--{name}", help="URL and process id, with a comma between them")
    return parser.parse_args()


def wanted(name, variable):
    parts = os.environ.get(variable, "").split(",")
    return any(part.strip().lower() in name.lower() for part in parts)


def setups(given, processes):
    """Tessera with each set of stores."""
    yield Tessera("Tessera, SQLite", processes, given.binary, {})
    if given.postgres and given.redis:
        (postgres, first), (redis, second) = given.postgres.split(","), given.redis.split(",")
        environment = {"TESSERA__DATABASE__URL": postgres, "TESSERA__REDIS__URL": redis}
        yield Tessera("Tessera, PostgreSQL + Redis", processes, given.binary, environment, [first, second])


def say(lines):
    for line in lines:
        print(line, flush=True)


def main():
    # Ends the processes that were started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    given = arguments()
    begin = time.monotonic()
    names = [name for name in op.ALL if wanted(name, "BENCH_ONLY")]
    say([f"{around.machine()}. {RUNS} runs of {SECONDS} s each; ± is half the distance between the lowest and the highest."])
    with tempfile.TemporaryDirectory(prefix="tessera-bench.") as folder, Processes(folder) as processes:
        servers, about = [], {}
        for tessera in setups(given, processes):
            if wanted(tessera.name, "BENCH_SERVERS"):
                server, about[tessera.name] = tessera.prepare()
                servers.append(server)
        ours = list(servers)
        say(table.starts(about))
        servers.append(bare(processes, given.bare))
        if wanted(table.PEER, "BENCH_SERVERS"):
            servers.append(peer(processes, given.node, given.peer, given.packages))
        results = {}
        for name in names:
            print(f"{time.monotonic() - begin:.0f} s: {name}", file=sys.stderr)
            results[name] = measured(servers, name, RUNS, SECONDS, given.oha)
            say(table.section(name, results[name]))
        if op.LOGIN in names:
            say(table.flood({server.name: around.login_flood(server, given.oha, RUNS, SECONDS) for server in ours}))
        say(table.limits(about, results))
    print(f"{time.monotonic() - begin:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
