"""Compares a running server of this example with the Python package RapidOCR.

    python compare.py DIR [URL]

DIR has the pictures and the expected.json that `go run ./draw` writes; URL is
the endpoint, http://localhost:3000/read unless given. Needs the Python package
rapidocr-onnxruntime 1.4.4. Ends with 1 if a text is not the one drawn, or a box
is more than TOLERANCE pixels away from the one that RapidOCR finds. Where
RapidOCR misreads a line, that is told and forgiven.
"""

import json
import os
import sys
import time
import urllib.request
import uuid

from rapidocr_onnxruntime import RapidOCR

TOLERANCE = 4


def ask(url, path):
    """Sends a picture as a form and gives the lines that the server read."""
    boundary = uuid.uuid4().hex
    kind = "image/png" if path.endswith(".png") else "image/jpeg"
    with open(path, "rb") as f:
        picture = f.read()
    body = b"".join([
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{os.path.basename(path)}"\r\n'
        f"Content-Type: {kind}\r\n\r\n".encode(), picture, f"\r\n--{boundary}--\r\n".encode()])
    request = urllib.request.Request(url, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)["lines"]


def apart(a, b):
    """How far the corners of two boxes are apart at most, in pixels."""
    return max(abs(p - q) for x, y in zip(a, b) for p, q in zip(x, y))


def compare(name, ours, theirs, drawn):
    """Gives what is wrong with the answer about one picture, and remarks."""
    wrong, remarks = [], []
    texts = [line["text"] for line in ours]
    if texts != drawn:
        wrong.append(f"drawn {drawn}, read {texts}")
    if len(ours) != len(theirs):
        wrong.append(f"{len(ours)} lines, RapidOCR has {len(theirs)}")
    for line in ours:
        if not theirs:
            break
        box, text, _ = min(theirs, key=lambda t: apart(t[0], line["box"]))
        if apart(box, line["box"]) > TOLERANCE:
            wrong.append(f"{line['text']!r} at {line['box']}, RapidOCR has {box}")
        if text.strip() != line["text"]:
            remarks.append(f"{line['text']!r}, RapidOCR reads {text!r}")
    return [f"{name}: {w}" for w in wrong], [f"{name}: {r}" for r in remarks]


def main():
    folder = sys.argv[1]
    url = sys.argv[2] if len(sys.argv) > 2 else "http://localhost:3000/read"
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as f:
        expected = json.load(f)
    # Pages are taken at their own size, as the server does.
    engine = RapidOCR(det_limit_type="max", intra_op_num_threads=1, inter_op_num_threads=1)
    mistakes, spent = 0, [0.0, 0.0]
    for name in sorted(expected):
        path = os.path.join(folder, name)
        start = time.perf_counter()
        ours = ask(url, path)
        middle = time.perf_counter()
        theirs, _ = engine(path)
        end = time.perf_counter()
        spent[0] += middle - start
        spent[1] += end - middle
        wrong, remarks = compare(name, ours, theirs or [], expected[name])
        mistakes += len(wrong)
        print("\n".join(wrong + remarks) or f"{name}: same")
    print(f"{len(expected)} pictures, {mistakes} mistakes; {spent[0]:.2f} s, RapidOCR {spent[1]:.2f} s")
    sys.exit(1 if mistakes else 0)


if __name__ == "__main__":
    main()
