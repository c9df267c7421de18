"""Random frames of MP3: what the format allows and no encoder at hand makes, such as
intensity stereo, mixed blocks, every table of codes and every way to write scale factors.

What is drawn is codes and side information; what they sound like, decoders say. Left out
is what decoders do in different ways: intensity stereo in short blocks and with positions
that are none, and channels of different blocks with parts in common."""

import re
from pathlib import Path

RATES = {0: (44100, 48000, 32000), 1: (22050, 24000, 16000), 2: (11025, 12000, 8000)}
MORE = {16: 1, 17: 2, 18: 3, 19: 4, 20: 6, 21: 8, 22: 10, 23: 13, 24: 4, 25: 5, 26: 6, 27: 7, 28: 8, 29: 9, 30: 11, 31: 13}
SLEN = [(0, 0), (0, 1), (0, 2), (0, 3), (3, 0), (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3), (4, 2), (4, 3)]
LOW = [[(6, 5, 5, 5), (9, 9, 9, 9), (6, 9, 9, 9)], [(6, 5, 7, 3), (9, 9, 12, 6), (6, 9, 12, 6)], [(11, 10, 0, 0), (18, 18, 0, 0), (15, 18, 0, 0)],
       [(7, 7, 7, 0), (12, 12, 12, 0), (6, 15, 12, 0)], [(6, 6, 6, 3), (12, 9, 9, 6), (6, 12, 9, 6)], [(8, 8, 5, 0), (15, 12, 9, 0), (6, 18, 9, 0)]]


def tables():
    """The codes by table and value, from the trees that the decoder has."""
    text = (Path(__file__).parents[2] / "runtime/codec/audio/mp3/trees.go").read_text()
    out = {}
    for key, body in re.findall(r"^\t([0-9quads +]+):((?:\s*\"[0-9a-f.]*\"(?: \+)?)+),", text, re.M):
        tree = "".join(re.findall(r'"([^"]*)"', body))
        codes, at = {}, 0

        def walk(prefix):
            nonlocal at
            if tree[at] == ".":
                at += 1
                walk(prefix + "0")
                walk(prefix + "1")
            else:
                codes[int(tree[at:at + 2], 16)] = prefix
                at += 2

        walk("")
        out[{"quads": 32, "quads + 1": 33}.get(key.strip()) or int(key)] = codes
    for k in range(17, 32):
        out[k] = out[16 if k < 24 else 24]
    return out


CODES = tables()


def number(v, n):
    return format(v, f"0{n}b") if n else ""


def pair(rng, table):
    most = max(v >> 4 for v in CODES[table])
    more = MORE.get(table, 0)
    code, tail = 0, ""
    for shift in (4, 0):
        x = int(rng.integers(0, most + 1))
        code |= x << shift
        if x == 15 and more:
            tail += number(int(rng.integers(0, 1 << min(more, 5))), more)
        if x:
            tail += str(rng.integers(0, 2))
    return CODES[table][code] + tail


def quad(rng, table):
    v = int(rng.integers(0, 16))
    return CODES[table][v] + "".join(str(rng.integers(0, 2)) for _ in range(v.bit_count()))


