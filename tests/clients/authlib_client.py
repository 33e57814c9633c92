"""Authlib: code + PKCE, ID token, userinfo, introspection, refresh, revocation, logout.

Task (JSON in the first argument or on stdin): {issuer, client_id, client_secret?, auth_method?, redirect_uri,
post_logout_redirect_uri?, username, password, scope?, resource?, id_token_alg?, rotates?}. Prints one line of JSON.
"""

import json
import sys
import traceback
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from pages import Arrived, Browser, authorize


def get(url, **kwargs):
    answer = requests.get(url, timeout=20, **kwargs)
    assert answer.status_code == 200, f"{answer.status_code} at {url}: {answer.text[:500]}"
    return answer.json()


def equal(actual, expected, what):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


def query(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def refused(attempt, code, what):
    try:
        attempt()
    except OAuthError as error:
        equal(error.error, code, what)
        return
    raise AssertionError(f"{what} was not refused")


class Client:
    def __init__(self, task):
        self.task = task
        self.secret = task.get("client_secret")
        self.metadata = get(task["issuer"].rstrip("/") + "/.well-known/openid-configuration")
        equal(self.metadata["issuer"], task["issuer"], "issuer")
        method = task.get("auth_method") or ("client_secret_basic" if self.secret else "none")
        self.session = OAuth2Session(
            task["client_id"],
            self.secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            scope=task.get("scope", "openid profile email offline_access"),
            redirect_uri=task["redirect_uri"],
            code_challenge_method="S256",
            timeout=20,
        )
        self.session.trust_env = False
        self.extra = {"resource": task["resource"]} if task.get("resource") else {}

    def authorization_url(self, **extra):
        verifier, nonce = generate_token(48), generate_token(20)
        url, state = self.session.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **self.extra, **extra
        )
        return url, state, verifier, nonce

    def login(self, browser):
        url, state, verifier, nonce = self.authorization_url(prompt="consent")
        arrived, steps = authorize(browser, url, self.task)
        equal(query(arrived).get("iss"), self.metadata["issuer"], "iss in the authorization response (RFC 9207)")
        redeem = lambda: self.session.fetch_token(
            self.metadata["token_endpoint"],
            authorization_response=arrived,
            state=state,
            code_verifier=verifier,
            **self.extra,
        )
        tokens = dict(redeem())
        assert tokens.get("refresh_token"), "no refresh token"
        return tokens, self.verify(tokens, nonce), steps, redeem

    def verify(self, tokens, nonce):
        """The ID token's signature by joserfc and its claims, at_hash too, by Authlib."""
        algorithm = self.task.get("id_token_alg", "RS256")
        keys = KeySet.import_key_set(get(self.metadata["jwks_uri"]))
        token = jwt.decode(tokens["id_token"], keys, algorithms=[algorithm])
        options = {
            "iss": {"essential": True, "value": self.metadata["issuer"]},
            "aud": {"essential": True, "value": self.task["client_id"]},
        }
        given = {"client_id": self.task["client_id"], "nonce": nonce, "access_token": tokens["access_token"]}
        claims = CodeIDToken(token.claims, token.header, options, given)
        claims.validate(leeway=30)
        return dict(claims)

    def refresh(self, token):
        return dict(self.session.refresh_token(self.metadata["token_endpoint"], refresh_token=token, **self.extra))

    def userinfo(self, tokens, sub):
        bearer = {"Authorization": "Bearer " + tokens["access_token"]}
        claims = get(self.metadata["userinfo_endpoint"], headers=bearer)
        equal(claims["sub"], sub, "sub of userinfo")
        return claims

    def introspect(self, token, expected):
        answer = self.session.introspect_token(self.metadata["introspection_endpoint"], token=token)
        equal(answer.status_code, 200, "status of introspection")
        equal(answer.json()["active"], expected, "active")
        return answer.json()

    def revoke(self, token):
        answer = self.session.revoke_token(self.metadata["revocation_endpoint"], token=token)
        equal(answer.status_code, 200, "status of revocation")

    def logout(self, browser, id_token):
        back, state = self.task.get("post_logout_redirect_uri"), generate_token(20)
        parameters = {"id_token_hint": id_token}
        if back:
            parameters |= {"post_logout_redirect_uri": back, "state": state}
        confirmed = False
        try:
            page = browser.open(self.metadata["end_session_endpoint"] + "?" + urlencode(parameters), back)
            confirmed = "logout-confirm" in page.ids
            if confirmed:
                page = browser.submit(page, "logout-confirm", None, back)
        except Arrived as arrived:
            equal(query(arrived.url).get("state"), state, "state after the logout")
            return {"confirmed": confirmed, "arrived": arrived.url}
        assert back is None, f"the logout ended at {page.url}, not at {back}"
        assert "logged-out" in page.ids, f"no #logged-out at {page.url}"
        return {"confirmed": confirmed, "arrived": page.url}

    def signed_out(self, browser):
        """After the logout, prompt=none finds nobody."""
        try:
            page = browser.open(self.authorization_url(prompt="none")[0], self.task["redirect_uri"])
        except Arrived as arrived:
            equal(query(arrived.url).get("error"), "login_required", "error of prompt=none after the logout")
            return
        raise AssertionError(f"prompt=none ended at {page.url}")


def refresh_twice(client, tokens, rotates):
    second = client.refresh(tokens["refresh_token"])
    assert second["access_token"] != tokens["access_token"], "the refresh gave the same access token again"
    third = client.refresh(second.get("refresh_token") or tokens["refresh_token"])
    last = third.get("refresh_token") or second.get("refresh_token") or tokens["refresh_token"]
    equal(last != tokens["refresh_token"], rotates, "refresh token rotation")
    if rotates:
        refused(lambda: client.refresh(tokens["refresh_token"]), "invalid_grant", "the first refresh token, replayed")
        refused(lambda: client.refresh(last), "invalid_grant", "the family after a replay")


def drive(task):
    client, browser = Client(task), Browser()
    rotates = task.get("rotates", client.secret is None)
    tokens, claims, steps, _ = client.login(browser)
    userinfo = client.userinfo(tokens, claims["sub"])
    introspection = client.introspect(tokens["access_token"], True) if client.secret else None
    refresh_twice(client, tokens, rotates)
    again, _, steps_again, _ = client.login(browser)
    client.revoke(again["refresh_token"])
    refused(lambda: client.refresh(again["refresh_token"]), "invalid_grant", "a revoked refresh token")
    if client.secret:
        client.introspect(again["access_token"], False)
    last, _, _, redeem = client.login(browser)
    refused(redeem, "invalid_grant", "a code, redeemed again")
    logout = client.logout(browser, last["id_token"])
    client.signed_out(browser)
    return {
        "library": "authlib",
        "steps": steps,
        "steps_again": steps_again,
        "claims": claims,
        "userinfo": userinfo,
        "introspection": introspection,
        "token_type": tokens["token_type"],
        "scope": tokens.get("scope"),
        "expires_in": tokens["expires_in"],
        "rotated": rotates,
        "logout": logout,
    }


if __name__ == "__main__":
    try:
        print(json.dumps(drive(json.loads(sys.argv[1] if len(sys.argv) > 1 else sys.stdin.read()))))
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
        sys.exit(1)
