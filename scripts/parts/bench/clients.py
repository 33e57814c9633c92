"""What clients ask for in their own name: the same requests for Tessera and for its peer."""

import json
import urllib.parse

import checks
from codes import REDIRECT_URI
from http1 import Browser
from operation import JSON, Operation

SECRET = "bench-secret-of-more-than-thirty-two-bytes"
# The client that has no secret but a key.
SIGNS = "signs"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Assertions:
    """Assertions of the client SIGNS, which the bare handlers make with a key of theirs."""

    def __init__(self, port, jwks):
        self.port = port
        self.jwks = {"keys": [key for key in jwks["keys"] if key["alg"] == "ES256"]}

    def made_for(self, audience):
        """Makes so many, each with an id of its own. They live for five minutes."""
        def make(count):
            query = urllib.parse.urlencode({"client_id": SIGNS, "audience": audience, "count": count})
            return Browser(self.port).send("GET", f"/assertions?{query}").body.decode().split("\n")
        return make


def client_credentials(path, jwks, algorithm):
    form = {"grant_type": "client_credentials", "client_id": "bench", "client_secret": SECRET, "resource": f"urn:{algorithm}"}
    return Operation(path, urllib.parse.urlencode(form), verify=checks.access_token(jwks, algorithm))


def private_key_jwt(path, jwks, texts):
    """The client authenticates by an assertion, which is used once; TEXT is the assertion."""
    form = {
        "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": "TEXT",
        "resource": "urn:ES256",
    }
    verify = checks.access_token(jwks, "ES256")
    return Operation(path, urllib.parse.urlencode(form), verify=verify, texts=texts, shows='"access_token"')


def introspection(path, token):
    form = {"client_id": "web-ES256", "client_secret": SECRET, "token": token}
    return Operation(path, urllib.parse.urlencode(form), verify=checks.active)


def registration(path, before=lambda: None):
    """A web application registers itself, as OpenID Connect's libraries do it."""
    metadata = {
        "client_name": "An application", "redirect_uris": [REDIRECT_URI], "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "token_endpoint_auth_method": "client_secret_basic", "client_uri": "https://app.example.com/",
        "policy_uri": "https://app.example.com/privacy", "contacts": ["admin@app.example.com"],
    }
    return Operation(path, json.dumps(metadata), JSON, status=201, verify=checks.registered, before=before)
