"""Processes under measurement: starting and ending them, what they have used of processor and memory."""

import os
import re
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of a process so far."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def tree_cpu_seconds(pids):
    """The same of processes with their living children; of an ended child it is in its parent's account."""
    while True:
        try:
            return sum(own_and_childrens(pid) for pid in pids)
        except OSError:
            # A child has ended meanwhile. If it is one of `pids`, there is nothing to measure.
            for pid in pids:
                cpu_seconds(pid)


def own_and_childrens(pid):
    with open(f"/proc/{pid}/stat") as stat:
        own = sum(int(field) for field in stat.read().rsplit(")", 1)[1].split()[11:15]) / TICKS
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return own + sum(own_and_childrens(int(child)) for child in children.read().split())


def memory_mb(pid, field="VmRSS"):
    """Resident memory in megabytes (10⁶ bytes), now, or with `VmHWM` at its highest."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(rf"{field}:\s+(\d+)", status.read()).group(1)) * 1024 / 1e6


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port, path):
    """Whether a GET of `path` is answered with 200, 404 or a redirect: the server is there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).split(b" ", 2)[1:2] in ([b"200"], [b"404"])
    except OSError:
        return False


class Processes:
    """The processes of this run. Leaving the `with` block ends them all."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in list(self.running):
            self.stop(process)

    def start(self, name, command, port, path="/", env=None, cwd=None):
        """Starts a server; returns it and the seconds until it answered."""
        before = time.monotonic()
        with open(os.path.join(self.folder, f"{name}.log"), "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=cwd)
        self.running.append(process)
        while not answers(port, path):
            if process.poll() is not None or time.monotonic() - before > 20:
                with open(os.path.join(self.folder, f"{name}.log")) as log:
                    raise RuntimeError(f"{name} did not start:\n{log.read()}")
            time.sleep(0.001)
        return process, time.monotonic() - before

    def stop(self, process):
        self.running.remove(process)
        process.terminate()
        try:
            process.wait(timeout=35)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