def low_factors(rng, kind, positions):
    """How scale factors of low sampling frequencies are written, and their bits."""
    n = int(rng.integers(0, 512))
    k = n // 2
    if positions and k < 180:
        slen, span = (k // 36, k % 36 // 6, k % 6, 0), 3
    elif positions and k < 244:
        slen, span = ((k - 180) // 16, (k - 180) // 4 % 4, (k - 180) % 4, 0), 4
    elif positions:
        slen, span = ((k - 244) // 3, (k - 244) % 3, 0, 0), 5
    elif n < 400:
        slen, span = (n // 80, n // 16 % 5, n // 4 % 4, n % 4), 0
    elif n < 500:
        slen, span = ((n - 400) // 20, (n - 400) // 4 % 5, n % 4, 0), 1
    else:
        slen, span = ((n - 500) // 3, (n - 500) % 3, 0, 0), 2
    bits = ""
    for width, count in zip(slen, LOW[span][kind]):
        for _ in range(count):
            bits += number(int(rng.integers(0, min(7, (1 << width) - 1))) if positions and width else int(rng.integers(0, 1 << width)), width)
    return n, bits


def granule(rng, version, block, mixed, positions, shared):
    """The side information and the main data of a granule of a channel."""
    kind = 2 if mixed else 1 if block == 2 else 0
    if version == 0:
        compress = int(rng.integers(0, 16))
        a, b = SLEN[compress]
        if kind == 0:
            widths = [w for w, c, s in zip((a, a, b, b), (6, 5, 5, 5), shared) if not s for _ in range(c)]
        else:
            widths = [a] * (18 if kind == 1 else 17) + [b] * 18
        factors = "".join(number(int(rng.integers(0, min(1 << w, 8 if positions else 16))), w) for w in widths)
    else:
        compress, factors = low_factors(rng, kind, positions)
    chosen = [int(rng.choice([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, *range(16, 32)])) for _ in range(3)]
    regions = int(rng.integers(0, 16)), int(rng.integers(0, 8))
    quads = int(rng.integers(0, 2))
    return compress, factors, chosen, regions, quads


def region_ends(bands, block, regions):
    long, short = bands
    if block == 2:
        return 3 * short[3], 576
    if block:
        return long[8], 576
    first = regions[0] + 1
    return long[min(first, 22)], long[min(first + regions[1] + 1, 22)]


def bands():
    text = (Path(__file__).parents[2] / "runtime/codec/audio/mp3/bands.go").read_text()
    rows = [[int(x) for x in r.split(", ")] for r in re.findall(r"^\t\{([0-9, ]+)\},$", text, re.M)]
    return [(rows[i], rows[9 + i]) for i in range(9)]


BANDS = bands()


def make(rng, version, rate, mode, frames=14):
    """A file of one version, rate and way of channels: 0 two, 1 joined, 2 dual, 3 one."""
    channels = 1 if mode == 3 else 2
    crc = int(rng.integers(0, 2))
    hz = RATES[version][rate]
    size = (144 * 320000 if version == 0 else 72 * 160000) // hz
    side_size = (17 if mode == 3 else 32) if version == 0 else (9 if mode == 3 else 17)
    begin = 4 + 2 * crc + side_size
    reach = 511 if version == 0 else 255
    slots, out, used, total = bytearray(), [], 0, 0
    for _ in range(frames):
        ext = int(rng.integers(0, 4)) if mode == 1 else 0
        head = number(0x7ff, 11) + number((3, 2, 0)[version], 2) + "01" + str(1 - crc) + "1110" + number(rate, 2) + "00" + number(mode, 2) + number(ext, 2) + "0000"
        back = int(rng.integers(0, min(reach, total - used) + 1))
        budget = 8 * (size - begin + back) // ((2 if version == 0 else 1) * channels)
        shared = [[int(rng.integers(0, 2)) for _ in range(4)] for _ in range(channels)]
        kinds = []
        for _ in range(2 if version == 0 else 1):
            row = []
            for c in range(channels):
                block = int(rng.choice([0, 1, 3])) if ext & 1 else int(rng.integers(0, 4))
                mixed = int(block == 2 and version != 2 and rng.random() < 0.5)
                row.append(row[0] if c and mode == 1 else (block, mixed))
            kinds.append(row)
        if any(k[c][0] == 2 for k in kinds for c in range(channels)):
            shared = [[0] * 4 for _ in range(channels)]
        side = number(back, 9 if version == 0 else 8) + number(0, (5 if channels == 1 else 3) if version == 0 else channels)
        if version == 0:
            side += "".join(str(b) for s in shared for b in s)
        data = ""
        for g, row in enumerate(kinds):
            for c, (block, mixed) in enumerate(row):
                compress, factors, chosen, regions, quads = granule(rng, version, block, mixed, ext & 1 and c, shared[c] if g else [0] * 4)
                ends = region_ends(BANDS[rate + 3 * version], block, regions)
                pairs = int(rng.integers(0, 289 if c == 0 else 120))
                codes, n = factors, 0
                while n < pairs:
                    table = chosen[0 if 2 * n < ends[0] else 1 if 2 * n < ends[1] else 2]
                    code = pair(rng, table) if table else ""
                    if len(codes) + len(code) > min(budget, 4095):
                        break
                    codes += code
                    n += 1
                at = 2 * n
                while at + 4 <= 576 and rng.random() < 0.98:
                    code = quad(rng, 32 + quads)
                    if len(codes) + len(code) > min(budget, 4095):
                        break
                    codes += code
                    at += 4
                gain = 160 + int(rng.integers(0, 20)) - (28 if any(t >= 16 for t in chosen) else 0)
                side += number(len(codes), 12) + number(n, 9) + number(gain, 8) + number(compress, 4 if version == 0 else 9)
                if block:
                    side += "1" + number(block, 2) + str(mixed) + number(chosen[0], 5) + number(chosen[1], 5) + "".join(number(int(rng.integers(0, 3)), 3) for _ in range(3))
                else:
                    side += "0" + "".join(number(t, 5) for t in chosen) + number(regions[0], 4) + number(regions[1], 3)
                if version == 0:
                    side += str(rng.integers(0, 2))
                side += str(rng.integers(0, 2)) + str(quads)
                data += codes
        data += "0" * (-len(data) % 8)
        main = int(data, 2).to_bytes(len(data) // 8, "big") if data else b""
        slots.extend(bytes(size - begin))
        slots[total - back:total - back + len(main)] = main
        used = total - back + len(main)
        assert used <= len(slots) and len(side) == 8 * side_size
        out.append((int(head, 2).to_bytes(4, "big"), int(side, 2).to_bytes(side_size, "big")))
        total = len(slots)
    result, step = b"", size - begin
    for i, (head, side) in enumerate(out):
        check = checksum(head[2:] + side).to_bytes(2, "big") if crc else b""
        result += head + check + side + bytes(slots[i * step:(i + 1) * step])
    return result


def checksum(data):
    crc = 0xFFFF
    for b in data:
        crc ^= b << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def family(rng, folder, each):
    for version in range(3):
        for rate in range(3):
            for mode in range(4):
                for k in range(each):
                    (folder / f"frames_{version}{rate}{mode}{k}.mp3").write_bytes(make(rng, version, rate, mode))
