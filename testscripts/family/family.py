"""Compare a bento of many small models with onnxruntime, item by item.

usage: family.py BENTOC WORK LOCK [SEED]

A bento with an endpoint for each model of models.py is built and served; 16 callers
ask all of them at once, and each answer is compared with what onnxruntime says of that
item alone. An error is right where onnxruntime has one too, or where the item alone
has not one row along an axis that the bento declares. The seed is printed.
LOCK is a bento.lock of a bento with a model, so that no library is looked for.
"""

import http.client
import json
import os
import pathlib
import platform
import random
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import onnx
import onnxruntime

import models

CALLERS, ITEMS, CALLS = 16, 12, 10


def bento(cases):
    """The bento.cue of the family."""
    arch = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    text = ['package family', 'import "bentoc.dev/schema@v0"', 'bento: schema.#Bento & {', f'\tname: "family"\n\tplatforms: ["linux/{arch}"]']
    for c in cases:
        axis = "" if c.axis is None else f", batchAxis: {c.axis}"
        batching = ", batching: maxSize: 8" if c.batching else ""
        if c.pad is not None:
            batching = f', batching: {{maxSize: 8, pad: {{of: "w", budget: {c.pad}}}}}'
        text.append(f'\tmodels: {c.name}: {{source: path: "{c.name}.onnx"{axis}}}')
        text.append(f'\trunners: {c.name}: {{engine: onnx: model: models.{c.name}, instances: 2{batching}}}')
        text.append(f'\tservices: family: endpoints: {c.name}: {{runner: runners.{c.name}, nonFinite: "literal"}}')
    return "\n".join(text) + "\n}\n"


class Judge:
    """What onnxruntime says of the items of a case."""

    def __init__(self, case, axis):
        self.axis = axis
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(case.model.SerializeToString(), options)
        self.names = [o.name for o in session.get_outputs()]
        self.items = []
        for _ in range(ITEMS):
            item = case.item()
            if axis < 0 and not case.whole:
                item = {k: np.expand_dims(v, 0) for k, v in item.items()}  # the bento wants all axes
            feeds = {k: np.expand_dims(v, axis) for k, v in item.items()} if axis >= 0 else item
            try:
                outputs = session.run(None, feeds)
            except Exception:  # onnxruntime has no common type for its errors
                outputs = None
            self.items.append((item, self.expected(outputs)))

    def expected(self, outputs):
        """The outputs of one item; None where there is no right answer."""
        if outputs is None or self.axis < 0:
            return outputs
        if any(y.ndim <= self.axis or y.shape[self.axis] != 1 for y in outputs):
            return None
        return [np.squeeze(y, self.axis) for y in outputs]


def plain(a):
    """An array as JSON has it."""
    return a.tolist()


def same(got, want):
    """Whether an answer is want, but for rounding."""
    if want.dtype.kind in "OUSb":
        return got == want.tolist()
    got = np.array(got, np.float64 if want.dtype.kind == "f" else want.dtype)
    if got.size == 0 and want.size == 0:
        return True
    if got.shape != want.shape:
        return False
    if want.dtype.kind != "f":
        return bool((got == want).all())
    limit = 2e-2 if want.dtype == np.float16 else 1e-4
    return bool(np.allclose(got, want.astype(np.float64), rtol=limit, atol=limit, equal_nan=True))


class Caller(threading.Thread):
    """Calls every model in an order of its own."""

    def __init__(self, port, judges, seed, faults, counts):
        super().__init__()
        self.port, self.judges, self.faults, self.counts = port, judges, faults, counts
        self.random = random.Random(seed)

    def run(self):
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        # All callers are at the same model at about the same time, so that there are batches.
        for name, judge in self.judges.items():
            for _ in range(CALLS):
                item, want = self.random.choice(judge.items)
                body = json.dumps({k: plain(v) for k, v in item.items()})
                conn.request("POST", f"/{name}", body, {"Content-Type": "application/json"})
                answer = conn.getresponse()
                text = answer.read().decode()
                self.judge(name, judge, body, want, answer.status, text)

    def judge(self, name, judge, body, want, status, text):
        self.counts[status] = self.counts.get(status, 0) + 1
        if "onnxruntime_src" in text:
            self.faults.append(f"{name} {body}: {text}")
        if status != 200:
            if want is not None:
                self.faults.append(f"{name} {body}: {status} {text}; onnxruntime gives {want}")
            return
        if want is None:
            self.faults.append(f"{name} {body}: 200 {text}; there is no right answer")
            return
        answer = json.loads(text)
        for key, y in zip(judge.names, want):
            if not same(answer[key], y):
                self.faults.append(f"{name} {body}: {key} is {answer[key]}, onnxruntime gives {y.tolist()}")


def axes(bentoc, work):
    """The batch axis of each model by the compiled bento; -1 for none."""
    ir = json.loads(subprocess.run([bentoc, "compile", work, "--emit=ir"], check=True, capture_output=True).stdout)
    found = {}
    for name, model in ir["models"].items():
        file = onnx.load(str(work / f"{name}.onnx")).graph.input[0].type.tensor_type
        item = model["signature"]["inputs"][0].get("shape")
        taken = file.HasField("shape") and item is not None and len(item) < len(file.shape.dim)
        declared = model.get("batchAxis")
        found[name] = declared if declared is not None and (taken or not file.HasField("shape")) else 0 if taken else -1
    return found


def main():
    bentoc, work, lock = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
    print(f"family: seed {seed}", flush=True)
    cases = list(models.family(seed))
    (work / "cue.mod").mkdir(parents=True, exist_ok=True)
    (work / "cue.mod" / "module.cue").write_text('module: "example.com/family@v0"\nlanguage: version: "v0.15.0"\n')
    (work / "bento.cue").write_text(bento(cases))
    (work / "bento.lock").write_bytes(pathlib.Path(lock).read_bytes())
    for c in cases:
        onnx.save(c.model, str(work / f"{c.name}.onnx"))
    subprocess.run([bentoc, "lock", work], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = axes(bentoc, work)
    judges = {c.name: Judge(c, found[c.name]) for c in cases}
    start = time.monotonic()
    server = subprocess.Popen([bentoc, "serve", work, "--port", "0", "--progress=quiet"],
                              stdout=subprocess.DEVNULL, stderr=open(work / "server.log", "w"))
    try:
        port = wait(server, work)
        ready = time.monotonic()
        faults, counts = [], {}
        callers = [Caller(port, judges, seed + i, faults, counts) for i in range(CALLERS)]
        for c in callers:
            c.start()
        for c in callers:
            c.join()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    print(f"family: {len(cases)} models, built in {ready - start:.1f} s; {sum(counts.values())} answers in {time.monotonic() - ready:.1f} s, by status {counts}")
    for f in faults[:20]:
        print(f"family: WRONG {f[:600]}")
    if faults or sum(counts.values()) != CALLERS * CALLS * len(cases):
        sys.exit(f"family: {len(faults)} wrong answers with seed {seed}")


def wait(server, work):
    """Gives the port that the server has chosen, when it is ready."""
    for _ in range(9000):
        listens = re.search(r" listening addr=\S*:(\d+) ", (work / "server.log").read_text())
        try:
            if listens:
                conn = http.client.HTTPConnection("127.0.0.1", int(listens[1]), timeout=5)
                conn.request("GET", "/readyz")
                if conn.getresponse().status == 200:
                    return int(listens[1])
        except OSError:
            pass
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit("family: the server is not ready:\n" + (work / "server.log").read_text()[-4000:])


if __name__ == "__main__":
    main()
