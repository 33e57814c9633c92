"""Tessera: a database of its own, clients and a user made by the command line, and what it is measured by."""

import json
import os
import re
import statistics
import subprocess
import time
import urllib.parse

import checks
import operation as op
from codes import REDIRECT_URI, Flow
from http1 import Browser
from operation import Operation, Server
from process import free_port, memory_mb

SECRET = "bench-secret-of-more-than-thirty-two-bytes"
PASSWORD = "a password for the benchmark"
EMAIL = "bench@example.com"
STARTS = 5


class Tessera:
    """One set-up: `name`, and the environment that names its stores."""

    def __init__(self, name, processes, binary, environment, databases=()):
        self.name, self.processes, self.binary, self.databases = name, processes, binary, list(databases)
        self.folder = os.path.join(processes.folder, re.sub(r"\W+", "-", name).lower())
        self.port = free_port()
        os.mkdir(self.folder)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("TESSERA_")}
        self.environment = inherited | {
            "TESSERA__SERVER__PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TESSERA__SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "TESSERA__SERVER__DATA_DIR": self.folder,
            # One person at one address signs in thousands of times here.
            "TESSERA__LIMITS__SIGN_IN": "100000000 per 1m",
            "TESSERA__LIMITS__SIGN_IN_ADDRESS": "100000000 per 1m",
        } | environment
        if "TESSERA__DATABASE__URL" in environment:
            keyring = os.path.join(self.folder, "keyring")
            self.run("keyring", "new", "--file", keyring)
            self.environment["TESSERA__KEYS__MASTER_FILE"] = keyring

    def run(self, *arguments, given=""):
        """A command of the binary, beside the server or without it."""
        command = [self.binary, *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, env=self.environment, cwd=self.folder)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def start(self):
        """Starts the server; returns the process and the seconds until it was ready."""
        name = os.path.basename(self.folder)
        return self.processes.start(name, [self.binary, "serve"], self.port, "/readyz", self.environment, self.folder)

    def fill(self):
        """Resource servers, clients and a user: what every operation needs."""
        self.run("user", "create", "--email", EMAIL, "--verified", "--name", "Bench", "--password-file", "-", given=PASSWORD)
        for algorithm in ["ES256", "RS256"]:
            self.run("resource-server", "create", f"urn:{algorithm}", "--alg", algorithm, "--scope", "read=Read")
        machine = ["--grant-type", "client_credentials", "--scope", "read"]
        self.client("bench", [*machine, "--auth-method", "client_secret_post", "--secret-file", "-"])
        signs_in = ["--redirect-uri", REDIRECT_URI, "--scope", "openid profile email", "--first-party", "--skip-consent"]
        signs_in += ["--grant-type", "authorization_code", "--grant-type", "refresh_token"]
        for algorithm in ["ES256", "RS256"]:
            confidential = ["--auth-method", "client_secret_post", "--secret-file", "-", "--id-token-alg", algorithm]
            self.client(f"web-{algorithm}", [*signs_in, *confidential])
        self.client("app", [*signs_in, "--public", "--id-token-alg", "ES256"])

    def client(self, client_id, options):
        self.run("client", "create", "--client-id", client_id, *options, given=SECRET)

    def prepare(self):
        """Makes the database, and measures starts on it. Returns the server, and what starting it was like."""
        process, first = self.start()
        self.fill()
        self.processes.stop(process)
        starts = []
        for _ in range(STARTS):
            process, seconds = self.start()
            starts.append(seconds)
            if len(starts) < STARTS:
                self.processes.stop(process)
        time.sleep(2)
        idle = memory_mb(process.pid)
        about = {"first": first, "ready": statistics.median(starts), "idle": idle}
        server = Server(self.name, process.pid, self.port, {}, self.databases)
        server.operations = self.operations(server)
        return server, about

    def sign_in(self):
        """A browser with a session, and the login form that it sent."""
        browser = Browser(self.port)
        page = browser.send("GET", "/login").body.decode()
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        form = urllib.parse.urlencode(fields | {"identifier": EMAIL, "password": PASSWORD})
        stranger = browser.cookie()
        answer = browser.send("POST", "/login", form)
        assert answer.status == 303, answer
        checks.signed_in(answer)
        return browser, Operation("/login", form, {"Cookie": stranger}, 303, checks.signed_in)

    def operations(self, server):
        browser, login = self.sign_in()
        jwks = json.loads(Browser(self.port).send("GET", "/oauth2/jwks").body)
        flows = {
            name: Flow(server, browser, "/oauth2/authorize", "/oauth2/token", name, secret)
            for name, secret in [("web-ES256", SECRET), ("web-RS256", SECRET), ("app", None)]
        }
        access_token = flows["web-ES256"].tokens()["access_token"]
        introspected = {"client_id": "web-ES256", "client_secret": SECRET, "token": access_token}
        return {
            op.DISCOVERY: Operation("/.well-known/openid-configuration", verify=checks.document("issuer", "jwks_uri")),
            op.JWKS: Operation("/oauth2/jwks", verify=checks.document("keys")),
            op.CLIENT_ES256: client_credentials(jwks, "ES256"),
            op.CLIENT_RS256: client_credentials(jwks, "RS256"),
            op.INTROSPECTION: Operation("/oauth2/introspect", urllib.parse.urlencode(introspected), verify=checks.active),
            op.USERINFO: Operation("/oauth2/userinfo", headers={"Authorization": f"Bearer {access_token}"}, verify=checks.claims),
            op.REFRESH: flows["app"].refreshing(checks.tokens(jwks, "ES256")),
            op.CODE_ES256: flows["web-ES256"].redeeming(checks.tokens(jwks, "ES256")),
            op.CODE_RS256: flows["web-RS256"].redeeming(checks.tokens(jwks, "RS256")),
            op.LOGIN: login,
        }


def client_credentials(jwks, algorithm):
    form = {
        "grant_type": "client_credentials", "client_id": "bench", "client_secret": SECRET, "resource": f"urn:{algorithm}",
    }
    verify = checks.access_token(jwks, algorithm)
    return Operation("/oauth2/token", urllib.parse.urlencode(form), verify=verify)
