"""The results as markdown, and the limits that they are held against."""

import operation as op
from statistics import median

HEAD = ["server", "CPU µs / request", "÷ bare", "÷ peer", "database µs", "requests / s", "× peer", "p50 ms", "p99 ms", "memory MB"]
BARE, PEER = "bare handlers", "node-oidc-provider"
# What the name of a set-up ends with whose database is full.
FILLED = ", filled"
# How many times its cost on an empty database an operation may cost on a full one.
FILLED_LIMIT = 1.3
FILLED_HEAD = [
    "operation", "server", "CPU µs, empty", "filled", "database µs, empty", "filled", "p99 ms, empty", "filled", "CPU, ÷ empty",
]


def row(cells):
    return "| " + " | ".join(cells) + " |"


def spread(values, digits=0):
    return f"{median(values):.{digits}f} ± {(max(values) - min(values)) / 2:.{digits}f}"


def ratio(values, other):
    return f"{median(values) / median(other):.2f}" if other else "–"


def section(name, results):
    """The rows of one operation."""
    bare, peer = results.get(BARE), results.get(PEER)
    yield f"\n### {name}\n"
    yield row(HEAD)
    yield "|" + "---|" * len(HEAD)
    for server, result in results.items():
        digits = 1 if median(result.cpu) < 100 else 0
        database = median(result.database)
        yield row([
            server, spread(result.cpu, digits), ratio(result.cpu, bare and bare.cpu), ratio(result.cpu, peer and peer.cpu),
            f"{database:.0f}" if database else "–", spread(result.rates), ratio(result.rates, peer and peer.rates),
            f"{result.p50:.2f}", f"{result.p99:.2f}", f"{result.memory:.0f}",
        ])


def filled(all_results):
    """What each operation costs on a full database, beside an empty one; the ratio is of server and database together."""
    yield "\n### Filled ÷ empty\n"
    yield row(FILLED_HEAD)
    yield "|" + "---|" * len(FILLED_HEAD)
    for operation, results in all_results.items():
        for server in [name for name in results if name + FILLED in results]:
            both = [results[server], results[server + FILLED]]
            costs, database = [median(one.cpu) for one in both], [median(one.database) for one in both]
            times = (costs[1] + database[1]) / (costs[0] + database[0])
            yield row([
                operation, server, *(f"{cost:.1f}" for cost in costs), *(f"{cost:.0f}" if any(database) else "–" for cost in database),
                *(f"{one.p99:.2f}" for one in both), f"{times:.2f}" if times <= FILLED_LIMIT else f"**{times:.2f}**",
            ])


def starts(about):
    """The rows of starting and idling."""
    yield "\n### Starting, and idling before the first password\n"
    yield row(["server", "ready on an existing database, ms", "first start, ms", "idle memory, MB"])
    yield "|" + "---|" * 4
    for name, found in about.items():
        yield row([name, f"{found['ready'] * 1e3:.0f}", f"{found['first'] * 1e3:.0f}", f"{found['idle']:.1f}"])


def flood(found):
    """The rows of client_credentials under a flood of logins."""
    yield "\n### client_credentials ES256 while logins flood in\n"
    yield row(["server", "requests / s", "p99 alone, ms", "p99 in the flood, ms", "highest memory MB"])
    yield "|" + "---|" * 5
    for name, (rate, alone, flooded, memory) in found.items():
        yield row([name, f"{rate:.0f}", f"{alone:.2f}", f"{flooded:.2f}", f"{memory:.0f}"])


def limits(about, all_results):
    """The limits that a release must keep, and whether it does."""
    yield "\n### Limits\n"
    yield row(["server", "what", "limit", "measured", "kept"])
    yield "|" + "---|" * 5
    for name, found in about.items():
        checks = [("ready, ms", 200, found["ready"] * 1e3), ("idle memory, MB", 25, found["idle"])]
        for operation, micros, times in [(op.CLIENT_ES256, 60, 1.6), (op.DISCOVERY, 20, 1.4), (op.PRIVATE_KEY_JWT, None, 1.2)]:
            if operation in all_results:
                cost, bare = median(all_results[operation][name].cpu), median(all_results[operation][BARE].cpu)
                checks += [(f"{operation}, CPU µs", micros, cost)] if micros else []
                checks += [(f"{operation}, ÷ bare", times, cost / bare)]
        for what, limit, value in checks:
            yield row([name, what, f"{limit}", f"{value:.2f}", "yes" if value <= limit else "**no**"])
