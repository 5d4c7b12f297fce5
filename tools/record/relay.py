"""A slow link: a TCP relay that lets so many bytes a second through."""
import contextlib
import socket
import threading
import time

BLOCK = 1 << 16


@contextlib.contextmanager
def slow(entrance, exit_, bytes_per_second):
    with socket.create_server(entrance) as server:
        threading.Thread(target=serve, args=(server, exit_, bytes_per_second), daemon=True).start()
        yield


def serve(server, exit_, bytes_per_second):
    """One client; the listening socket is closed when the scene is over."""
    try:
        near, _ = server.accept()
    except OSError:
        return
    # Small buffers: what is sent has nearly arrived.
    near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BLOCK)
    far = socket.create_connection(exit_)
    threading.Thread(target=pump, args=(far, near, None), daemon=True).start()
    pump(near, far, bytes_per_second)


def pump(source, sink, bytes_per_second):
    begin, sent = time.monotonic(), 0
    while block := source.recv(BLOCK):
        sink.sendall(block)
        sent += len(block)
        if bytes_per_second:
            time.sleep(max(0, begin + sent / bytes_per_second - time.monotonic()))
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
