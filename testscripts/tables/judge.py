"""Compares what servers read of Arrow streams, and write, with what pyarrow does.

    python judge.py FOLDER PROGRAM [SEED]

FOLDER is made, PROGRAM is this folder's, built. The family is the same at each run: types,
nulls, dictionaries that grow and change, many batches, slices, columns that nobody asks
for, and streams that are refused, with what is said of them."""

import base64
import json
import math
import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa

INTS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
FLOATS = [pa.float16(), pa.float32(), pa.float64(), pa.int32(), pa.uint8(), pa.int64()]
TEXTS = [pa.utf8(), pa.large_utf8()]
BYTES = [pa.binary(), pa.large_binary(), pa.binary(3)]
KINDS = {"b": [pa.bool_()], "i": INTS, "f": FLOATS, "s": TEXTS, "y": BYTES}
WORDS = ["", "a", "ünï", "日本語", "a\0b", "\U0001f600", "x" * 300, "red", "green"]


def cell(rng, t):
    """A value of a type that every number of the table holds."""
    if pa.types.is_boolean(t):
        return rng.random() < 0.5
    if pa.types.is_integer(t):
        low = 0 if pa.types.is_unsigned_integer(t) else -(2 ** (t.bit_width - 1))
        high = min(2**63, 2**t.bit_width + low) - 1
        return rng.choice([low, high, 0, 1, rng.randint(low, high)])
    if t == pa.float16():
        import numpy as np

        return np.float16(rng.choice([0.0, -0.0, 1.5, -65504, 6e-8, math.inf, math.nan, rng.uniform(-100, 100)]))
    if t == pa.float32():
        import numpy as np

        return float(np.float32(rng.choice([0.0, 1.5, 3.4e38, 1e-45, -math.inf, math.nan, rng.uniform(-1e6, 1e6)])))
    if t == pa.float64():
        return rng.choice([0.0, -0.0, 1.5, 1e308, 5e-324, math.inf, math.nan, rng.uniform(-1e6, 1e6)])
    if pa.types.is_fixed_size_binary(t):
        return rng.randbytes(t.byte_width)
    word = rng.choice(WORDS)
    return word if t in TEXTS else word.encode() + bytes([rng.randrange(256)]) * rng.randrange(3)


