"""Load: wrk in a closed loop for capacity and cost, oha in an open loop for latency (pacer.py where a text is used once)."""

import json
import os
import re
import subprocess
import tempfile

from pacer import paced

CONNECTIONS = 32
EACH = os.path.join(os.path.dirname(__file__), "each.lua")


def lua(value):
    """A value as Lua writes it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"[ {lua(key)} ] = {lua(item)}" for key, item in value.items()) + "}"
    return f"[==[{value}]==]"


def script(operation, texts):
    """wrk's script for an operation."""
    if texts is None:
        headers = lua(operation.sent_headers())
        return f"wrk.method, wrk.body, wrk.headers = {lua(operation.method)}, {lua(operation.body)}, {headers}\n"
    settings = {
        "method": operation.method, "path": operation.path, "body": operation.body, "headers": operation.sent_headers(),
        "status": operation.status, "shows": operation.shows, "shown_in": operation.shown_in,
        "chained": operation.chained, "texts": texts,
    }
    return f"settings = {lua({key: value for key, value in settings.items() if value is not None})}\ndofile({lua(EACH)})\n"


def wrk(server, operation, seconds, texts=None):
    """Requests answered and requests a second. `texts` are used once each; the run ends with them at the latest."""
    with tempfile.TemporaryDirectory() as folder:
        names = None
        if texts is not None:
            names = os.path.join(folder, "texts")
            with open(names, "w") as file:
                file.write("\n".join(texts))
        path = os.path.join(folder, "wrk.lua")
        with open(path, "w") as file:
            file.write(script(operation, names))
        url = server.url(operation).split("TEXT")[0]
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", path, url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    text = done.stdout + done.stderr
    each = re.search(r"each: (\d+) right, (\d+) wrong", text)
    right = "Non-2xx" not in text if texts is None else each is not None and each.group(2) == "0"
    assert right and not done.stderr, f"{server.name}, {operation.path}: wrong answers\n{text}"
    requests = int(each.group(1) if each else re.search(r"(\d+) requests in", text).group(1))
    assert requests, f"{server.name}, {operation.path}: no answer in {seconds} s"
    return requests, float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


def latency(oha, server, operation, rate, seconds):
    """p50 and p99 in milliseconds at `rate` requests a second, each counted from when it should have been sent."""
    if operation.texts is not None:
        return paced(server, operation, rate, seconds)
    command = [oha, "--no-tui", "--output-format", "json", "-z", f"{seconds}s", "-q", str(max(1, int(rate))), "-c", "64", "-w"]
    command += ["--latency-correction", "-m", operation.method]
    for name, value in operation.sent_headers().items():
        command += ["-H", f"{name}: {value}"]
    if operation.body is not None:
        command += ["-d", operation.body]
    report = json.loads(subprocess.run([*command, server.url(operation)], capture_output=True, text=True, check=True).stdout)
    statuses = report["statusCodeDistribution"]
    assert set(statuses) == {str(operation.status)}, f"{server.name}, {operation.path}: {statuses}"
    return report["latencyPercentiles"]["p50"] * 1e3, report["latencyPercentiles"]["p99"] * 1e3
