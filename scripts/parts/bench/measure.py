"""One operation on all servers: capacity and cost in runs that alternate between them, then latency at half the capacity."""

import statistics
from dataclasses import dataclass

from http1 import Browser
from load import latency, wrk
from process import cpu_seconds, memory_mb, tree_cpu_seconds

WARM_UP = 1
TEXTS_OF_WARM_UP = 500
# Families that are refreshed side by side.
FAMILIES = 512


@dataclass
class Result:
    """Of one operation on one server: a value a run, and what is measured once."""

    cpu: list
    database: list
    rates: list
    memory: float = 0
    p50: float = 0
    p99: float = 0


def verify(server, operation):
    """An answer as the operation promises it; else nothing is measured."""
    text = operation.texts(1)[0] if operation.texts else ""
    body = operation.body and operation.body.replace("TEXT", text)
    answer = Browser(server.port).send(operation.method, operation.path.replace("TEXT", text), body, operation.sent_headers())
    assert answer.status == operation.status, f"{server.name}, {operation.path}: {answer}"
    operation.verify(answer)


def texts(operation, wanted):
    """The texts for a run of so many requests; none where requests are all alike."""
    if operation.texts is None:
        return None
    return operation.texts(FAMILIES if operation.chained else wanted)


def closed_loop(server, operation, seconds, ready):
    """wrk's requests and rate. A run whose texts are used up ends then, not after its time."""
    ends_by_itself = ready is not None and not operation.chained
    return wrk(server, operation, 50 if ends_by_itself else seconds, ready)


def capacity(server, operation, seconds, expected, result):
    """One run of `seconds` at about `expected` requests a second."""
    operation.before()
    ready = texts(operation, int(expected * seconds))
    before, database = cpu_seconds(server.pid), tree_cpu_seconds(server.databases)
    requests, rate = closed_loop(server, operation, seconds, ready)
    result.cpu.append((cpu_seconds(server.pid) - before) / requests * 1e6)
    result.database.append((tree_cpu_seconds(server.databases) - database) / requests * 1e6)
    result.rates.append(rate)


def measured(servers, name, runs, seconds, oha):
    """The results of the servers that have this operation, by name."""
    taking = {server: server.operations[name] for server in servers if name in server.operations}
    results, expected = {}, {}
    for server, operation in taking.items():
        verify(server, operation)
        expected[server.name] = closed_loop(server, operation, WARM_UP, texts(operation, TEXTS_OF_WARM_UP))[1]
        results[server.name] = Result([], [], [])
    for _ in range(runs):
        for server, operation in taking.items():
            capacity(server, operation, seconds, expected[server.name], results[server.name])
    for server, operation in taking.items():
        operation.before()
        result = results[server.name]
        result.memory = memory_mb(server.pid)
        result.p50, result.p99 = latency(oha, server, operation, statistics.median(result.rates) / 2, seconds)
    return results
