"""Holds what a server takes and answers against what it says of itself.

    python described.py URL [COUNT]

/docs.json must be OpenAPI 3.1 for openapi-spec-validator. Each endpoint is asked
with COUNT requests (40) made of its own schema, right ones and ones with a mistake:
jsonschema and the server must agree on them, and every answer must fit its schema.
Pictures are drawn. Prints the seed; ends with 1 at the first difference.
"""

import base64
import io
import json
import os
import random
import sys
import urllib.error
import urllib.request

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from PIL import Image, ImageDraw

# What a schema has no words for: how bytes are written, what a picture shows, sizes
# that belong together, ranges of elements.
UNSAID = {"bytes_invalid_encoding", "bytes_too_long", "bytes_too_short", "file_encoding", "file_too_large", "image_type", "media_type",
          "url_not_allowed", "tensor_shape", "tensor_type", "int_parsing_size", "table_column"}


def picture(r):
    image = Image.new("RGB", (r.randint(40, 200), r.randint(40, 120)), "white")
    ImageDraw.Draw(image).text((5, 10), "bento " + str(r.randint(1, 999)), fill="black", font_size=24)
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


class Maker:
    """Makes a value of a schema; with spoil, one of its parts is something else."""

    def __init__(self, doc, r, spoil):
        self.doc, self.r, self.spoil = doc, r, spoil

    def make(self, s, depth=0):
        if "$ref" in s:
            target = self.doc
            for part in s["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return self.make(target, depth)
        r = self.r
        if self.spoil and r.random() < 0.1:
            self.spoil = False
            return r.choice([None, True, -1, 0.5, "", "x", [], [1], {}, {"surplus": 1}])
        if arms := s.get("anyOf") or s.get("oneOf"):
            return self.make(r.choice(arms), depth)
        if "enum" in s:
            return r.choice(s["enum"])
        kind = s.get("type")
        if isinstance(kind, list):
            kind = r.choice(kind)
        low = s.get("minimum", s.get("exclusiveMinimum", s.get("maximum", 20) - 20))
        high = s.get("maximum", s.get("exclusiveMaximum", low + 20))
        if kind == "integer":
            return r.randint(int(low), int(high))
        if kind == "number":
            return r.choice([int(low), round(r.uniform(low, high), 3)])
        if kind == "boolean":
            return r.random() < 0.5
        if kind == "string":
            if "picture in base64" in s.get("description", ""):
                return picture(r)
            if "contentEncoding" in s or "base64" in s.get("description", ""):
                return base64.b64encode(r.randbytes(9)).decode()
            n = r.randint(s.get("minLength", 0), s.get("maxLength", s.get("minLength", 0) + 6))
            return "".join(r.choice("abcé 1") for _ in range(n))
        if kind == "array":
            out = [self.make(p, depth + 1) for p in s.get("prefixItems", [])]
            if isinstance(s.get("items"), dict):
                n = r.randint(s.get("minItems", 0), s.get("maxItems", s.get("minItems", 0) + 2))
                out += [self.make(s["items"], depth + 1) for _ in range(n - len(out))]
            return out
        if kind == "object":
            return {k: self.make(v, depth + 1) for k, v in s.get("properties", {}).items()
                    if k in s.get("required", []) or depth < 5 and r.random() < 0.5}
        return None if kind == "null" else r.choice([None, 1, "x", [1.5], {"a": None}])


def ask(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as err:
        return err.code, err.headers.get_content_type(), err.read()


def validator(doc, schema):
    # References are looked up in the document that the validator is made of.
    return Draft202012Validator({**schema, "components": doc["components"]})


def main(base, count):
    with urllib.request.urlopen(base + "/docs.json") as answer:
        doc = json.load(answer)
    OpenAPIV31SpecValidator(doc).validate()
    with urllib.request.urlopen(base + "/schema.json") as answer:
        routes = {route["route"] for route in json.load(answer)["routes"]}
    assert routes == set(doc["paths"]), (routes, set(doc["paths"]))
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    r = random.Random(seed)
    failed = validator(doc, {"$ref": "#/components/schemas/Error"})
    for path, item in doc["paths"].items():
        content = item["post"]["requestBody"]["content"]
        if "application/json" not in content:
            continue
        schema = content["application/json"]["schema"]
        answers = item["post"]["responses"]["200"]["content"]
        takes, taken = validator(doc, schema), 0
        for _ in range(count):
            body = Maker(doc, r, r.random() < 0.5).make(schema)
            status, media, text = ask(base + path, body)
            shown = f"seed {seed}: {path} {json.dumps(body)[:300]}: {status} {text[:300]!r}"
            wrong = next(takes.iter_errors(body), None)
            if status == 200:
                taken += 1
                assert wrong is None, f"{shown}: taken, but {wrong.message}"
                assert media in answers or media.split("/")[0] + "/*" in answers, f"{shown}: {media} is not described"
                if media == "application/json":
                    validator(doc, answers[media]["schema"]).validate(json.loads(text, parse_constant=lambda c: sys.exit(f"{shown}: {c} is no JSON")))
            else:
                error = json.loads(text)
                failed.validate(error)
                kinds = {d["type"] for d in error.get("detail", [])}
                assert status in (400, 413, 415, 422), shown
                assert wrong is not None or status == 422 or kinds & UNSAID, f"{shown}: refused, but it fits"
        print(f"{path}: {count} requests, {taken} taken: ok")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), int(sys.argv[2]) if len(sys.argv) > 2 else 40)
