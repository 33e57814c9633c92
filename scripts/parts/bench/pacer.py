"""An open loop for requests that each need a text of their own, which oha cannot: it takes its bodies at random.

Requests are sent when they are due, over 64 connections kept open; the time of one counts from when it was due, so that a
server that falls behind is not spared. Every answer's status is checked. One core of Python sends some 5,000 a second.
"""

import asyncio
import gc
import re
import selectors
import time
from collections import deque

CONNECTIONS = 64
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """Sends one request at a time and tells when its answer is whole."""

    def __init__(self, idle):
        self.idle, self.buffer, self.answered = idle, b"", lambda *_: None

    def connection_lost(self, error):
        self.answered(0, b"", b"the connection was lost")

    def connection_made(self, transport):
        self.transport = transport
        self.idle.append(self)

    def send(self, request, answered):
        self.buffer, self.answered = b"", answered
        assert not self.transport.is_closing(), "the server has closed a connection"
        self.transport.write(request)

    def data_received(self, data):
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if end and len(body) >= int(length.group(1) if length else 0):
            self.idle.append(self)
            self.answered(int(head[9:12]), head, body)


def written(server, operation, text):
    """A request, as bytes."""
    path = operation.path.replace("TEXT", text)
    body = (operation.body or "").replace("TEXT", text).encode()
    head = [f"{operation.method} {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", f"Content-Length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in operation.sent_headers().items()]
    return "\r\n".join([*head, "", ""]).encode() + body


async def connected(server, count, idle):
    for _ in range(count):
        await asyncio.get_running_loop().create_connection(lambda: Connection(idle), "127.0.0.1", server.port)


async def disconnected(idle):
    """Closes what has been answered; left to the garbage collector, which rests meanwhile, the sockets of many runs add up."""
    for connection in idle:
        connection.answered = lambda *_: None
        connection.transport.abort()
    await asyncio.sleep(0)


def shown(operation, head, body):
    """What an answer shows in the place that the operation names."""
    if operation.shown_in == "body":
        place = body
    else:
        place = re.search(rb"(?im)^" + operation.shown_in.encode() + rb": *(.*)$", head)
        place = place.group(1) if place else b""
    # Python's patterns and Lua's agree in all that is used here.
    found = re.search(operation.shows.encode(), place)
    return found and (found.group(1) if found.groups() else found.group()).decode()


async def run(server, operation, rate, seconds, texts):
    idle, texts, times, wrong = deque(), deque(texts), [], []
    await connected(server, CONNECTIONS, idle)

    def answered(due, status, head, body):
        times.append(time.perf_counter() - due)
        found = shown(operation, head, body)
        if status != operation.status or not found:
            wrong.append((status, body[:200]))
        elif operation.chained:
            texts.append(found)

    begin = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        while time.perf_counter() < due or not idle or not texts:
            assert not wrong, f"{server.name}, {operation.path}: {wrong[0]}"
            await asyncio.sleep(max(0, min(due - time.perf_counter(), 0.001)))
        request = written(server, operation, texts.popleft())
        idle.popleft().send(request, lambda *answer, due=due: answered(due, *answer))
    while len(idle) < CONNECTIONS:
        await asyncio.sleep(0.001)
    assert not wrong, f"{server.name}, {operation.path}: {wrong[0]}"
    await disconnected(idle)
    return times


async def gather(server, operation, texts):
    idle, found, wrong = deque(), [], []

    def answered(status, head, body):
        if status == operation.status:
            found.append(shown(operation, head, body))
        else:
            wrong.append((status, body[:200]))

    await connected(server, CONNECTIONS, idle)
    for text in texts:
        while not idle:
            await asyncio.sleep(0)
        assert not wrong, f"{server.name}, {operation.path}: {wrong[0]}"
        idle.popleft().send(written(server, operation, text), answered)
    while len(found) + len(wrong) < len(texts):
        await asyncio.sleep(0)
    assert not wrong, f"{server.name}, {operation.path}: {wrong[0]}"
    await disconnected(idle)
    return found


def run_until_done(work):
    # select's time-outs are in microseconds, epoll's in milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    gc.disable()
    try:
        return loop.run_until_complete(asyncio.wait_for(work, 120))
    finally:
        gc.enable()
        loop.close()


def gathered(server, operation, texts):
    """What the answers to one request for each text show, as fast as they come."""
    return run_until_done(gather(server, operation, texts))


def paced(server, operation, rate, seconds):
    """p50 and p99 in milliseconds."""
    texts = operation.texts(512 if operation.chained else int(rate * seconds) + 1)
    times = sorted(run_until_done(run(server, operation, rate, seconds, texts)))
    return times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3
