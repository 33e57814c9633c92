"""10⁵ clients and 10⁶ families with all that comes with them: rows as a server would have written them over the last weeks.

Written once for both databases; stores.py knows the functions `id_of`, `hex_of` and `hash_of`, which make what is random in a row.
"""

import time

COUNTS = {"user": 10**5, "client": 10**5, "session": 2 * 10**5, "family": 10**6}
DAY = 24 * 60 * 60 * 1000
# Young enough that nothing has ended: a session lives for thirty days.
SPAN = 20 * DAY

METADATA = (
    '{"client_name":"An application","redirect_uris":["https://app.example.com/cb"],"grant_types":["authorization_code",'
    '"refresh_token"],"response_types":["code"],"token_endpoint_auth_method":"client_secret_basic","scope":"openid profile email",'
    '"subject_type":"public","id_token_signed_response_alg":"RS256","require_auth_time":false}'
)
PASSWORD = "$argon2id$v=19$m=19456,t=2,p=1$iNj5YTCtOl6uDUDBcCz5oQ$ttTw3p5xn5/0A6OPECRAeHTTXclx6EGCMRuF9Nc3+xY"
EVENT = '{"family":"01a20058-25ee-7a96-b12f-c9e7e0f02a8b","scope":"openid profile email","resources":[]}'
# The session and the user of family n, and its client: ten different ones for each user.
SESSION, USER = f"n % {COUNTS['session']}", f"n % {COUNTS['user']}"
CLIENT = f"(n * 7919 + n / {COUNTS['user']}) % {COUNTS['client']}"


def made(begin, kind, number="n"):
    """When the row of that number was made, evenly over the time since `begin`."""
    return f"({begin} + ({number}) * {SPAN} / {COUNTS[kind]})"


def row_id(begin, kind, number="n", name=None):
    """The id of that row, or of one of another `name` that belongs to it."""
    return f"id_of('{name or kind}', {number}, {made(begin, kind, number)})"


def insert(table, kind, columns):
    """A row of `table` for each `kind`; `n` is its number."""
    last = COUNTS[kind] - 1
    series = f"WITH RECURSIVE series (n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM series WHERE n < {last})"
    return f"INSERT INTO {table} ({', '.join(columns)}) {series} SELECT {', '.join(columns.values())} FROM series, realms"


def people(begin):
    user, since = row_id(begin, "user"), made(begin, "user")
    yield insert("users", "user", {
        "id": user, "realm_id": "realms.id", "sub": "hex_of('sub', n)", "status": "'active'", "administrator": "FALSE",
        "claims": """'{"name":"Somebody"}'""", "attributes": "'{}'", "admin_attributes": "'{}'", "not_before": "0",
        "created_at": since, "updated_at": since,
    })
    email = "'user-' || n || '@example.com'"
    yield insert("identifiers", "user", {
        "id": row_id(begin, "user", name="identifier"), "realm_id": "realms.id", "user_id": user, "kind": "'email'", "value": email,
        "display": email, "is_primary": "TRUE", "verified_at": since, "created_at": since,
    })
    yield insert("passwords", "user", {
        "user_id": user, "realm_id": "realms.id", "phc": f"'{PASSWORD}'", "temporary": "FALSE", "changed_at": since,
    })
    since = made(begin, "session")
    yield insert("sessions", "session", {
        "id": row_id(begin, "session"), "realm_id": "realms.id", "user_id": row_id(begin, "user", USER),
        "secret_hash": "hash_of('session', n)", "factors": """'[{"amr":"pwd","at":1795302106435}]'""", "remember": "FALSE",
        "auth_time": since, "seen_at": since, "idle_expires_at": f"{since} + {30 * DAY}", "expires_at": f"{since} + {30 * DAY}",
        "ip": "'192.0.2.1'", "user_agent": "'Firefox on Linux'", "created_at": since,
    })


def clients(begin):
    """All in use; every other one has registered itself."""
    client, since = row_id(begin, "client"), made(begin, "client")
    itself = "CASE WHEN n % 2 = 0 THEN {} END".format
    yield insert("clients", "client", {
        "id": client, "realm_id": "realms.id", "client_id": "hex_of('client_id', n)", "metadata": f"'{METADATA}'",
        "first_party": "FALSE", "settings": """'{"profile":"oauth2.1","skip_consent":false}'""", "disabled": "FALSE",
        "not_before": "0", "created_at": since, "updated_at": since, "used_at": itself(since),
        "registrant": "CASE WHEN n % 2 = 0 THEN 'client' ELSE 'operator' END",
        "registration_hash": itself("hash_of('registration', n)"),
    })
    yield insert("client_secrets", "client", {
        "id": row_id(begin, "client", name="secret"), "realm_id": "realms.id", "client_id": client, "hash": "hash_of('secret', n)",
        "created_at": since,
    })


def families(begin):
    """Each with the grant that it rests on and the event of its beginning."""
    family, since = row_id(begin, "family"), made(begin, "family")
    session, user = row_id(begin, "session", SESSION), row_id(begin, "user", USER)
    client = row_id(begin, "client", CLIENT)
    yield insert("grants", "family", {
        "id": row_id(begin, "family", name="grant"), "realm_id": "realms.id", "user_id": user, "client_id": client,
        "scope": "'openid profile email'", "resources": "'[]'", "created_at": since, "updated_at": since,
    })
    yield insert("families", "family", {
        "id": family, "realm_id": "realms.id", "client_id": client, "user_id": user, "session_id": session,
        "scope": "'openid profile email'", "resources": "'[]'", "sub": f"hex_of('sub', {USER})", "auth_time": since,
        "acr": "'1fa'", "amr": """'["pwd"]'""", "sid": "substr(hex_of('sid', n), 1, 22)", "origin_hash": "hash_of('origin', n)",
        "origin_proof": "hash_of('proof', n)", "refresh_key": "1", "secret_hash": "hash_of('refresh', n)", "counter": "n % 50",
        "rotated_at": since, "idle_expires_at": f"{since} + {30 * DAY}", "expires_at": f"{since} + {180 * DAY}",
        "created_at": since,
    })
    yield insert("events", "family", {
        "id": row_id(begin, "family", name="event"), "realm_id": "realms.id", "version": "1", "type": "'family.created'",
        "at": since, "actor_kind": "'client'", "actor_id": client, "subject_id": user, "client_id": client, "session_id": session,
        "request_id": "'8p_qKAESnMS6'", "ip": "'192.0.2.1'", "outcome": "'success'", "data": f"'{EVENT}'",
    })


def statements():
    """What adds all of it to a database that holds one realm."""
    begin = int(time.time() * 1000) - SPAN
    return [*people(begin), *clients(begin), *families(begin)]
