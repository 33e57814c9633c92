"""A set-up of Tessera: a database of its own, and the clients and the user that are made by the command line."""

import json
import os
import re
import statistics
import subprocess
import tempfile
import time

from clients import SECRET, SIGNS
from codes import REDIRECT_URI
from operation import Server
from process import free_port, memory_mb

PASSWORD = "a password for the benchmark"
EMAIL = "bench@example.com"
STARTS = 5


class SetUp:
    """`name`, and the stores that it writes to. What is measured there, `operations`, is for who inherits."""

    settings = {}

    def __init__(self, name, processes, binary, stores, assertions):
        self.name, self.processes, self.binary, self.stores, self.assertions = name, processes, binary, stores, assertions
        self.folder = tempfile.mkdtemp(prefix=re.sub(r"\W+", "-", f"{name} ").lower(), dir=processes.folder)
        self.port = free_port()
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("TESSERA_")}
        self.environment = inherited | {
            "TESSERA__SERVER__PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TESSERA__SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "TESSERA__SERVER__DATA_DIR": self.folder,
            # One person at one address signs in thousands of times here, and so do applications register.
            "TESSERA__LIMITS__SIGN_IN": "100000000 per 1m",
            "TESSERA__LIMITS__SIGN_IN_ADDRESS": "100000000 per 1m",
            "TESSERA__LIMITS__REGISTRATION": "100000000 per 1m",
            "TESSERA__REGISTRATION__MODE": "open",
            "TESSERA__REGISTRATION__MAX_UNUSED": "1000000000",
            # The one that is introspected lives as long as the run.
            "TESSERA__LIFETIMES__ACCESS_TOKEN": "1h",
        } | stores.environment | self.settings
        if "TESSERA__DATABASE__URL" in self.environment:
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
        self.run("resource-server", "create", "urn:opaque", "--format", "opaque", "--scope", "read=Read")
        machine = ["--grant-type", "client_credentials", "--scope", "read"]
        self.client("bench", [*machine, "--auth-method", "client_secret_post", "--secret-file", "-"])
        self.client(SIGNS, [*machine, "--auth-method", "private_key_jwt", "--metadata", self.metadata()])
        signs_in = ["--redirect-uri", REDIRECT_URI, "--scope", "openid profile email", "--first-party", "--skip-consent"]
        signs_in += ["--grant-type", "authorization_code", "--grant-type", "refresh_token"]
        for algorithm in ["ES256", "RS256"]:
            confidential = ["--auth-method", "client_secret_post", "--secret-file", "-", "--id-token-alg", algorithm]
            self.client(f"web-{algorithm}", [*signs_in, *confidential])
        self.client("app", [*signs_in, "--public", "--id-token-alg", "ES256"])

    def client(self, client_id, options):
        self.run("client", "create", "--client-id", client_id, *options, given=SECRET)

    def metadata(self):
        """A file with the key of the client that signs."""
        path = os.path.join(self.folder, "metadata.json")
        with open(path, "w") as file:
            json.dump({"jwks": self.assertions.jwks}, file)
        return path

    def while_stopped(self):
        """What is done to the database before the server starts on it again."""

    def prepare(self):
        """Makes the database, and measures starts on it. Returns the server, and what starting it was like."""
        process, first = self.start()
        self.fill()
        self.processes.stop(process)
        self.while_stopped()
        starts = []
        for _ in range(STARTS):
            process, seconds = self.start()
            starts.append(seconds)
            if len(starts) < STARTS:
                self.processes.stop(process)
        time.sleep(2)
        idle = memory_mb(process.pid)
        about = {"first": first, "ready": statistics.median(starts), "idle": idle}
        server = Server(self.name, process.pid, self.port, {}, list(self.stores.processes))
        server.operations = self.operations(server)
        return server, about
