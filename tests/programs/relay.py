"""A way to a server on this machine that can fall silent, as a machine does that has lost its power."""

import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Of Linux's asm-generic/socket.h; Python has no names for them.
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
# A filter of one instruction: return 0, of each packet nothing is taken. The kernel then drops it before TCP
# sees it: nothing is acknowledged and nothing is refused. A stopped process's kernel would acknowledge.
_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
_DROP_ALL = struct.pack("HL", 1, ctypes.addressof(_NOTHING))


class Relay:
    """Passes bytes on to a port of this machine until it is told to fall silent.

    Attributes:
        port: Where it listens.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """Drop every packet of open and of new connections."""
        for each in (self._listener, *self._sockets):
            each.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _DROP_ALL)

    def answer_again(self) -> None:
        """Take new connections."""
        self._listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)

    def close(self) -> None:
        """End all connections, and those to the server."""
        for each in (self._listener, *self._sockets):
            with suppress(OSError):  # one whose other side has ended
                each.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
            each.close()

    def _accept(self) -> None:
        try:
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, server]
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()
        except OSError:
            return


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


@contextmanager
def relay_to(target: int) -> Iterator[Relay]:
    """Run a relay."""
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()
