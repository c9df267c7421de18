"""hello and a perceptron with BentoML.

    python bentoml_peer.py ADDRESS greet|predict MODEL
"""

import os
import subprocess
import sys

if __name__ == "__main__":
    host, port = sys.argv[1].rsplit(":", 1)
    os.environ["PEER_MODEL"] = os.path.abspath(sys.argv[3])
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"
    service = {"greet": "Hello", "predict": "Perceptron"}[sys.argv[2]]
    bentoml = os.path.join(os.path.dirname(sys.executable), "bentoml")
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    os.execv(bentoml, [bentoml, "serve", "bentoml_peer:" + service, "--host", host, "--port", port])

import bentoml
import numpy as np

WORKERS = os.cpu_count()


@bentoml.service(workers=WORKERS, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Hello:
    @bentoml.api
    def greet(self, name: str, visit: int = 1, language: str = "en") -> dict:
        return {"message": {"en": "hello", "fr": "bonjour", "de": "hallo"}[language] + ", " + name}


@bentoml.service(workers=WORKERS, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Perceptron:
    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["PEER_MODEL"], options)

    @bentoml.api(batchable=True, max_batch_size=32, max_latency_ms=1000)
    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.session.run(None, {"x": x.astype(np.float32)})[0]
