"""What is not a request's cost: client_credentials while logins flood in."""

import statistics
import subprocess
import threading

import operation as op
from load import latency, wrk
from process import memory_mb


def login_flood(server, oha, runs, seconds):
    """p99 of client_credentials in milliseconds, at a tenth of its capacity: alone, and under a flood of logins. Medians of the
    runs, and the process's memory at its highest after it."""
    token, login = server.operations[op.CLIENT_ES256], server.operations[op.LOGIN]
    rate = wrk(server, token, 1)[1] / 10
    alone, flooded = [], []
    for _ in range(runs):
        alone.append(latency(oha, server, token, rate, seconds)[1])
        flood = threading.Thread(target=wrk, args=(server, login, seconds + 1))
        flood.start()
        flooded.append(latency(oha, server, token, rate, seconds)[1])
        flood.join()
    return rate, statistics.median(alone), statistics.median(flooded), memory_mb(server.pid, "VmHWM")


def machine():
    """The machine and its load, in a line."""
    with open("/proc/cpuinfo") as info:
        names = [line.split(":")[1].strip() for line in info if line.startswith("model name")]
    with open("/proc/loadavg") as load:
        average = load.read().split()[0]
    kernel = subprocess.run(["uname", "-sr"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{len(names)} × {names[0] if names else 'unknown'}, {kernel}; load average before the run {average}"
