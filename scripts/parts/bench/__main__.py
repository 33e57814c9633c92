"""The benchmark. Started by scripts/bench, which builds and installs; prints markdown. Environment: BENCH_RUNS and BENCH_SECONDS,
the runs of each operation and their length; BENCH_ONLY, parts of the names of operations; BENCH_SERVERS, parts of names of servers.
With --filled it measures Tessera alone, each set-up beside one whose database is full.

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
from stores import Postgres, Sqlite
from tessera import Filled, Remembering, Tessera

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "2"))


def arguments():
    parser = argparse.ArgumentParser()
    for name in ["binary", "bare", "node", "peer", "packages", "oha", "psql"]:
        parser.add_argument(f"--{name}", required=True)
    for name in ["postgres", "redis"]:
        parser.add_argument(f"--{name}", required=True, help="URL and process id, with a comma between them")
    parser.add_argument("--filled", action="store_true")
    return parser.parse_args()


def wanted(name, variable):
    parts = os.environ.get(variable, "").split(",")
    return any(part.strip().lower() in name.lower() for part in parts)


def setups(given, processes, assertions):
    """Tessera with each set of stores, and beside each what differs from it in one thing."""
    names = ["Tessera, SQLite", "Tessera, PostgreSQL + Redis"]
    kinds = [Tessera, Filled] if given.filled else [Tessera, Remembering]
    for name in names:
        if wanted(name, "BENCH_SERVERS"):
            for number, kind in enumerate(kinds):
                stores = Sqlite() if name == names[0] else Postgres(given, f"bench{number}", number)
                shown = f"{name}{table.FILLED}" if kind is Filled else name
                yield kind(shown, processes, given.binary, stores, assertions)


def say(lines):
    for line in lines:
        print(line, flush=True)


def prepared(given, processes):
    """The servers to measure, and what starting each set-up of Tessera was like."""
    floor, assertions = bare(processes, given.bare)
    servers, about = [], {}
    for tessera in setups(given, processes, assertions):
        server, starts = tessera.prepare()
        servers.append(server)
        # The second of a name only remembers answers.
        about.setdefault(server.name, starts)
    if not given.filled:
        servers.append(floor)
        if wanted(table.PEER, "BENCH_SERVERS"):
            servers.append(peer(processes, given.node, given.peer, given.packages, assertions))
    return servers, about


def report(given, servers, about):
    """Measures and says each operation, then what is drawn from all of them."""
    begin, results = time.monotonic(), {}
    say(table.starts(about))
    for name in op.ALL:
        if wanted(name, "BENCH_ONLY") and any(name in server.operations for server in servers):
            print(f"{time.monotonic() - begin:.0f} s: {name}", file=sys.stderr)
            results[name] = measured(servers, name, RUNS, SECONDS, given.oha)
            say([] if given.filled else table.section(name, results[name]))
    if given.filled:
        say(table.filled(results))
        return
    if op.LOGIN in results:
        ours = [server for server in servers if server.name in about and op.LOGIN in server.operations]
        say(table.flood({server.name: around.login_flood(server, given.oha, RUNS, SECONDS) for server in ours}))
    say(table.limits(about, results))


def main():
    # Ends the processes that were started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    given = arguments()
    begin = time.monotonic()
    say([f"{around.machine()}. {RUNS} runs of {SECONDS} s each; ± is half the distance between the lowest and the highest."])
    with tempfile.TemporaryDirectory(prefix="tessera-bench.") as folder, Processes(folder) as processes:
        report(given, *prepared(given, processes))
    print(f"{time.monotonic() - begin:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
