"""hello and a perceptron with Triton, by PyTriton: its batcher, and Python for the work.

    python triton_peer.py ADDRESS greet|predict MODEL
"""

import os
import sys

import numpy as np
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig


@batch
def greet(name):
    return {"message": np.char.encode(np.char.add("hello, ", np.char.decode(name.astype("bytes"), "utf-8")), "utf-8")}


def perceptron(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)

    @batch
    def predict(x):
        return {"y": session.run(None, {"x": x})[0]}

    return predict


if __name__ == "__main__":
    host, port = sys.argv[1].rsplit(":", 1)
    ports = {"http_address": host, "http_port": int(port), "allow_grpc": False, "allow_metrics": False}
    with Triton(config=TritonConfig(**ports, log_verbose=0)) as triton:
        if sys.argv[2] == "greet":
            work, inputs, outputs = greet, [Tensor(name="name", dtype=bytes, shape=(1,))], [Tensor(name="message", dtype=bytes, shape=(1,))]
        else:
            work = [perceptron(sys.argv[3]) for _ in range(os.cpu_count())]
            inputs, outputs = [Tensor(name="x", dtype=np.float32, shape=(256,))], [Tensor(name="y", dtype=np.float32, shape=(10,))]
        triton.bind(sys.argv[2], work, inputs, outputs, config=ModelConfig(max_batch_size=32, batcher=DynamicBatcher()))
        triton.serve()
