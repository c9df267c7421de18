"""hello and a perceptron with MLServer.

    python mlserver_peer.py ADDRESS greet|predict MODEL
"""

import asyncio
import os
import socket
import sys
import tempfile

import numpy as np
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Hello(MLModel):
    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        names = StringCodec.decode_input(payload.inputs[0])
        return InferenceResponse(model_name=self.name, outputs=[StringCodec.encode_output("message", ["hello, " + n for n in names])])


class Perceptron(MLModel):
    async def load(self) -> bool:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["PEER_MODEL"], options)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        x = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("y", self.session.run(None, {"x": x})[0])])


async def main() -> None:
    host, port = sys.argv[1].rsplit(":", 1)
    os.environ["PEER_MODEL"] = os.path.abspath(sys.argv[3])
    with socket.socket() as free:
        free.bind((host, 0))
        grpc_port = free.getsockname()[1]
    settings = Settings(
        host=host, http_port=int(port), grpc_port=grpc_port, metrics_endpoint=None, parallel_workers=0, debug=False, load_models_at_startup=False,
        environments_dir=tempfile.mkdtemp(),
    )
    server = MLServer(settings)
    if sys.argv[2] == "greet":
        models = [ModelSettings(name="greet", implementation=Hello)]
    else:
        models = [ModelSettings(name="predict", implementation=Perceptron, max_batch_size=32, max_batch_time=0.001)]
    await server.start(models)


if __name__ == "__main__":
    asyncio.run(main())
