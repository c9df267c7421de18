"""Compare a served vad with onnxruntime, which carries the state by hand.

    python compare.py MODEL URL [SEED]

MODEL is silero_vad_op18_ifless.onnx out of the wheel, or any file of the same model. Sounds like speech, hum,
noise and silence are made up and sent piece by piece, by several callers at once, some of
which repeat a piece, begin anew, or go away in the middle of a request. Every answer must be
that of onnxruntime within 1e-5, or say that it is refused.
"""

import concurrent.futures
import http.client
import json
import random
import socket
import sys
import urllib.parse

import numpy as np
import onnxruntime

PIECE, CONTEXT, RATE = 512, 64, 16000
CALLERS, PIECES = 24, 60


class Judge:
    """The state of one sound, as the Python package of the model keeps it."""

    def __init__(self, session):
        self.session = session
        self.begin()

    def begin(self):
        self.state = np.zeros((2, 1, 128), "float32")
        self.context = np.zeros((1, CONTEXT), "float32")
        self.step = 0

    def hear(self, samples):
        x = np.concatenate([self.context, samples[None]], axis=1)
        names = {i.name for i in self.session.get_inputs()}
        feeds = {"input": x, "state": self.state, "sr": np.array(RATE, "int64")}
        speech, self.state = self.session.run(None, {k: v for k, v in feeds.items() if k in names})
        self.context = x[:, -CONTEXT:]
        self.step += 1
        return speech[0]


def sound(rng, kind):
    """A second and more of something that is heard."""
    t = np.arange(PIECES * PIECE) / RATE
    noise = rng.normal(0, 1, t.size)
    if kind == "silence":
        return np.zeros(t.size, "float32")
    if kind == "noise":
        return (0.05 * noise).astype("float32")
    if kind == "hum":
        return (0.3 * np.sin(2 * np.pi * 50 * t)).astype("float32")
    # Vowels: a buzz of the vocal cords through resonances that move, with pauses.
    pitch = 110 + 30 * np.sin(2 * np.pi * 0.7 * t + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = np.zeros(t.size)
    for h in range(1, 40):
        f = h * pitch
        gain = sum(a / (1 + ((f - c) / w) ** 2) for c, w, a in ((500 + 200 * np.sin(3 * t), 80, 1), (1500 + 400 * np.sin(5 * t), 120, 0.6), (2500, 160, 0.3)))
        voice += gain * np.sin(h * phase)
    talks = (np.sin(2 * np.pi * 0.9 * t + rng.uniform(0, 6)) > -0.3) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    return (0.25 * voice * talks + 0.003 * noise).astype("float32")


class Caller:
    def __init__(self, url, session, seed):
        self.at = urllib.parse.urlsplit(url)
        self.judge, self.random = Judge(session), random.Random(seed)
        rng = np.random.default_rng(seed)
        self.kind = self.random.choice(["speech", "speech", "noise", "hum", "silence"])
        self.sound = sound(rng, self.kind)
        self.key = f"caller-{seed}-{self.random.getrandbits(64):016x}"
        self.conn = None
        self.worst, self.heard, self.refused = 0.0, [], 0

    def ask(self, body):
        if self.conn is None:
            self.conn = http.client.HTTPConnection(self.at.hostname, self.at.port, timeout=60)
        self.conn.request("POST", "/listen", json.dumps(body), {"Content-Type": "application/json"})
        answer = self.conn.getresponse()
        return answer.status, json.loads(answer.read())

    def leave(self, body):
        """Sends a request and goes away; whether it was worked on nobody can tell."""
        data = json.dumps(body).encode()
        with socket.create_connection((self.at.hostname, self.at.port)) as s:
            s.sendall(b"POST /listen HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data) + data)

    def piece(self, i, step):
        session = {"key": self.key}
        if step is not None:
            session["step"] = step
        return {"samples": self.sound[i * PIECE:(i + 1) * PIECE].tolist(), "session": session}

    def wants(self, i, step):
        status, answer = self.ask(self.piece(i, step))
        if status != 200:
            sys.exit(f"{self.key} piece {i}: {status} {answer}")
        want = self.judge.hear(self.sound[i * PIECE:(i + 1) * PIECE])
        if answer["step"] != self.judge.step:
            sys.exit(f"{self.key} piece {i}: step {answer['step']}, want {self.judge.step}")
        self.worst = max(self.worst, float(np.max(np.abs(np.array(answer["speech"]) - want))))
        self.heard.append(float(want[0]))

    def refuses(self, i, step):
        status, answer = self.ask(self.piece(i, step))
        if status != 409 or self.key in json.dumps(answer):
            sys.exit(f"{self.key} step {step} at {self.judge.step}: {status} {answer}")
        self.refused += 1

    def run(self):
        for i in range(PIECES):
            what = self.random.random()
            if what < 0.05:
                self.refuses(i, self.judge.step + 2)
            elif what < 0.1 and self.judge.step > 1:
                self.refuses(i, self.judge.step)
            elif what < 0.12:
                self.judge.begin()
            elif what < 0.2:
                self.leave(self.piece(i, self.judge.step + 1))
                # Done or not, the same step again is right: it is refused where it was done.
                status, answer = self.ask(self.piece(i, self.judge.step + 1))
                if status not in (200, 409):
                    sys.exit(f"{self.key} piece {i} again: {status} {answer}")
                want = self.judge.hear(self.sound[i * PIECE:(i + 1) * PIECE])
                if status == 200:
                    self.worst = max(self.worst, float(np.max(np.abs(np.array(answer["speech"]) - want))))
                continue
            # Without a step it is the next, or the first.
            self.wants(i, self.judge.step + 1 if self.judge.step == 0 or self.random.random() < 0.5 else None)
        return self


def main():
    model, url = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
    print(f"seed {seed}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = onnxruntime.InferenceSession(model, options)
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        callers = list(pool.map(lambda i: Caller(url, session, seed + i).run(), range(CALLERS)))
    worst = max(c.worst for c in callers)
    for kind in ("speech", "noise", "silence"):
        heard = [x for c in callers if c.kind == kind for x in c.heard]
        if heard:
            print(f"{kind}: between {min(heard):.3f} and {max(heard):.3f}")
    print(f"{sum(len(c.heard) for c in callers)} answers, {sum(c.refused for c in callers)} steps refused; furthest from onnxruntime: {worst:.2g}")
    if not worst <= 1e-5:
        sys.exit("that is more than 1e-5")


if __name__ == "__main__":
    main()
