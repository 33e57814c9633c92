"""Where a set-up of Tessera keeps its records: SQLite in its folder, or a database of its own on the PostgreSQL of this run."""

import hashlib
import os
import sqlite3
import subprocess
import urllib.parse

# The same functions for both databases: a row's number makes what is random in it. `ms` is the time that a UUIDv7 begins with.
POSTGRES_FUNCTIONS = """
CREATE FUNCTION hex_of(kind text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n) $$;
CREATE FUNCTION hash_of(kind text, n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT sha256((kind || n)::bytea) $$;
CREATE FUNCTION id_of(kind text, n bigint, ms bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(ms), 12, '0') || '7' || left(hex_of(kind, n), 3) || '8' || right(hex_of(kind, n), 15))::uuid
$$;
"""


def hex_of(kind, number):
    return hashlib.md5(f"{kind}{number}".encode()).hexdigest()


def hash_of(kind, number):
    return hashlib.sha256(f"{kind}{number}".encode()).digest()


def id_of(kind, number, ms):
    return bytes.fromhex(f"{ms:012x}7{hex_of(kind, number)[:3]}8{hex_of(kind, number)[-15:]}")


class Sqlite:
    """The files in the set-up's folder."""

    environment = {}
    processes = ()

    def execute(self, folder, *statements):
        connection = sqlite3.connect(os.path.join(folder, "tessera.db"), isolation_level=None, timeout=20)
        for function in [hex_of, hash_of, id_of]:
            arguments = function.__code__.co_argcount
            connection.create_function(function.__name__, arguments, function, deterministic=True)
        for statement in statements:
            connection.execute(statement)
        connection.close()

    def insert(self, folder, statements):
        """Runs statements that add rows, while no server has the file."""
        settings = ["PRAGMA synchronous = OFF", "PRAGMA cache_size = -1000000"]
        end = ["COMMIT", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"]
        self.execute(folder, *settings, "BEGIN", *statements, *end)


class Postgres:
    """The database `name` of a PostgreSQL, and the Redis database `number`."""

    def __init__(self, given, name, number):
        (postgres, first), (redis, second) = given.postgres.split(","), given.redis.split(",")
        self.psql, self.processes = given.psql, (int(first), int(second))
        self.run(postgres, f"CREATE DATABASE {name}")
        self.url = urllib.parse.urlunsplit(urllib.parse.urlsplit(postgres)._replace(path=f"/{name}"))
        redis = urllib.parse.urlunsplit(urllib.parse.urlsplit(redis)._replace(path=f"/{number}"))
        self.environment = {"TESSERA__DATABASE__URL": self.url, "TESSERA__REDIS__URL": redis}

    def run(self, url, *scripts):
        for script in scripts:
            command = [self.psql, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", url]
            done = subprocess.run(command, input=script, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr

    def execute(self, folder, *statements):
        self.run(self.url, *statements)

    def insert(self, folder, statements):
        """Runs statements that add rows."""
        # Foreign keys are not looked at: the rows are right.
        begin = f"SET session_replication_role = replica;\n{POSTGRES_FUNCTIONS}"
        end = "DROP FUNCTION id_of, hex_of, hash_of"
        self.run(self.url, ";\n".join([begin, *statements, end]), "VACUUM ANALYZE;\nCHECKPOINT")
