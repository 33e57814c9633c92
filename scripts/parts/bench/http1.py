"""A browser small enough for the benchmark: cookies, one connection, no redirects followed."""

import http.client
import json
import urllib.parse
from dataclasses import dataclass

FORM = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)

    def location(self):
        """The parameters of the address that the answer leads to."""
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.headers["location"]).query))


class Browser:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.cookies = {}

    def cookie(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def send(self, method, path, body=None, headers=None):
        """Sends `body`, pairs of a form or a ready text: a form too, unless `headers` name its type."""
        sent = {} if body is None else {"Content-Type": FORM}
        sent |= headers or {}
        if self.cookies:
            sent["Cookie"] = self.cookie()
        self.connection.request(method, path, urllib.parse.urlencode(body) if isinstance(body, dict) else body, sent)
        response = self.connection.getresponse()
        headers = {}
        for name, value in response.getheaders():
            headers.setdefault(name.lower(), []).append(value)
        for cookie in headers.get("set-cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, {name: ", ".join(values) for name, values in headers.items()}, response.read())
