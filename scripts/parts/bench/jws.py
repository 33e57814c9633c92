"""Checks the signatures of JWTs against a server's JWKS (RS256, ES256), by arithmetic alone: slow, and nothing to install."""

import base64
import hashlib
import json

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text):
    return int.from_bytes(decode(text), "big")


def add(a, b):
    """The sum of two points of P-256; None is the point at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(factor, point):
    total = None
    while factor:
        if factor & 1:
            total = add(total, point)
        factor, point = factor >> 1, add(point, point)
    return total


def es256(key, digest, signature):
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    inverse = pow(s, -1, N)
    point = add(times(digest * inverse % N, G), times(r * inverse % N, (number(key["x"]), number(key["y"]))))
    return len(signature) == 64 and point is not None and point[0] % N == r


def rs256(key, digest, signature):
    modulus = number(key["n"])
    size = (modulus.bit_length() + 7) // 8
    info = SHA256_INFO + digest.to_bytes(32, "big")
    padded = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
    return pow(int.from_bytes(signature, "big"), number(key["e"]), modulus) == int.from_bytes(padded, "big")


def verify(token, jwks, algorithm):
    """The claims of `token`, which must be signed with `algorithm` by the key of `jwks` that it names."""
    header, payload, signature = token.split(".")
    head = json.loads(decode(header))
    assert head["alg"] == algorithm, f"signed with {head['alg']}, not with {algorithm}"
    key = next(key for key in jwks["keys"] if key["kid"] == head.get("kid", key["kid"]))
    digest = int.from_bytes(hashlib.sha256(f"{header}.{payload}".encode()).digest(), "big")
    check = {"ES256": es256, "RS256": rs256}[algorithm]
    assert check(key, digest, decode(signature)), f"the signature of a JWT ({algorithm}) is wrong"
    return json.loads(decode(payload))
