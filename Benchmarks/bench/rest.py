"""The memory of connections that are open and send nothing."""

import contextlib
import socket
import time

from clients import WrongAnswer


def bytes_of_each(server, count, wrap=lambda client: client):
    """Opens connections, each with one request, and returns what one takes in the server.

    `wrap` is given each socket, and returns the one to use.
    """
    before = server.memory()["Pss"]
    with contextlib.ExitStack() as held:
        for _ in range(count):
            client = wrap(socket.create_connection(("127.0.0.1", server.port)))
            held.enter_context(client)
            client.sendall(b"GET /id HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            if not client.recv(65536).startswith(b"HTTP/1.1 200 "):
                raise WrongAnswer("a connection has no 200")
        time.sleep(0.2)
        return (server.memory()["Pss"] - before) / count
