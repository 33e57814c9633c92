"""What Tessera is compared with: bare actix-web handlers (examples/bare.rs), and node-oidc-provider (scripts/bench-peer)."""

import json
import os
import urllib.parse

import checks
import operation as op
from codes import Flow
from http1 import Browser
from operation import Operation, Server
from process import free_port
from tessera import SECRET


def bare(processes, binary):
    port = free_port()
    process, _ = processes.start("bare", [binary, str(port)], port)
    jwks = json.loads(Browser(port).send("GET", "/keys").body)
    token = Browser(port).send("POST", "/es256", SECRET).json()["access_token"]
    access_token = lambda algorithm: checks.access_token(jwks, algorithm)
    return Server("bare handlers", process.pid, port, {
        op.DISCOVERY: Operation("/discovery"),
        op.JWKS: Operation("/jwks"),
        op.CLIENT_ES256: Operation("/es256", SECRET, verify=access_token("ES256")),
        op.CLIENT_RS256: Operation("/rs256", SECRET, verify=access_token("RS256")),
        op.INTROSPECTION: Operation("/verify", token, verify=checks.active),
        op.USERINFO: Operation("/verify", token, verify=checks.active),
        op.REFRESH: Operation("/es256-es256", SECRET, verify=checks.tokens(jwks, "ES256")),
        op.CODE_ES256: Operation("/es256-es256", SECRET, verify=checks.tokens(jwks, "ES256")),
        op.CODE_RS256: Operation("/es256-rs256", SECRET, verify=checks.tokens(jwks, "RS256")),
        op.LOGIN: Operation("/argon2id", "a password for the benchmark"),
    })


def peer(processes, node, program, packages):
    port = free_port()
    command = [node, program, str(port)]
    process, _ = processes.start("peer", command, port, env=os.environ | {"NODE_ENV": "production"}, cwd=packages)
    server = Server("node-oidc-provider", process.pid, port, {})
    browser = signed_in(port)
    jwks = json.loads(Browser(port).send("GET", "/jwks").body)
    flow = lambda client_id, secret, resource: Flow(server, browser, "/auth", "/token", client_id, secret, resource)
    codes = {algorithm: flow(f"web-{algorithm}", SECRET, "urn:ES256") for algorithm in ["ES256", "RS256"]}
    # Its userinfo takes opaque tokens alone, and its introspection knows no others.
    opaque = flow("web-ES256", SECRET, None).tokens()["access_token"]
    introspected = urllib.parse.urlencode({"client_id": "web-ES256", "client_secret": SECRET, "token": opaque})
    server.operations = {
        op.DISCOVERY: Operation("/.well-known/openid-configuration", verify=checks.document("issuer", "jwks_uri")),
        op.JWKS: Operation("/jwks", verify=checks.document("keys")),
        op.CLIENT_ES256: client_credentials(jwks, "ES256"),
        op.CLIENT_RS256: client_credentials(jwks, "RS256"),
        op.INTROSPECTION: Operation("/token/introspection", introspected, verify=checks.active),
        op.USERINFO: Operation("/me", headers={"Authorization": f"Bearer {opaque}"}, verify=checks.claims),
        op.REFRESH: flow("app", None, "urn:ES256").refreshing(checks.tokens(jwks, "ES256")),
        op.CODE_ES256: codes["ES256"].redeeming(checks.tokens(jwks, "ES256")),
        op.CODE_RS256: codes["RS256"].redeeming(checks.tokens(jwks, "RS256")),
    }
    return server


def signed_in(port):
    """A browser with a session: its interaction answers with the one user at once."""
    browser = Browser(port)
    answer = browser.send("GET", Flow(Server("peer", 0, port, {}), browser, "/auth", "/token", "app").operation().path)
    for _ in range(5):
        if "code=" in answer.headers["location"]:
            return browser
        answer = browser.send("GET", urllib.parse.urlsplit(answer.headers["location"]).path)
    raise AssertionError(f"the peer asks on: {answer}")


def client_credentials(jwks, algorithm):
    form = {"grant_type": "client_credentials", "client_id": "bench", "client_secret": SECRET, "resource": f"urn:{algorithm}"}
    verify = checks.access_token(jwks, algorithm)
    return Operation("/token", urllib.parse.urlencode(form), verify=verify)