def values(rng, t, n, nulls, floats=False):
    out = [None if rng.random() < nulls else cell(rng, t) for _ in range(n)]
    if floats and t == pa.int64():  # what a float holds
        out = [None if v is None else v // 2048 * 2048 if abs(v) > 2**53 else v for v in out]
    return out


def array(rng, t, n, nulls, floats=False):
    """An array of a type, often a slice of a longer one, or a dictionary."""
    before, behind = (rng.randrange(20), rng.randrange(9)) if rng.random() < 0.5 else (0, 0)
    a = pa.array(values(rng, t, before + n + behind, nulls, floats), t)
    if rng.random() < 0.3:
        a = a.dictionary_encode()
        index = rng.choice([pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()])
        if len(a.dictionary) < 128:
            a = pa.DictionaryArray.from_arrays(a.indices.cast(index), a.dictionary)
    return a.slice(before, n)


def others(rng, n):
    """Columns that nobody asks for."""
    import datetime
    import decimal

    ints = list(range(n))
    made = {
        "o_list": pa.array([[i, None] for i in ints], pa.list_(pa.int32())),
        "o_large": pa.array([["a"] for _ in ints], pa.large_list(pa.utf8())),
        "o_fixed": pa.array([[1, 2] for _ in ints], pa.list_(pa.int8(), 2)),
        "o_struct": pa.array([{"x": i, "y": "t", "z": {"w": True}} for i in ints], pa.struct([("x", pa.int64()), ("y", pa.utf8()), ("z", pa.struct([("w", pa.bool_())]))])),
        "o_map": pa.array([[("k", i)] for i in ints], pa.map_(pa.utf8(), pa.int64())),
        "o_date": pa.array([datetime.date(2024, 2, 29)] * n, pa.date32()),
        "o_time": pa.array([datetime.datetime(2024, 2, 29)] * n, pa.timestamp("ns", "UTC")),
        "o_span": pa.array(ints, pa.duration("s")),
        "o_dec": pa.array([decimal.Decimal("1.5")] * n, pa.decimal128(5, 2)),
        "o_null": pa.nulls(n),
        "o_view": pa.array(["a longer text than twelve bytes", *("b" for _ in ints)][:n], pa.string_view()),
        "o_binview": pa.array([b"a longer text than twelve bytes"] * n, pa.binary_view()),
        "o_dict": pa.array(["a", "b", "c"] * n, pa.utf8()).slice(0, n).dictionary_encode(),
        "o_nested": pa.array([[i] for i in ints], pa.list_(pa.int64())).cast(pa.list_(pa.int64())),
        "o_ends": pa.RunEndEncodedArray.from_arrays(pa.array([n], pa.int32()), pa.array([7], pa.int64())) if n else None,
        "o_dense": pa.UnionArray.from_dense(pa.array([0] * n, pa.int8()), pa.array(ints, pa.int32()), [pa.array(ints, pa.int64()), pa.array(["x"])]),
        "o_sparse": pa.UnionArray.from_sparse(pa.array([0] * n, pa.int8()), [pa.array(ints, pa.int64()), pa.array(["x"] * n, pa.utf8())]),
        "o_listview": pa.array([[i] for i in ints], pa.list_view(pa.int64())),
    }
    names = rng.sample(sorted(k for k, v in made.items() if v is not None), rng.randrange(4))
    return {name: made[name] for name in names}


def stream(batches, schema, **options):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as w:
        for b in batches:
            w.write_batch(b)
    return sink.getvalue().to_pybytes()


def made(rng):
    """A stream, and the columns that are to be read."""
    names = rng.sample([k + m for k in KINDS for m in ("", "n")], rng.randint(0, 5))
    types = {name: rng.choice(KINDS[name[0]]) for name in names}
    sizes = rng.choice([[], [0], [1], [rng.randrange(70)], [rng.randrange(9) for _ in range(rng.randrange(1, 6))], [8, 64, 7]])
    extra = others(rng, 100)
    words = {name: rng.random() < 0.4 for name in names}  # dictionaries in all batches
    batches, expected = [], {name: [] for name in names}
    order = names + list(extra)
    rng.shuffle(order)
    grown = {name: [] for name in names}
    for n in sizes:
        columns = []
        for name in order:
            if name in extra:
                columns.append(extra[name].slice(rng.randrange(20), n))
                continue
            nulls = rng.choice([0, 0.2, 1]) if name.endswith("n") else 0
            a = array(rng, types[name], n, nulls, name[0] == "f")
            if isinstance(a, pa.DictionaryArray):
                a = a.dictionary_decode() if not words[name] else a
            if words[name]:
                plain = a.dictionary_decode() if isinstance(a, pa.DictionaryArray) else a
                if rng.random() < 0.5:  # grows: the old words stay in front
                    grown[name] += plain.unique().to_pylist()
                else:
                    grown[name] = plain.unique().to_pylist()
                seen = []
                for v in grown[name]:
                    if not any(v is s or v == s and math.copysign(1, v if isinstance(v, (int, float)) else 1) == math.copysign(1, s if isinstance(s, (int, float)) else 1) for s in seen):
                        seen.append(v)
                grown[name] = [v for v in seen if v is not None]
                indexes = []
                for v in plain.to_pylist():
                    at = [i for i, s in enumerate(grown[name]) if v is not None and (s == v and repr(s) == repr(v) or s != s and v != v)]
                    indexes.append(at[0] if at else None)
                if any(i is None and v is not None for i, v in zip(indexes, plain.to_pylist())):
                    raise AssertionError((grown[name], plain))
                a = pa.DictionaryArray.from_arrays(pa.array(indexes, pa.int16()), pa.array(grown[name], types[name]))
            columns.append(a)
            expected[name] += a.to_pylist()
        batches.append(pa.record_batch(columns, names=order))
    schema = batches[0].schema if batches else pa.schema([(n, types[n]) if n in types else (n, extra[n].type) for n in order])
    return stream(batches, schema, emit_dictionary_deltas=rng.random() < 0.5, metadata_version=pa.ipc.MetadataVersion.V5), expected, (schema, batches)


def same(name, got, want):
    if name[0] == "y":
        got = [None if v is None else base64.b64decode(v) for v in got]
    if name[0] == "f":
        want = [None if v is None else float(v) for v in want]
        return len(got) == len(want) and all(g is None and w is None or g is not None and w is not None and (g == w and math.copysign(1, g) == math.copysign(1, w) or g != g and w != w) for g, w in zip(got, want))
    return got == want


def refused():
    """Streams, and what is said of them."""
    def one(name, values, t, **options):
        b = pa.record_batch([pa.array(values, t)], names=[name])
        return stream([b], b.schema, **options)

    import datetime

    whole = one("s", ["a", "b"], pa.utf8())
    twice = pa.record_batch([pa.array([1]), pa.array([2])], names=["i", "i"])
    yield "float for int", one("i", [1.0], pa.float64()), "i: must be a column of integers, not of float64"
    yield "text for int", one("in", ["1"], pa.utf8()), "in: must be a column of integers, not of utf8"
    yield "int for bool", one("b", [1], pa.int8()), "b: must be a column of bool, not of int8"
    yield "binary for text", one("s", [b"1"], pa.binary()), "s: must be a column of texts (utf8), not of binary"
    yield "text for binary", one("y", ["1"], pa.utf8()), "y: must be a column of binary, not of utf8"
    yield "date for text", one("s", [datetime.date(2024, 2, 29)], pa.date32()), "not of date"
    yield "view", one("s", ["1"], pa.string_view()), "not of string_view: write it without views"
    yield "decimal for float", one("f", [1], pa.decimal128(3, 0)), "f: must be a column of numbers, not of decimal"
    yield "words of another type", stream([b := pa.record_batch([pa.array(["a"]).dictionary_encode()], names=["i"])], b.schema), "i: must be a column of integers, not of utf8"
    yield "null where none may be", one("i", [1, None, None], pa.int8()), "i[1]: must be an integer, not null (and 1 more)"
    yield "null as a text", one("s", [None], pa.utf8()), "s[0]: must be a text, not null"
    yield "all null", one("b", [None] * 3, pa.null()), "b[0]: must be true or false, not null (and 2 more)"
    yield "a null word", stream([b := pa.record_batch([pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None]))], names=["s"])], b.schema), "s[1]: must be a text, not null"
    yield "over 63 bits", one("i", [2**63 - 1, 2**63], pa.uint64()), "i[1]: must fit in 64 bits"
    yield "no float", one("f", [2**53 + 1], pa.int64()), "f[0]: 9007199254740993 cannot be held by a number of 64 bits: the nearest one is 9.007199254740992e+15"
    yield "the largest", one("f", [2**63 - 1], pa.int64()), "f[0]: 9223372036854775807 cannot be held"
    yield "twice", stream([twice], twice.schema), "i: is given twice"
    yield "lz4", one("s", ["a" * 1000], pa.utf8(), compression="lz4"), "its buffers are compressed: write them without compression"
    yield "zstd", one("s", ["a" * 1000], pa.utf8(), compression="zstd"), "its buffers are compressed: write them without compression"
    yield "legacy", one("s", ["a"], pa.utf8(), use_legacy_format=True), "no message begins at byte 0"
    yield "no end", whole[:-8], "without an end marker"
    yield "more", whole + b"\0", "something follows its end marker"
    yield "two", whole + whole, "something follows its end marker"
    yield "nothing but the end", b"\xff\xff\xff\xff\0\0\0\0", "it has no schema"
    yield "json", b'[{"s": "a"}]', "no message begins at byte 0"
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, pa.schema([("s", pa.utf8())])) as w:
        w.write_batch(pa.record_batch([pa.array(["a"])], names=["s"]))
    yield "a file", sink.getvalue().to_pybytes(), "it is a file: send a stream"
    wrong = pa.Array.from_buffers(pa.utf8(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"a\xff")])
    yield "bad UTF-8", stream([b := pa.record_batch([wrong], names=["sn"])], b.schema), "sn[0]: must be UTF-8"
    falling = pa.Array.from_buffers(pa.utf8(), 2, [None, pa.py_buffer(b"\0\0\0\0\3\0\0\0\2\0\0\0"), pa.py_buffer(b"abc")])
    yield "falling offsets", stream([b := pa.record_batch([falling], names=["s"])], b.schema), "the offsets of column s do not rise"
    for index in (-1, 2, 127):
        at = pa.Array.from_buffers(pa.int8(), 1, [None, pa.py_buffer(index.to_bytes(1, "little", signed=True))])
        beyond = pa.DictionaryArray.from_arrays(at, pa.array(["a", "b"]), safe=False)
        yield f"index {index}", stream([b := pa.record_batch([beyond], names=["s"])], b.schema), "cell 0 of column s is number"


