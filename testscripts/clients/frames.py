"""Sends random DataFrames to the endpoints same and nan of testscripts/serve/tables.txtar,
which give them back: by BentoML's client, and as streams of Arrow made by pyarrow. What
comes back is compared with what pandas has, cell by cell, and what no table of the
endpoint is has to be refused."""

import math
import random
import urllib.error
import urllib.request

import numpy as np
import pandas as pd
import pyarrow as pa
from bentoml.exceptions import InvalidArgument

ARROW = "application/vnd.apache.arrow.stream"
WORDS = ["", "a", "ünï", "日本語", "\U0001f600", "NaN", "x" * 40, 'q"\\\n']
# The dtypes of each column; those behind the bar hold nothing that is missing. Those with
# a star are of floats, which are integers in JSON, where a number is one, and none in Arrow.
DTYPES = {
    "n": "int8 int16 int32 int64 uint8 uint16 uint32 uint64 Int64 UInt8 object float64*",
    "größe": "Int64 Int32 object float64* | int64 uint16",
    "f": "float64 float32 Float64 Float32 object int32 Int64",
    "g": "float64 float32 Float64 object Int64 | int8",
    "t": "object string category str",
    "c": "object string category str",
    "b": "bool boolean object",
    "o": "boolean object | bool",
}


def value(rng, column, dtype):
    if column in ("t", "c"):
        return rng.choice(WORDS)
    if column in ("b", "o"):
        return rng.random() < 0.5
    name = dtype.lower()
    if column in ("n", "größe") or "int" in name:
        bits = {"8": 7, "6": 15, "2": 31}.get(name[-1:], 52 if column == "größe" or name[:5] == "float" or column in "fg" else 62)
        low = 0 if name.startswith("u") else -(2**bits)
        return rng.choice([low, 0, 1, 2**bits - 1, rng.randint(low, 2**bits - 1)])
    x = rng.choice([0.0, -0.0, 1.5, 1e30, 5e-324, rng.uniform(-1e6, 1e6)])
    return float(np.float32(x)) if "32" in name else x


def frame(rng, finite):
    """A DataFrame, and its cells; None where one is missing. And how it may be refused:
    by nobody (""), by Arrow alone, or by all."""
    rows = rng.choice([0, 1, 2, 7, 30])
    made, cells, refused = {}, {}, ""
    for column, text in DTYPES.items():
        may, _, full = text.partition(" | ")
        dtype = rng.choice(may.split() + full.split())
        gaps = column in ("größe", "g", "c", "o") and dtype not in full.split() and rng.random() < 0.7
        if dtype.endswith("*"):
            dtype, refused = dtype[:-1], refused or "arrow"
        values = [None if gaps and rng.random() < 0.3 else value(rng, column, dtype) for _ in range(rows)]
        if rows and not finite and column in ("f", "g") and "loat" in dtype and rng.random() < 0.5:
            values[rng.randrange(rows)] = rng.choice([math.inf, -math.inf])
        if rows and column in ("n", "f", "t", "b") and dtype not in ("object", "category", "bool") and "nt" not in dtype[1:4] and rng.random() < 0.05:
            values[rng.randrange(rows)], refused = None, "all"
        kind = pd.CategoricalDtype(WORDS) if dtype == "category" else dtype
        made[column] = pd.Series([np.nan if v is None and dtype in ("float32", "float64") else v for v in values], dtype=kind)
        cells[column] = values
    if rng.random() < 0.3:
        made["more"] = pd.Series(range(rows))
    names = list(made)
    rng.shuffle(names)
    df = pd.DataFrame({name: made[name] for name in names})
    if rng.random() < 0.3:
        df.index = pd.Index(rng.sample(range(1000), rows), name=rng.choice([None, "id"]))
    if rows and refused != "all" and rng.random() < 0.05:  # an empty list has no columns
        df, refused = df.drop(columns=rng.choice(list(DTYPES))), "all"
    return df, cells, refused


def missing(v):
    return v is None or v is pd.NA or isinstance(v, float) and v != v


def same(column, got, want):
    """Whether cells are the same; what is missing may be None, NaN or NA in pandas."""
    def one(g, w):
        if missing(g) or missing(w):
            return missing(g) and missing(w)
        if column in ("f", "g"):
            return float(g) == float(w) and math.copysign(1, g) == math.copysign(1, w)
        return g == w and (isinstance(g, (bool, np.bool_)) == isinstance(w, bool))
    return len(got) == len(want) and all(map(one, got, want))


def by_arrow(url, df, rng):
    table = pa.Table.from_pandas(df, preserve_index=rng.choice([None, False, True]))
    if rng.random() < 0.3:  # which the JSON of BentoML's client has no word for
        table = table.append_column("when", pa.array([pd.Timestamp("2024-02-29")] * len(df), pa.timestamp("ns")))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as w:
        w.write_table(table, max_chunksize=rng.choice([None, 1, 8]))
    request = urllib.request.Request(url, sink.getvalue().to_pybytes(), {"Content-Type": ARROW, "Accept": ARROW})
    with urllib.request.urlopen(request) as answer:
        if answer.headers["Content-Type"] != ARROW:
            raise AssertionError(answer.headers["Content-Type"])
        return pa.ipc.open_stream(answer.read()).read_all().to_pydict()


def family(client, url, seed, n=150):
    rng = random.Random(seed)
    compared = turned = 0
    for i in range(n):
        finite = i % 2 == 0
        endpoint = "same" if finite else "nan"
        df, cells, refused = frame(rng, finite)
        for way in ("json", "arrow"):
            try:
                if way == "arrow":
                    answer = by_arrow(f"{url}/{endpoint}", df, rng)
                else:
                    answer = getattr(client, endpoint)(rows=df)["rows"]
                    answer = {name: list(answer[name]) for name in answer.columns}
            except (InvalidArgument, urllib.error.HTTPError) as err:
                code = getattr(err, "code", None) or err.error_code
                if refused in ("all", way) and code == 400:
                    turned += 1
                    continue
                raise SystemExit(f"frame {i} of seed {seed}, {way}: {err}: {err.read() if hasattr(err, 'read') else ''}\n{df}\n{df.dtypes}") from None
            # NaN is a float where the endpoint lets it be, but not as a stream from pandas.
            if refused == way or refused == "all" and not (way == "json" and not finite):
                raise SystemExit(f"frame {i} of seed {seed}, {way}: is not refused\n{df}\n{df.dtypes}")
            if list(answer) != list(DTYPES):
                raise SystemExit(f"frame {i} of seed {seed}, {way}: columns {list(answer)}")
            for column, want in cells.items():
                compared += 1
                if not same(column, answer[column], want):
                    raise SystemExit(f"frame {i} of seed {seed}, {way}: column {column} is {answer[column]}, want {want}")
    print(f"random DataFrames: {compared} columns come back as they were, {turned} frames are refused")
    if compared < 8 * n or turned < n // 10:
        raise SystemExit("too few")
