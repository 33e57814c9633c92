"""What is measured: an operation of a server, and the server."""

from collections.abc import Callable
from dataclasses import dataclass, field

from http1 import FORM

JSON = "application/json"

# The operations, in the order of the table.
DISCOVERY, JWKS = "discovery", "JWKS"
CLIENT_ES256, CLIENT_RS256 = "client_credentials ES256", "client_credentials RS256"
PRIVATE_KEY_JWT = "client_credentials ES256, private_key_jwt"
INTROSPECTION, OPAQUE = "introspection", "introspection, opaque"
# With `introspection_cache` of a second.
MEMORY = "introspection, answers from memory"
USERINFO = "userinfo"
REFRESH = "refresh, rotating, ES256 ID token"
CODE_ES256, CODE_RS256 = "code → tokens, ES256 ID token", "code → tokens, RS256 ID token"
REGISTRATION, LOGIN = "registration", "password login"
ALL = [
    DISCOVERY, JWKS, CLIENT_ES256, PRIVATE_KEY_JWT, CLIENT_RS256, INTROSPECTION, OPAQUE, MEMORY, USERINFO, REFRESH, CODE_ES256,
    CODE_RS256, REGISTRATION, LOGIN,
]


@dataclass
class Operation:
    """One request, again and again. With `texts` each has a text of its own, in the place of TEXT in its path or body."""

    path: str
    body: str | None = None
    content_type: str = FORM
    headers: dict = field(default_factory=dict)
    status: int = 200
    # Raises where an answer is not what the operation promises.
    verify: Callable = lambda answer: None
    # Sets the server back before a run, where the runs before would weigh on it.
    before: Callable[[], None] = lambda: None
    # Makes so many texts through the server's own endpoints; those of before need not be usable any more.
    texts: Callable[[int], list[str]] | None = None
    # A Lua pattern that every answer with a text of its own must show, and where: its body or a header.
    shows: str = ""
    shown_in: str = "body"
    # Whether what the pattern captures is the text of a later request.
    chained: bool = False

    @property
    def method(self):
        return "GET" if self.body is None else "POST"

    def sent_headers(self):
        return ({} if self.body is None else {"Content-Type": self.content_type}) | self.headers


@dataclass(eq=False)
class Server:
    name: str
    pid: int
    port: int
    operations: dict
    # Processes that work for this server alone: its database.
    databases: list = field(default_factory=list)

    def url(self, operation):
        return f"http://127.0.0.1:{self.port}{operation.path}"
