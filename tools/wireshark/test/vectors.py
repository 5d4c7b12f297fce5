"""The test vectors as packets, and what Wireshark has to make of them.

    vectors.py write VECTORS DIRECTORY SIZE   writes DIRECTORY/NNNN.txt for each conversation: a line for each packet, O and
                                              hex digits from the client or I and hex digits from the server; no packet of
                                              the first 300 bytes from either is longer than SIZE
    vectors.py check VECTORS                  reads what tshark says of those packets, in their order: its fields tcp.stream,
                                              ip.src, bowline.violation, bowline.message.length, bowline.refuse.code
"""
import pathlib
import sys
from collections import defaultdict

CLIENT, SERVER = "10.1.1.1", "10.2.2.2"
WELCOME = "1000000262776c6e010000000000100000000000"
GOODBYE = "080000090000000000000000"
LONGEST_PACKET = 30_000
# What one direction shows; the others are a matter of time.
VISIBLE = range(0x0101, 0x0109)


def main():
    if sys.argv[1] == "write":
        write(sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4]))
    else:
        check(sys.argv[2])


def conversations(vectors):
    """Name, what the client sends, the code that it is refused with, and the messages that come; from both files."""
    for name, client, code, _ in rows(vectors, "errors.txt"):
        yield name, client, int(code, 16), None
    for name, client, messages, _, _ in rows(vectors, "streams.txt"):
        yield name, client, None, 0 if messages == "-" else len(messages.split(", "))


def rows(vectors, file):
    for line in pathlib.Path(vectors, file).read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split(" | ")


def write(vectors, directory, size):
    for index, (_, client, code, _) in enumerate(conversations(vectors)):
        packets = [packet for who, data in spoken(client, code) for packet in cut(who, data, size)]
        pathlib.Path(directory, f"{index:04}.txt").write_text("".join(packets))


def spoken(client, code):
    """What both sides say, in turns."""
    said = b""
    for group in client.split():
        if not group.startswith("<"):
            said += expand(group)
            continue
        yield "O", said
        yield "I", answer(group, said)
        said = b""
    yield "O", said
    if code is not None:
        yield "I", b"\x02\0\0\x03" + code.to_bytes(2, "little")


def answer(group, said):
    """What the server says when the client waits. The latest ping or goodbye is acknowledged with the bytes that it holds."""
    asked = said.rfind({"<08": b"\x08\0\0\x07", "<09": b"\x08\0\0\x09"}.get(group, b"")) + 4
    acknowledged = said[asked:asked + 8].hex()
    return bytes.fromhex({"<02": WELCOME, "<08": "08000008" + acknowledged, "<09": "0800000a" + acknowledged + GOODBYE}[group])


def expand(group):
    digits, _, times = group.partition("*")
    return b"" if digits == "-" else bytes.fromhex(digits) * int(times or 1)


def cut(who, data, size):
    at = 0
    while at < len(data):
        end = at + (size if at < 300 else LONGEST_PACKET)
        yield f"{who} {data[at:end].hex()}\n"
        at = end


def check(vectors):
    violations, messages, refusals = read_fields()
    cases = list(conversations(vectors))
    wrong = 0
    for stream, (name, _, code, count) in enumerate(cases):
        due = [code] if code in VISIBLE else []
        seen = violations[stream, CLIENT], messages[stream, CLIENT], refusals[stream, SERVER], violations[stream, SERVER]
        if seen[0] != due or count not in (None, seen[1]) or code not in (None, *seen[2]) or seen[3]:
            wrong += 1
            print(f"{name}: due is violation {due}, {count} messages, refuse {code}; seen {seen}")
    if wrong or not violations:
        sys.exit(f"{wrong} of {len(cases)} conversations are not shown as they should be")
    print(f"{len(cases)} conversations, {sum(map(len, violations.values()))} violations by name")


def read_fields():
    violations, messages, refusals = defaultdict(list), defaultdict(int), defaultdict(list)
    for line in sys.stdin:
        stream, source, *fields = line.rstrip("\n").split("\t")
        violation, lengths, refused = (field.split(",") if field else [] for field in fields)
        key = int(stream), source
        violations[key] += [int(code, 16) for code in violation]
        messages[key] += len(lengths)
        refusals[key] += [int(code, 16) for code in refused]
    return violations, messages, refusals


main()
