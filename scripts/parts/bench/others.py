"""What Tessera is compared with: bare actix-web handlers (examples/bare.rs), and node-oidc-provider (scripts/bench-peer)."""

import json
import os
import urllib.parse

import checks
import operation as op
from clients import SECRET, Assertions, client_credentials, introspection, private_key_jwt, registration
from codes import Flow
from http1 import Browser
from operation import Operation, Server
from process import free_port


def bare(processes, binary):
    """The server, and the assertions that it makes for all."""
    port = free_port()
    process, _ = processes.start("bare", [binary, str(port)], port)
    jwks = json.loads(Browser(port).send("GET", "/keys").body)
    token = Browser(port).send("POST", "/es256", SECRET).json()["access_token"]
    access_token = lambda algorithm: checks.access_token(jwks, algorithm)
    assertions = Assertions(port, jwks)
    asserted = Operation(
        "/private-key-jwt", "TEXT", verify=access_token("ES256"), texts=assertions.made_for("bare"), shows='"access_token"',
    )
    return Server("bare handlers", process.pid, port, {
        op.DISCOVERY: Operation("/discovery"),
        op.JWKS: Operation("/jwks"),
        op.CLIENT_ES256: Operation("/es256", SECRET, verify=access_token("ES256")),
        op.PRIVATE_KEY_JWT: asserted,
        op.CLIENT_RS256: Operation("/rs256", SECRET, verify=access_token("RS256")),
        op.INTROSPECTION: Operation("/verify", token, verify=checks.active),
        op.OPAQUE: Operation("/verify", token, verify=checks.active),
        op.MEMORY: Operation("/verify", token, verify=checks.active),
        op.USERINFO: Operation("/verify", token, verify=checks.active),
        op.REFRESH: Operation("/es256-es256", SECRET, verify=checks.tokens(jwks, "ES256")),
        op.CODE_ES256: Operation("/es256-es256", SECRET, verify=checks.tokens(jwks, "ES256")),
        op.CODE_RS256: Operation("/es256-rs256", SECRET, verify=checks.tokens(jwks, "RS256")),
        op.LOGIN: Operation("/argon2id", "a password for the benchmark"),
    }), assertions


def peer(processes, node, program, packages, assertions):
    port = free_port()
    command = [node, program, str(port), json.dumps(assertions.jwks)]
    process, _ = processes.start("peer", command, port, env=os.environ | {"NODE_ENV": "production"}, cwd=packages)
    server = Server("node-oidc-provider", process.pid, port, {})
    browser = signed_in(port)
    jwks = json.loads(Browser(port).send("GET", "/jwks").body)
    flow = lambda client_id, secret, resource: Flow(server, browser, "/auth", "/token", client_id, secret, resource)
    codes = {algorithm: flow(f"web-{algorithm}", SECRET, "urn:ES256") for algorithm in ["ES256", "RS256"]}
    # Its userinfo takes opaque tokens alone, and its introspection knows no others.
    opaque = flow("web-ES256", SECRET, None).tokens()["access_token"]
    introspected = introspection("/token/introspection", opaque)
    server.operations = {
        op.DISCOVERY: Operation("/.well-known/openid-configuration", verify=checks.document("issuer", "jwks_uri")),
        op.JWKS: Operation("/jwks", verify=checks.document("keys")),
        op.CLIENT_ES256: client_credentials("/token", jwks, "ES256"),
        op.PRIVATE_KEY_JWT: private_key_jwt("/token", jwks, assertions.made_for(f"http://127.0.0.1:{port}")),
        op.CLIENT_RS256: client_credentials("/token", jwks, "RS256"),
        op.INTROSPECTION: introspected,
        op.OPAQUE: introspected,
        op.USERINFO: Operation("/me", headers={"Authorization": f"Bearer {opaque}"}, verify=checks.claims),
        op.REFRESH: flow("app", None, "urn:ES256").refreshing(checks.tokens(jwks, "ES256")),
        op.CODE_ES256: codes["ES256"].redeeming(checks.tokens(jwks, "ES256")),
        op.CODE_RS256: codes["RS256"].redeeming(checks.tokens(jwks, "RS256")),
        op.REGISTRATION: registration("/reg"),
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
