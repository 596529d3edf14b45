"""A PostgreSQL server that keeps what it commits, and can be torn down in the middle of anything."""

from tests.services.postgres import PostgresServer


class DurablePostgresServer(PostgresServer):
    """As its base, but with durability on, as in production."""

    def start(self) -> None:
        """Make the cluster and start it; returns when it answers."""
        super().start()
        self.crash_and_start()

    def crash_and_start(self) -> None:
        """Stop it as a crash does (mode immediate) and start it again; it recovers from its log."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder), "max_connections": "200"}
        options = " ".join([f"-p {self.port}", *(f"-c {name}={value}" for name, value in settings.items())])
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")
