"""Codes and tokens of a signed-in user, made through a server's own endpoints: the same way for Tessera and for its peer."""

import base64
import hashlib
import urllib.parse
from dataclasses import dataclass

from http1 import Browser
from operation import Operation
from pacer import gathered

REDIRECT_URI = "https://app.example.com/cb"
VERIFIER = "bench-verifier-of-more-than-forty-three-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Flow:
    """The authorization code flow of one client, in a browser that is signed in and asked nothing."""

    server: object
    browser: Browser
    authorize: str
    token: str
    client_id: str
    client_secret: str | None = None
    resource: str | None = None

    def operation(self):
        """The authorization request; TEXT is its state."""
        query = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": REDIRECT_URI,
            "scope": "openid profile email", "state": "TEXT", "nonce": "bench-nonce", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        if self.resource:
            query["resource"] = self.resource
        path = f"{self.authorize}?{urllib.parse.urlencode(query)}"
        headers = {"Cookie": self.browser.cookie()}
        return Operation(path, headers=headers, status=303, shows="[?&]code=([^&]+)", shown_in="location")

    def codes(self, count):
        """So many codes, which must be used within a minute."""
        codes = gathered(self.server, self.operation(), [f"s{number}" for number in range(count)])
        assert all(codes) and len(set(codes)) == count, "a code is missing"
        return codes

    def form(self):
        """The token request; TEXT is the code."""
        form = {
            "grant_type": "authorization_code", "code": "TEXT", "redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER,
            "client_id": self.client_id,
        }
        return urllib.parse.urlencode(form | self.more())

    def more(self):
        secret = {"client_secret": self.client_secret} if self.client_secret else {}
        return secret | ({"resource": self.resource} if self.resource else {})

    def tokens(self):
        """The token response to one code, in a connection of its own."""
        answer = Browser(self.server.port).send("POST", self.token, self.form().replace("TEXT", self.codes(1)[0]))
        assert answer.status == 200, answer
        return answer.json()

    def refresh_tokens(self, count):
        """The refresh tokens of so many families."""
        return gathered(self.server, self.refreshing(None, self.form()), self.codes(count))

    def redeeming(self, verify):
        """Code → tokens."""
        return Operation(self.token, self.form(), verify=verify, texts=self.codes, shows='"id_token"')

    def refreshing(self, verify, body=None):
        """Refresh: each answer brings the token of a later request."""
        form = {"grant_type": "refresh_token", "refresh_token": "TEXT", "client_id": self.client_id} | self.more()
        shows = '"refresh_token":"([^"]+)"'
        body = body or urllib.parse.urlencode(form)
        return Operation(self.token, body, verify=verify, texts=self.refresh_tokens, shows=shows, chained=True)
