"""A bowline client in plain Python, written from PROTOCOL.md alone. It needs a server that echoes every message.

    peer.py unix:/path | tcp:host:port               a conversation with every kind of frame; prints `ok`
    peer.py --refused unix:/path | tcp:host:port     expects to be refused; prints `refused 0x0001 reason`
"""
import socket
import struct
import sys

MESSAGE, HELLO, WELCOME, REFUSE, BEGIN, CHUNK, ABORT, PING, PONG, GOODBYE, GOODBYE_ACK = range(11)
HELLO_PAYLOAD = struct.Struct("<4sHHII")  # magic, version, reserved, limit, heartbeat
LIMIT = 1 << 20  # the largest message that we receive
CHUNK_SIZE = 65536


def main():
    refused = sys.argv[1:2] == ["--refused"]
    if len(sys.argv) != 2 + refused:
        sys.exit(__doc__)
    try:
        with connect(sys.argv[-1]) as stream:
            print(expect_refusal(stream) if refused else converse(stream))
    except (OSError, ValueError, struct.error) as error:
        sys.exit(f"{type(error).__name__}: {error}")


def connect(endpoint):
    scheme, _, address = endpoint.partition(":")
    if scheme == "unix":
        stream = socket.socket(socket.AF_UNIX)
        stream.settimeout(10)
        stream.connect(address)
        return stream
    host, _, port = address.rpartition(":")
    check(scheme == "tcp" and port.isdigit(), f"not an endpoint: {endpoint}")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=10)


def converse(stream):
    say_hello(stream)
    kind, payload = receive(stream)
    check(kind == WELCOME and 16 <= len(payload) <= 64, f"kind {kind} of {len(payload)} bytes instead of welcome")
    magic, version, _, limit, _ = HELLO_PAYLOAD.unpack_from(payload)
    check((magic, version) == (b"bwln", 1), f"magic {magic}, version {version}")
    check(limit >= 300_000, f"the server receives {limit} bytes at most, this test sends 300,000")

    messages = [b"", b"x", pattern(65536), pattern(300_000)]
    for message in messages:
        send_message(stream, message)
        check(receive_message(stream) == message, f"the echo of {len(message)} bytes differs")

    send(stream, BEGIN, struct.pack("<I", 2 * CHUNK_SIZE))
    send(stream, CHUNK, pattern(CHUNK_SIZE))
    send(stream, ABORT)
    messages.append(b"after the abort")
    send_message(stream, messages[-1])
    check(receive_message(stream) == messages[-1], "the echo after the abort differs")

    send(stream, PING, b"pingpong")
    check(receive(stream) == (PONG, b"pingpong"), "no pong, or with other bytes")

    say_goodbye(stream, struct.pack("<Q", len(messages)))
    return "ok"


def say_hello(stream):
    send(stream, HELLO, HELLO_PAYLOAD.pack(b"bwln", 1, 0, LIMIT, 0))


def say_goodbye(stream, count):
    """Both goodbyes and acknowledgements, in either order; the server has sent as many messages as we have."""
    send(stream, GOODBYE, count)
    awaited = {GOODBYE, GOODBYE_ACK}
    while awaited:
        kind, payload = receive(stream)
        check(kind in awaited and payload == count, f"kind {kind} with {payload.hex()} while closing")
        awaited.remove(kind)
        if kind == GOODBYE:
            send(stream, GOODBYE_ACK, count)
    stream.shutdown(socket.SHUT_WR)
    check(stream.recv(1) == b"", "bytes after both goodbyes")


def expect_refusal(stream):
    try:
        say_hello(stream)
    except OSError:
        pass  # the server need not wait for hello: its refuse may be there already
    kind, payload = receive_frame(stream)
    check(kind == REFUSE, f"kind {kind} instead of refuse")
    check(stream.recv(1) == b"", "bytes after refuse")
    return refusal(payload)


def send_message(stream, message):
    if len(message) <= CHUNK_SIZE:
        return send(stream, MESSAGE, message)
    send(stream, BEGIN, struct.pack("<I", len(message)))
    for start in range(0, len(message), CHUNK_SIZE):
        send(stream, CHUNK, message[start:start + CHUNK_SIZE])


def receive_message(stream):
    while True:
        kind, payload = receive(stream)
        if kind == MESSAGE:
            return payload
        check(kind == BEGIN, f"kind {kind} instead of a message")
        message = receive_chunks(stream, *struct.unpack("<I", payload))
        if message is not None:
            return message


def receive_chunks(stream, total):
    """The announced message, or None if it was withdrawn."""
    check(1 <= total <= LIMIT, f"begin of {total} bytes")
    message = b""
    while len(message) < total:
        kind, payload = receive(stream)
        if kind == ABORT:
            return None
        check(kind == CHUNK, f"kind {kind} inside an announced message")
        check(1 <= len(payload) <= total - len(message), f"chunk of {len(payload)} bytes")
        message += payload
    return message


def receive(stream):
    """The next frame that matters: answers pings, passes over skippable frames and pongs that nobody asked for."""
    while True:
        kind, payload = receive_frame(stream)
        if kind == REFUSE:
            raise ValueError(refusal(payload))
        if kind == PING:
            send(stream, PONG, payload)
        elif kind < 0x80 and (kind, payload) != (PONG, bytes(8)):
            return kind, payload


def receive_frame(stream):
    word, = struct.unpack("<I", receive_exactly(stream, 4))
    kind, length = word >> 24, word & 0xFFFFFF
    check(length <= LIMIT, f"frame of kind {kind} with {length} bytes")
    return kind, receive_exactly(stream, length)


def receive_exactly(stream, count):
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        check(part, f"the stream ended after {len(data)} of {count} bytes")
        data += part
    return data


def send(stream, kind, payload=b""):
    stream.sendall(struct.pack("<I", kind << 24 | len(payload)) + payload)


def refusal(payload):
    code, = struct.unpack_from("<H", payload)
    return f"refused {code:#06x} {payload[2:].decode(errors='replace')}".rstrip()


def pattern(length):
    return bytes(i * 31 % 251 for i in range(length))


def check(holds, complaint):
    if not holds:
        raise ValueError(complaint)


main()
