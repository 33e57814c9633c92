"""What Tessera is measured by, and the set-ups that differ from the usual one."""

import json
import re
import urllib.parse
from dataclasses import replace

import checks
import operation as op
import rows
from clients import SECRET, client_credentials, introspection, private_key_jwt, registration
from codes import Flow
from http1 import Browser
from operation import Operation
from setup import EMAIL, PASSWORD, SetUp


class Tessera(SetUp):
    """With the default settings."""

    def use_registrations(self):
        """Counts every application that has registered itself as used: each registration looks at all that wait to be used."""
        sql = "UPDATE clients SET used_at = created_at WHERE used_at IS NULL AND registrant = 'client'"
        self.stores.execute(self.folder, sql)

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
        return browser, Operation("/login", form, headers={"Cookie": stranger}, status=303, verify=checks.signed_in)

    def operations(self, server):
        browser, login = self.sign_in()
        jwks = json.loads(Browser(self.port).send("GET", "/oauth2/jwks").body)
        flows = {
            name: Flow(server, browser, "/oauth2/authorize", "/oauth2/token", name, secret)
            for name, secret in [("web-ES256", SECRET), ("web-RS256", SECRET), ("app", None)]
        }
        access_token = flows["web-ES256"].tokens()["access_token"]
        opaque = replace(flows["web-ES256"], resource="urn:opaque").tokens()["access_token"]
        assert "." not in opaque, "no opaque token"
        assertions = self.assertions.made_for(f"http://127.0.0.1:{self.port}")
        return {
            op.DISCOVERY: Operation("/.well-known/openid-configuration", verify=checks.document("issuer", "jwks_uri")),
            op.JWKS: Operation("/oauth2/jwks", verify=checks.document("keys")),
            op.CLIENT_ES256: client_credentials("/oauth2/token", jwks, "ES256"),
            op.PRIVATE_KEY_JWT: private_key_jwt("/oauth2/token", jwks, assertions),
            op.CLIENT_RS256: client_credentials("/oauth2/token", jwks, "RS256"),
            op.INTROSPECTION: introspection("/oauth2/introspect", access_token),
            op.OPAQUE: introspection("/oauth2/introspect", opaque),
            op.USERINFO: Operation("/oauth2/userinfo", headers={"Authorization": f"Bearer {access_token}"}, verify=checks.claims),
            op.REFRESH: flows["app"].refreshing(checks.tokens(jwks, "ES256")),
            op.CODE_ES256: flows["web-ES256"].redeeming(checks.tokens(jwks, "ES256")),
            op.CODE_RS256: flows["web-RS256"].redeeming(checks.tokens(jwks, "RS256")),
            op.REGISTRATION: registration("/oauth2/register", self.use_registrations),
            op.LOGIN: login,
        }


class Remembering(Tessera):
    """The same with answers of introspection from memory, and measured by those alone."""

    settings = {"TESSERA__TOKENS__INTROSPECTION_CACHE": "1s"}

    def operations(self, server):
        return {op.MEMORY: super().operations(server)[op.INTROSPECTION]}


class Filled(Tessera):
    """The same on a database that holds what years have left there."""

    def while_stopped(self):
        self.stores.insert(self.folder, rows.statements())