def main(folder, program, seed):
    folder.mkdir(parents=True)
    rng = random.Random(seed)
    expected, said = {}, {}
    for i in range(1000):
        name = f"{i:05}.arrow"
        data, columns, expected_table = made(rng)
        expected[name] = columns, expected_table
        (folder / name).write_bytes(data)
    for i, (what, data, message) in enumerate(refused()):
        name = f"refused{i:03}.arrow"
        said[name] = what, message
        (folder / name).write_bytes(data)
    wrong, compared = [], 0
    for line in subprocess.run([program, folder], check=True, capture_output=True, text=True).stdout.splitlines():
        r = json.loads(line)
        name, error = r["file"], r.get("error", "")
        if name in said:
            what, message = said.pop(name)
            if message not in error:
                wrong.append(f"{what}: {error or 'is read'}, want {message}")
            continue
        columns, _ = expected.pop(name)
        if error:
            wrong.append(f"{name}: {error}")
            continue
        got = json.loads(r["columns"])
        back = pa.ipc.open_stream((folder / (name + ".out")).read_bytes()).read_all()
        back.validate(full=True)
        if set(got) != set(columns) or set(back.column_names) != set(columns):
            wrong.append(f"{name}: columns {sorted(got)}, {back.column_names}, want {sorted(columns)}")
            continue
        for c, want in columns.items():
            compared += 1
            if not same(c, got[c], want):
                wrong.append(f"{name}: column {c} is {got[c]}, want {want}")
            answer = back[c].to_pylist()
            if not same(c, answer if c[0] != "y" else [None if v is None else base64.b64encode(v) for v in answer], want):
                wrong.append(f"{name}: column {c} is answered as {answer}, want {want}")
            if back.schema.field(c).nullable != c.endswith("n"):
                wrong.append(f"{name}: column {c} is answered as {back.schema.field(c)}")
    print(f"{compared} columns are read and written as by pyarrow")
    wrong += [f"{what}: nothing is said of it" for what in [*expected, *said]]
    if wrong or compared < 2000:
        sys.exit("\n".join(wrong[:30]) or "too few columns")


main(Path(sys.argv[1]), sys.argv[2], int((sys.argv[3:] or ["1"])[0]))
