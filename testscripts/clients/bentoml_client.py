"""Calls the examples with BentoML's own client, as its users do.

    python bentoml_client.py hello|digits|ocr|floats|tables URL [ARG]

ARG is samples.json for digits, and for ocr the folder of pictures that
`go run ./draw` writes; floats and tables are the bentos of
testscripts/serve/nonfinite.txtar and tables.txtar, and tables takes a seed. Ends with 1 at the first answer that is not the one
expected.
"""

import json
import pathlib
import sys

import bentoml
from bentoml.exceptions import InvalidArgument


def want(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: got {got!r}, want {expected!r}")
    print(f"{what}: ok")


def refused(what, call):
    try:
        got = call()
    except InvalidArgument as err:
        want(what, err.error_code, 400)
    else:
        sys.exit(f"{what}: got {got!r}, want InvalidArgument")


def hello(client, _):
    want("keyword arguments", client.greet(name="Ada", visit=3), {"message": "hello, Ada (3rd visit)"})
    want("positional arguments, in the order of the schema", client.greet("Ada", 2, "fr"), {"message": "bonjour, Ada (2nd visit)"})
    refused("a value out of bounds", lambda: client.greet(name=""))


def digits(client, samples):
    import numpy as np

    for digit, points in enumerate(json.loads(pathlib.Path(samples).read_text())):
        answer = client.classify(pixels=np.array(points, dtype="float32"))
        want(f"an array, the digit {digit}", int(np.asarray(answer["digit"])), digit)
    refused("an array of another shape", lambda: client.classify(pixels=np.zeros((4, 4), dtype="float32")))


def ocr(client, folder):
    expected = json.loads((pathlib.Path(folder) / "expected.json").read_text())
    for name in ("bold.png", "receipt.png"):
        answer = client.read(image=pathlib.Path(folder) / name)
        want(name, [line["text"] for line in answer["lines"]], expected[name])


def tables(client, url, seed):
    import frames
    import numpy as np
    import pandas as pd

    sales = pd.DataFrame({"shop": ["a", "b", "a"], "day": ["2024-02-28", "2024-02-28", "2024-02-29"], "units": np.array([2, 1, 3], dtype="int32"), "price": [1.5, np.nan, 2]})
    expected = pd.DataFrame({"shop": ["a", "b"], "days": [2, 1], "total": [9.0, np.nan]})

    def same(what, frame, wanted=expected):
        answer = client.add(sales=frame)["takings"]
        want(f"{what}: a DataFrame", type(answer), pd.DataFrame)
        pd.testing.assert_frame_equal(answer, wanted, check_dtype=False)

    same("a DataFrame", sales)
    same("columns in another order, an index, and a column more", sales[["price", "units", "shop", "day"]].assign(other=1).set_index(pd.Index([7, 8, 9])))
    same("texts of pandas and numbers that may be missing", sales.assign(shop=sales["shop"].astype("string"), price=pd.array([1.5, None, 2], dtype="Float64")))
    same("a column that may be missing", sales.assign(returned=[True, False, True]), expected.iloc[1:].reset_index(drop=True).assign(total=[None]))
    empty = client.add(sales=sales.iloc[:0])["takings"]
    want("no rows", (len(empty), list(empty.columns)), (0, ["shop", "days", "total"]))
    want("a list of records", client.add(sales=sales.iloc[:1].to_dict("records"))["takings"].values.tolist(), [["a", 1, 3.0]])
    refused("a column of another type", lambda: client.add(sales=sales.assign(units=["x", "y", "z"])))
    refused("a column that is not there", lambda: client.add(sales=sales.drop(columns="day")))
    frames.family(client, url, int(seed or 1))


def floats(client, _):
    import numpy as np

    for array in (np.array(["a", "bé", ""]), np.array(["x"], dtype=object)):
        want(f"an array of texts, {array.dtype}", client.refuse(texts=array)["texts"].tolist(), array.tolist())
    want("an array of truths", client.refuse(truth=np.array([[True], [False]]))["truth"].tolist(), [[True], [False]])
    odd = np.array([[1, np.nan], [-np.inf, 0.1]], dtype="float32")
    got = client.literal(single=odd, x=float("inf"))
    want("NaN and infinities", (np.array_equal(got["single"], odd, equal_nan=True), got["x"]), (True, float("inf")))
    want("NaN, answered as null", np.isnan(client.null(make="nan")["single"]).tolist(), [[False, True], [False, False]])
    refused("NaN where it is refused", lambda: client.refuse(x=float("nan")))
    refused("a number beyond float16", lambda: client.refuse(half=np.array([1e6, 1])))
    answer = client.refuse(x=3, n=3, whole=np.array([2**64 - 1], dtype="uint64"))
    want("numbers that stay what they are", (type(answer["x"]), type(answer["n"]), int(answer["whole"][0])), (float, int, 2**64 - 1))


if __name__ == "__main__":
    which, url = sys.argv[1:3]
    with bentoml.SyncHTTPClient(url) as client:
        {"hello": hello, "digits": digits, "ocr": ocr, "floats": floats, "tables": lambda client, seed: tables(client, url, seed)}[which](client, (sys.argv[3:] or [None])[0])
