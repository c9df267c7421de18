"""Holds files of proto3 against protoc and protobuf's JSON mapping.

usage: proto.py FOLDER

The folder is what `go test ./compiler/gen -run TestProtoHas -proto FOLDER` has written:
NAME.proto, and NAME.reordered.proto of the same bento with the fields of its types in
another order.
"""

import json
import pathlib
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc
import grpc_tools

FOLDER = pathlib.Path(sys.argv[1]).absolute()
INCLUDE = str(pathlib.Path(grpc_tools.__file__).parent / "_proto")

# Requests and answers of the bento "whole" of compiler/gen/proto_test.go: JSON that is
# the same in proto3's mapping.
DOCUMENTS = {
    "ReadResponse": [
        {"lines": [{"text": "a", "score": 0.5, "x-y": 7, "userId": "u", "user_id": ""}], "raw": "AP8=", "shape": {"circle": {"kind": "circle", "r": 0.0}}},
        {"lines": [{"text": "", "score": 0, "userId": "é", "user_id": "日本", "kids": [{"text": "k", "score": 1, "userId": "", "user_id": ""}]}], "byName": {"a b": {"text": "t", "score": 0.25, "userId": "p", "user_id": "q"}}},
        {"pair": {"item0": -9007199254740993, "item1": "x"}, "deep": {"k": {"items": [1, 2]}}, "rows": [{"items": [0.5]}, {}], "either": {"string": "s"}, "maybe": [{"value": 3}, {}]},
        {"nest": {"value": [{"value": [{}]}, {}]}, "shape": {"box": {"kind": "box", "sides": [1.5, 2]}}, "either": {"null": None}},
        {},
    ],
    "ReadRequest": [{"any": {"a": [1.5, None, "x", {"b": True}]}, "opts": {"lang": "de"}, "tensor": {"shape": [2, 1], "data": [1.5, -2]}}, {"opts": {"lang": "", "n": 0}}],
    "LoneRequest": [{"value": ""}, {"value": "x"}, {}],
}


def pool(path):
    """The descriptors of a file that protoc takes."""
    out = path.with_suffix(".pb")
    if protoc.main(["protoc", f"-I{FOLDER}", f"-I{INCLUDE}", "--include_imports", f"--descriptor_set_out={out}", str(path)]):
        raise SystemExit(f"protoc refuses {path.name}")
    files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    p = descriptor_pool.DescriptorPool()
    for f in files.file:
        p.Add(f)
    return p, files.file[-1]


def numbers(file):
    return {(m.name, f.json_name): (f.number, f.type, f.label) for m in file.message_type for f in m.field}


def plain(x):
    """JSON without what the mapping has another spelling for: integers of 64 bits as texts."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, list):
        return [plain(v) for v in x]
    if isinstance(x, str) and x.lstrip("-").isdigit():
        return int(x)
    return x


checked = 0
for path in sorted(FOLDER.glob("*.proto")):
    if path.name.endswith(".reordered.proto"):
        continue
    p, file = pool(path)
    _, other = pool(path.with_name(path.stem + ".reordered.proto"))
    if numbers(file) != numbers(other):
        raise SystemExit(f"{path.name}: other numbers where fields stand in another order")
    checked += len(numbers(file))
    if path.stem != "whole":
        continue
    for name, documents in DOCUMENTS.items():
        message = message_factory.GetMessageClass(p.FindMessageTypeByName(f"{file.package}.{name}"))
        for document in documents:
            wire = json_format.ParseDict(document, message()).SerializeToString()
            back = json_format.MessageToDict(message.FromString(wire))
            if plain(json.loads(json.dumps(back))) != plain(document):
                raise SystemExit(f"{name}: {document} comes back as {back}")
print(f"protoc takes all files; {checked} fields keep their numbers; documents come back")
