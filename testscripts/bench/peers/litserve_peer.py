"""hello and a perceptron with LitServe.

    python litserve_peer.py ADDRESS greet|predict MODEL
"""

import os
import sys

import litserve
import numpy as np


class Hello(litserve.LitAPI):
    def setup(self, device):
        self.words = {"en": "hello", "fr": "bonjour", "de": "hallo"}

    def decode_request(self, request):
        return request

    def predict(self, request):
        return self.words[request.get("language", "en")] + ", " + request["name"]

    def encode_response(self, output):
        return {"message": output}


class Perceptron(litserve.LitAPI):
    def setup(self, device):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(sys.argv[3], options)

    def decode_request(self, request):
        return np.asarray(request["x"], np.float32)

    def batch(self, inputs):
        return np.stack(inputs)

    def predict(self, x):
        return self.session.run(None, {"x": x})[0]

    def unbatch(self, output):
        return list(output)

    def encode_response(self, output):
        return {"y": output.tolist()}


if __name__ == "__main__":
    host, port = sys.argv[1].rsplit(":", 1)
    if sys.argv[2] == "greet":
        api = Hello(api_path="/greet")
    else:
        api = Perceptron(api_path="/predict", max_batch_size=32, batch_timeout=0.001)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=os.cpu_count(), timeout=60)
    server.run(host=host, port=int(port), num_api_servers=1, log_level="error", generate_client_file=False)
