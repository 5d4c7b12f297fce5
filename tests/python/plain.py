"""The plain profile (PROTOCOL.md, section 9): plain.py /path/of/socket, with a server that echoes."""
import socket, struct, sys

stream = socket.socket(socket.AF_UNIX)
stream.settimeout(10)
stream.connect(sys.argv[1])
for message in (b"hello", b""):
    stream.sendall(struct.pack("<I", len(message)) + message)
reader = stream.makefile("rb")
echoes = [reader.read(*struct.unpack("<I", reader.read(4))) for _ in range(2)]
assert echoes == [b"hello", b""], echoes
print("ok")
