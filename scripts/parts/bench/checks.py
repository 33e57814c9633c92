"""What a right answer is. Each function makes a check that raises where an answer is not what its operation promises."""

import jws


def document(*members):
    def check(answer):
        found = answer.json()
        assert all(found.get(member) for member in members), f"no {members} in {found}"
    return check


def access_token(jwks, algorithm):
    def check(answer):
        claims = jws.verify(answer.json()["access_token"], jwks, algorithm)
        assert claims["exp"] > claims["iat"] and claims["jti"], claims
    return check


def tokens(jwks, id_token_algorithm):
    """Access token (ES256), refresh token where one is told of, ID token."""
    def check(answer):
        found = answer.json()
        access = jws.verify(found["access_token"], jwks, "ES256")
        claims = jws.verify(found["id_token"], jwks, id_token_algorithm)
        assert claims["sub"] == access["sub"] and claims["aud"] and found["token_type"] == "Bearer", found
    return check


def active(answer):
    found = answer.json()
    assert found["active"] is True and found["client_id"], found


def registered(answer):
    document("client_id", "client_secret", "registration_access_token")(answer)


def claims(answer):
    found = answer.json()
    assert found["sub"] and found["email"], found


def signed_in(answer):
    assert "session" in answer.headers.get("set-cookie", ""), "no session cookie"
