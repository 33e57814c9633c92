"""Measures servers that already run. Arguments: the folder with oha (or ''), then one or more JSON lists: [{name, pid, operations: {operation: {url, body?}}}].

Closed loop by wrk for capacity and CPU per request (user + system time of the process / requests), open loop by oha at half of
that for p50 and p99. Runs alternate between the servers. Prints a markdown table; each answer is verified before it is measured.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
CONNECTIONS = 32
TICKS = os.sysconf("SC_CLK_TCK")

LUA = """
wrk.method = "POST"
wrk.body = [==[%s]==]
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
"""


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) / 1024


def verify(operation, call):
    """An answer of 200 with what the operation promises; else nothing is measured."""
    body = call.get("body")
    request = urllib.request.Request(call["url"], data=body.encode() if body else None)
    with urllib.request.urlopen(request, timeout=10) as answer:
        content = answer.read()
        assert answer.status == 200, f"{answer.status} at {call['url']}"
    if body:
        parts = json.loads(content)["access_token"].split(".")
        assert len(parts) == 3, f"{operation} gave no JWT"


def wrk(call, seconds):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if call.get("body"):
            script.write(LUA % call["body"])
            script.flush()
            command += ["-s", script.name]
        text = subprocess.run(command + [call["url"]], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in text and "Socket errors" not in text, text
    return int(re.search(r"(\d+) requests in", text).group(1)), float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


def capacity(server, call):
    before = cpu_seconds(server["pid"])
    requests, rate = wrk(call, SECONDS)
    return (cpu_seconds(server["pid"]) - before) / requests * 1e6, rate


def latency(oha, call, rate):
    command = [oha, "--no-tui", "--output-format", "json", "-z", f"{SECONDS}s", "-q", str(max(1, int(rate))), "-c", "64"]
    command += ["--latency-correction"]
    if call.get("body"):
        command += ["-m", "POST", "-d", call["body"], "-T", "application/x-www-form-urlencoded"]
    report = json.loads(subprocess.run(command + [call["url"]], capture_output=True, text=True, check=True).stdout)
    assert set(report["statusCodeDistribution"]) == {"200"}, report["statusCodeDistribution"]
    return report["latencyPercentiles"]["p50"] * 1e3, report["latencyPercentiles"]["p99"] * 1e3


def spread(values):
    middle = statistics.median(values)
    return f"{middle:.0f} ± {(max(values) - min(values)) / 2:.0f}"


def measure(servers, operation):
    taking = [server for server in servers if operation in server["operations"]]
    for server in taking:
        verify(operation, server["operations"][operation])
        wrk(server["operations"][operation], 1)
    runs = {server["name"]: [] for server in taking}
    for _ in range(RUNS):
        for server in taking:
            runs[server["name"]].append(capacity(server, server["operations"][operation]))
    return runs


def rows(oha, servers, operation):
    runs = measure(servers, operation)
    floor = statistics.median(cpu for cpu, _ in runs["bare"]) if "bare" in runs else None
    for server in (it for it in servers if it["name"] in runs):
        costs, rates = zip(*runs[server["name"]])
        ratio = f"{statistics.median(costs) / floor:.2f}" if floor else "-"
        half = statistics.median(rates) / 2
        p50, p99 = latency(oha, server["operations"][operation], half) if oha else (float("nan"), float("nan"))
        yield [operation, server["name"], spread(costs), spread(rates), ratio, f"{p50:.2f}", f"{p99:.2f}", f"{memory_mib(server['pid']):.0f}"]


def main():
    oha, servers = sys.argv[1], [server for text in sys.argv[2:] for server in json.loads(text)]
    head = ["operation", "server", "CPU µs / request", "requests / s", "CPU ÷ bare", "p50 ms", "p99 ms", "memory MiB"]
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for operation in dict.fromkeys(name for server in servers for name in server["operations"]):
        for row in rows(oha, servers, operation):
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
