"""Random bentos: what passes vet compiles, has valid documents, and starts.

usage: check.py BENTOC REPO WORK COUNT [SEED] [ONLY]

COUNT bentos are made, 100 to a Go module, and one in 20 is started and called with
values that fit. Each bento has the seed SEED:NUMBER; ONLY makes that number alone.
"""

import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import jsonschema
import onnx
import onnxruntime
import openapi_spec_validator

import bentos

TOGETHER, STARTED, CALLS = 100, int(os.environ.get("STARTED", "20")), 5
MODULE = "example.com/random"
LIBRARY = next(map(str, (pathlib.Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so*")))


def model(what):
    """The file of a model that bentos.py has thought of."""
    kinds = {"float32": onnx.TensorProto.FLOAT, "float64": onnx.TensorProto.DOUBLE, "int64": onnx.TensorProto.INT64, "string": onnx.TensorProto.STRING, "bool": onnx.TensorProto.BOOL}
    value = lambda name: onnx.helper.make_tensor_value_info(name, kinds[what["dtype"]], what["shape"])
    node = onnx.helper.make_node(what["op"], what["inputs"], [what["output"]])
    graph = onnx.helper.make_graph([node], "g", [value(i) for i in what["inputs"]], [value(what["output"])])
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


class Run:
    def __init__(self, bentoc, repo, work, seed):
        self.bentoc, self.repo, self.work, self.seed = bentoc, repo, pathlib.Path(work).absolute(), seed
        self.failures, self.refused, self.passed, self.started, self.answers = [], {}, 0, 0, {}

    def tool(self, *args, cwd=None):
        return subprocess.run([self.bentoc, *args], cwd=cwd, capture_output=True, text=True)

    def fail(self, number, what, text):
        self.failures.append(number)
        print(f"FAIL {self.seed}:{number}: {what}\n{text.strip()[:1500]}\n", flush=True)

    def module(self, root):
        """Makes the module of many bentos. Gives the go.mod and go.sum that compile it: what they have of the runtime is not for bentoc."""
        (root / "cue.mod").mkdir(parents=True)
        (root / "cue.mod/module.cue").write_text(f'module: "{MODULE}@v0"\nlanguage: version: "v0.15.0"\n')
        (root / "fill").mkdir()
        (root / "fill/fill.go").write_text((pathlib.Path(__file__).parent / "fill/fill.go").read_text())
        sums = (pathlib.Path(self.repo) / "go.sum").read_text()
        mod = (pathlib.Path(self.repo) / "go.mod").read_text()
        needs = "".join(re.findall(r"^\t(?!//)\S+ v\S+.*\n", mod, re.M))
        own = f"module {MODULE}\n\ngo {re.search(r'^go (.*)$', mod, re.M)[1]}\n"
        (root / "go.mod").write_text(own)
        return own + f"\nrequire (\n{needs}\tbentoc.dev v0.0.0\n)\n\nreplace bentoc.dev => {self.repo}\n", sums

    def make(self, root, number):
        """Writes one bento; gives its folder and calls, or None where vet refuses it."""
        name = f"b{number}"
        folder = root / name
        maker = bentos.Maker(f"{self.seed}:{number}", with_models=True)
        cue, steps, calls = maker.bento(name)
        (folder / "steps").mkdir(parents=True)
        (folder / "bento.cue").write_text(cue)
        (folder / "steps/steps.go").write_text(steps.replace("MODULE", f"{MODULE}/{name}").replace("FILL", f"{MODULE}/fill"))
        for m, what in maker.models.items():
            onnx.save(model(what), folder / f"{m}.onnx")
        vet = self.tool("vet", "--no-steps", "--format=json", str(folder))
        if vet.returncode != 0:
            found = json.loads(vet.stdout) if vet.returncode == 3 else None
            if found is None:
                self.fail(number, f"vet ended with {vet.returncode}", vet.stderr)
            else:
                first = next(d for d in (found if isinstance(found, list) else found["diagnostics"]) if d["severity"] == "error")
                key = first["code"] + ": " + re.sub(r"\d+|\"[^\"]*\"|b\d+\S*", "…", first["message"])[:90]
                self.refused.setdefault(key, []).append(number)
            self.remove(folder)
            return None
        locked = [["lock", str(folder)], ["vet", "--no-steps", str(folder)]] if maker.models else []
        for args in (*locked, ["generate", str(folder)], ["compile", str(folder), "--emit=go", "-o", str(folder / "server")]):
            made = self.tool(*args)
            if made.returncode != 0:
                self.fail(number, f"bentoc {args[0]} ended with {made.returncode}", made.stderr)
                self.remove(folder)
                return None
        for file in (folder / "server").glob("*.go"):  # without steps the types lie in the server's module
            file.write_text(file.read_text().replace(f'"bento.local/{name}/bentogen"', f'"{MODULE}/{name}/server/bentogen"'))
        self.passed += 1
        return folder, calls

    def remove(self, folder):
        subprocess.run(["rm", "-rf", str(folder)], check=True)

    def documents(self, number, folder):
        try:
            api = json.loads((folder / "server/openapi.json").read_text())
            openapi_spec_validator.validate(api)
            schema = self.tool("compile", str(folder), "--emit=schema")
            jsonschema.Draft202012Validator.check_schema(json.loads(schema.stdout))
            patterns(api)
        except Exception as err:
            self.fail(number, "a document is not valid", f"{type(err).__name__}: {err}")

    def compile(self, root, kept):
        """Compiles all servers of a module; no linking."""
        built = subprocess.run(["go", "list", "-e", "-export", "-f", "{{if .Error}}{{.ImportPath}} {{.Error}}{{end}}", "./..."], cwd=root, capture_output=True, text=True,
                               env={**os.environ, "GOWORK": "off", "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOSUMDB": "off"})
        text = built.stdout + built.stderr
        for number in sorted({int(n) for n in re.findall(r"\bb(\d+)/(?:server|steps|bentogen)\b", text)}):
            lines = [l for l in text.splitlines() if f"b{number}/" in l or not l.startswith(("#", "b"))]
            self.fail(number, "the generated code does not compile", "\n".join(lines[:12]))
            kept.pop(number, None)
        if built.returncode != 0 and not self.failures:
            raise SystemExit(text[:3000])

    def start(self, root, number, folder, calls):
        binary = root / f"server{number}"
        engines = folder / "server/engines.go"
        engines.write_text(engines.read_text().replace('"/models/', f'"{folder}/models/'))
        for file in folder.glob("*.onnx"):
            (folder / "models" / file.stem).mkdir(parents=True)
            file.rename(folder / "models" / file.stem / "model.onnx")
        built = subprocess.run(["go", "build", "-o", binary, f"./b{number}/server"], cwd=root, capture_output=True, text=True,
                               env={**os.environ, "GOWORK": "off", "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GOSUMDB": "off"})
        if built.returncode != 0:
            return self.fail(number, "the server does not link", built.stderr)
        log = open(root / f"log{number}", "w+")
        server = subprocess.Popen([binary], env={**os.environ, "PORT": "0", "BENTOC_ORT_LIB": LIBRARY, "LEVEL": "x", "X_1": ""}, stdout=log, stderr=log)
        try:
            for _ in range(6000):
                listens = re.search(r" listening addr=\S*:(\d+) ", (root / f"log{number}").read_text())
                port = listens and int(listens[1])
                if port and ask(f"http://127.0.0.1:{port}/readyz")[0] == 200:
                    break
                if server.poll() is not None:
                    return self.fail(number, "the server ended", (root / f"log{number}").read_text())
                time.sleep(0.05)
            else:
                return self.fail(number, "the server is not ready", (root / f"log{number}").read_text())
            self.started += 1
            self.call(number, port, calls)
        finally:
            server.terminate()
            if server.wait(300) != 0:
                self.fail(number, f"the server ended with {server.returncode}", (root / f"log{number}").read_text())
        binary.unlink()

    def call(self, number, port, calls):
        at = f"http://127.0.0.1:{port}"
        api = json.loads(ask(at + "/docs.json")[1])
        ask(at + "/schema.json")
        routes = {op["post"]["operationId"]: (route, op["post"]) for route, op in api["paths"].items() if "post" in op}
        for name, sample, safe in calls:
            if sample is None:
                continue
            found = [v for k, v in routes.items() if k == name or k.endswith(name)]
            if not found:
                self.fail(number, "an endpoint is not in the document", name)
                continue
            route, op = found[0]
            for _ in range(CALLS):
                body = json.dumps(sample())
                self.one(number, api, at + route, op, body, safe)

    def one(self, number, api, url, op, body, safe):
        code, text = ask(url, body)
        self.answers[code] = self.answers.get(code, 0) + 1
        what = f"POST {url[url.index('/', 8):]} {body[:300]}\n{code} {text[:500]}"
        request = op.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if request is not None:
            problem = fits(api, request, json.loads(body))
            if problem:
                self.fail(number, "the document does not allow a request that fits", what + "\n" + problem)
        if code == 200:
            answer = op["responses"]["200"]["content"].get("application/json", {}).get("schema")
            problem = answer is not None and fits(api, answer, json.loads(text))
            if problem:
                self.fail(number, "an answer does not fit the document", what + "\n" + problem)
        elif code != 500 or safe:
            self.fail(number, "a request that fits is not answered", what)


def ask(url, body=None):
    try:
        request = urllib.request.Request(url, body.encode() if body is not None else None, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as r:
            return r.status, r.read().decode()
    except urllib.error.HTTPError as err:
        return err.code, err.read().decode()
    except OSError as err:
        return 0, str(err)


def fits(api, schema, value):
    """Says why a value does not fit a schema of the document, or gives None."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": api.get("components", {}), "allOf": [schema]}
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(whole).iter_errors(value))
    return error and f"{list(error.absolute_path)}: {error.message}"[:600]


def patterns(x):
    """No schema has a pattern that ECMA-262 does not know."""
    if isinstance(x, dict):
        p = x.get("pattern")
        if isinstance(p, str) and re.search(r"\\[AzQE]|\(\?[imsPU<-]", p.replace("(?<=", "").replace("(?<!", "")):
            raise ValueError(f"the pattern {p} is not ECMA-262's")
        for v in x.values():
            patterns(v)
    elif isinstance(x, list):
        for v in x:
            patterns(v)


def main():
    bentoc, repo, work, count = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    seed = sys.argv[5] if len(sys.argv) > 5 else str(random.randrange(2**32))
    numbers = [int(sys.argv[6])] if len(sys.argv) > 6 else list(range(count))
    print(f"seed {seed}", flush=True)
    run = Run(bentoc, repo, work, seed)
    for begin in range(0, len(numbers), TOGETHER):
        root = run.work / f"m{begin}"
        for_go = run.module(root)
        kept = {}
        for number in numbers[begin:begin + TOGETHER]:
            made = run.make(root, number)
            if made:
                kept[number] = made
                run.documents(number, made[0])
        (root / "go.mod").write_text(for_go[0])
        (root / "go.sum").write_text(for_go[1])
        run.compile(root, kept)
        for i, (number, (folder, calls)) in enumerate(kept.items()):
            if i % STARTED == 0:
                run.start(root, number, folder, calls)
        if not os.environ.get("KEEP"):
            run.remove(root)
        print(f"{begin + len(numbers[begin:begin + TOGETHER])} made, {run.passed} passed vet, {run.started} started, {len(set(run.failures))} failed", flush=True)
    for key, which in sorted(run.refused.items(), key=lambda kv: -len(kv[1])):
        print(f"refused {len(which):4}  {key}  (such as {which[0]})")
    print(f"answers by status: {run.answers}")
    if run.passed < len(numbers) / 2 and len(numbers) > 1:
        raise SystemExit("fewer than half of the bentos pass vet: the generator does not fit the schema any more")
    if run.failures:
        raise SystemExit(f"seed {seed}: failed: {sorted(set(run.failures))}")


if __name__ == "__main__":
    main()
