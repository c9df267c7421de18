"""Random bentos over the whole schema, each from a seed of its own.

A type is made together with values that fit it, so that requests and the results of
steps are judged by what the generator meant and not by what bentoc made of it.
"""

import base64
import json
import random
import string

NAMES = ["type", "func", "x", "user_id", "userId", "URL", "a-b", "select", "in", "err", "ctx", "nil", "len",
         "init", "main", "error", "Box", "html5", "v", "out", "range", "is-ok", "codec", "input", "go", "X1", "x1", "_a"[1:],
         "null", "default", "self", "c", "t", "any", "big", "json", "data"]
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "bfloat16", "float32", "float64", "string"]
WORDS = ["", "a", "red", "ünï", "x y", "</script>", 'q"q', "back\\slash", "日本", "tab\t", "1", "true", "null"]


class Type:
    """A type as CUE, and a function that gives values of it; None where there are none to send as JSON."""

    def __init__(self, cue, sample, plain=True, item=None, default=False, made=True):
        self.cue, self.sample, self.item, self.default = cue, sample, item, default
        self.plain = plain  # whether a constant of it can be written in a graph
        self.made = made and sample is not None  # whether fill.go can make one


def label(name):
    return name if name.replace("_", "a").isalnum() and name[0].isalpha() and name not in ("null", "true", "false", "for", "if", "let", "import", "package", "in", "func") and name.isascii() else json.dumps(name)


class Maker:
    def __init__(self, seed, with_models=False):
        self.models, self.with_models = {}, with_models
        self.rng = random.Random(seed)
        self.defs, self.pool = [], []
        self.whole = False  # whether values have the fields with a default: those of a step must

    # Types.

    def scalar(self):
        r = self.rng
        few = r.sample(["red", "green", "blue", "x-y", "", "1", "Red"], 3)
        lo = r.choice([0, -5, 1, -(2**53), 2**40])
        return r.choice([
            lambda: Type("string", lambda: r.choice(WORDS)),
            lambda: Type('=~"^[a-z]{1,5}$"', lambda: "".join(r.choices("abc", k=r.randint(1, 5)))),
            lambda: Type('=~"^(?i)[a-f]+$"', lambda: r.choice(["a", "AB", "fF"])),
            lambda: Type('=~"\\\\d" & !~"^0"', lambda: r.choice(["1", "a9", "77"])),
            lambda: Type('=~#"\\A\\pL+\\z"#', lambda: r.choice(["a", "é", "日本"])),
            lambda: Type("strings.MinRunes(2) & strings.MaxRunes(4)", lambda: r.choice(["ab", "日本", "1234"])),
            lambda: Type("string & !=\"no\"", lambda: r.choice(["yes", "nono", ""])),
            lambda: Type(" | ".join(json.dumps(w) for w in few), lambda: r.choice(few)),
            lambda: Type("int", lambda: r.choice([0, -1, 2**53 + 1, -(2**63), 2**63 - 1, 7])),
            lambda: Type("int32", lambda: r.choice([0, -1, 2**31 - 1])),
            lambda: Type("uint8", lambda: r.choice([0, 255, 7])),
            lambda: Type("uint64", lambda: r.choice([0, 2**53, 7])),
            lambda: Type(f"int & >={lo} & <={lo + 10}", lambda: lo + r.randint(0, 10)),
            lambda: Type("int & >0 & <100 & !=13", lambda: r.choice([1, 99, 14])),
            lambda: Type("1 | 2 | 40", lambda: r.choice([1, 2, 40])),
            lambda: Type("1.5 | 2 | -0.25", lambda: r.choice([1.5, 2, -0.25])),
            lambda: Type("number", lambda: r.choice([0, 1, 0.5, -3, 1e20, 1e-9])),
            lambda: Type("float", lambda: r.choice([0.5, -2.25, 1e300])),
            lambda: Type(">=0 & <=1", lambda: r.choice([0, 1, 0.5])),
            lambda: Type("number & >-1e3 & <1e3", lambda: r.choice([0.1, -999.5])),
            lambda: Type("math.MultipleOf(5) & int", lambda: 5 * r.randint(-3, 3)),
            lambda: Type("bool", lambda: r.random() < 0.5),
            lambda: Type("null | string", lambda: r.choice([None, "s"])),
            lambda: Type("null | int", lambda: r.choice([None, 3])),
            lambda: Type("bytes", lambda: base64.b64encode(r.randbytes(r.randint(0, 4))).decode()),
            lambda: Type("time.Time", lambda: r.choice(["2024-02-29T12:30:00Z", "2024-02-29T12:30:00.5+02:00"])),
            lambda: Type('time.Format("15:04")', lambda: "12:30"),
            lambda: Type("time.Duration", lambda: r.choice(["1h30m", "-0.5s"])),
            lambda: Type("uuid.Valid", lambda: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
            lambda: Type("string & net.IPv4", lambda: "127.0.0.1"),
            lambda: Type("net.AbsURL", lambda: "https://example.org/a?b#c"),
            lambda: Type("schema.#Email", lambda: "ada@example.org"),
            lambda: Type("schema.#Date", lambda: "2024-02-29"),
            lambda: Type("schema.#Decimal", lambda: r.choice(["12.50", "-0"])),
            lambda: Type('schema.#Bytes & {encoding: "base64url", maxBytes: 4}', lambda: base64.urlsafe_b64encode(r.randbytes(r.randint(0, 4))).decode().rstrip("="), plain=False, made=False),
            lambda: Type('schema.#Bytes & {encoding: "hex"}', lambda: r.randbytes(r.randint(0, 4)).hex(), plain=False, made=False),
            lambda: Type("_", lambda: r.choice([None, 1, "x", [1, {"a": []}], {"k": 0.5}]), plain=False),
        ])()

    def with_default(self):
        r = self.rng
        return r.choice([
            lambda: Type("*3 | int", lambda: r.randint(-3, 3), default=True),
            lambda: Type("*0.5 | (>=0 & <=1)", lambda: 0.25, default=True),
            lambda: Type('*"en" | "fr"', lambda: r.choice(["en", "fr"]), default=True),
            lambda: Type("*true | bool", lambda: False, default=True),
            lambda: Type("*null | string", lambda: "x", default=True),
            lambda: Type("*[1, 2] | [...int]", lambda: [4], default=True),
            lambda: Type('*{a: 1} | {a: int}', lambda: {"a": 5}, default=True),
            lambda: Type('string | *"ünï </x>"', lambda: "y", default=True),
        ])()

    def tensor(self):
        r = self.rng
        dtype, dims = r.choice(DTYPES), [r.choice([1, 2, 3, '"n"', "_"]) for _ in range(r.randint(0, 3))]
        shaped = r.random() < 0.7
        typed = r.random() < 0.8

        def build(sizes):
            if not sizes:
                kind = dtype if typed else "int32"
                return {"bool": True, "string": "s"}.get(kind, 1.5 if "float" in kind else 1)
            return [build(sizes[1:]) for _ in range(sizes[0])]

        def sample():
            return build([d if isinstance(d, int) else 2 for d in dims])

        fields = ([f"dtype: {json.dumps(dtype)}"] if typed else []) + ([f"shape: [{', '.join(map(str, dims))}]"] if shaped else [])
        return Type("schema.#Tensor" + (f" & {{{', '.join(fields)}}}" if fields else ""), sample, plain=False, made=typed)

    def media(self):
        r = self.rng
        cue = r.choice(["schema.#Image", 'schema.#Image & {mediaTypes: ["image/png"], maxPixels: 1000}', "schema.#File", "schema.#File & {maxBytes: 100}",
                        'schema.#File & {mediaTypes: ["application/*"]}'])
        return Type(cue, None, plain=False)

    def type(self, depth=2):
        r = self.rng
        if depth == 0 or r.random() < 0.35:
            return self.tensor() if r.random() < 0.12 else self.media() if r.random() < 0.06 else self.scalar()
        return r.choice([self.list, self.tuple, self.map, self.keyed, self.struct, self.union, self.shapes, self.kinds, self.named, self.tree])(depth - 1)

    def list(self, depth):
        r, t = self.rng, self.type(depth)
        many = r.choice(["", " & list.MinItems(1) & list.MaxItems(3)"])
        sample = t.sample and (lambda: [t.sample() for _ in range(r.randint(1, 3))])
        if r.random() < 0.1:
            return Type("[...string] & list.UniqueItems()", lambda: r.sample(WORDS, 2))
        return Type(f"[...{t.cue}]{many}", sample, t.plain, item=t, made=t.made)

    def tuple(self, depth):
        parts = [self.type(depth) for _ in range(self.rng.randint(1, 3))]
        sample = (lambda: [p.sample() for p in parts]) if all(p.sample for p in parts) else None
        return Type(f"[{', '.join(p.cue for p in parts)}]", sample, False, made=all(p.made for p in parts))

    def map(self, depth):
        r, t = self.rng, self.type(depth)
        return Type(f"{{[string]: {t.cue}}}", t.sample and (lambda: {k: t.sample() for k in r.sample(["a", "é", "x y", ""], r.randint(0, 2))}), t.plain, made=t.made)

    def keyed(self, depth):
        r, t = self.rng, self.type(depth)
        key, names = r.choice([('=~"^x-"', ["x-a", "x-é"]), ('"a" | "b"', ["a", "b"]), ("strings.MinRunes(2)", ["ab", "日本"])])
        return Type(f"{{[{key}]: {t.cue}}}", t.sample and (lambda: {k: t.sample() for k in r.sample(names, r.randint(0, 2))}), t.plain, made=t.made)

    def shapes(self, depth):
        """Structs that differ in a required field, and perhaps a text."""
        r, arms = self.rng, []
        for i in range(r.randint(2, 3)):
            t = self.type(depth)
            arms.append((f"m{i}", t))
        text = " | ".join(f"{{{m}!: {t.cue}}}" for m, t in arms) + r.choice(["", " | string"])
        ok = all(t.sample for _, t in arms)

        def sample():
            m, t = r.choice(arms)
            return {m: t.sample()}
        return Type(f"({text})", sample if ok else None, False, made=False)

    def fields(self, depth, most=4, least=0):
        """Field names with types and whether they are optional."""
        r = self.rng
        out = []
        for name in r.sample(NAMES, r.randint(least, most)):
            t = self.with_default() if r.random() < 0.15 else self.pick(depth)
            out.append((name, t, not t.default and r.random() < 0.2))
        return out

    def pick(self, depth):
        if self.pool and self.rng.random() < 0.6:
            return self.rng.choice(self.pool)
        t = self.type(depth)
        self.pool.append(t)
        return t

    def object(self, fields):
        text = "".join(f"{'// ' + self.rng.choice(WORDS).strip() + chr(10) if self.rng.random() < 0.2 else ''}{label(n)}{'?' if opt else ''}: {t.cue}\n" for n, t, opt in fields)
        dots = "...\n" if self.rng.random() < 0.08 else ""
        return "{\n" + text + dots + "}"

    def object_sample(self, fields):
        """A function that gives an object, or None."""
        if any(t.sample is None and not opt for _, t, opt in fields):
            return None
        skip = lambda t, opt: t.sample is None or (opt or t.default and not self.whole) and self.rng.random() < 0.5
        return lambda: {n: t.sample() for n, t, opt in fields if not skip(t, opt)}

    def struct(self, depth):
        fields = self.fields(depth)
        return Type(self.object(fields), self.object_sample(fields), all(t.plain for _, t, _ in fields), made=all(t.made for _, t, _ in fields))

    def named(self, depth):
        t = self.struct(depth)
        name = f"#D{len(self.defs)}"
        self.defs.append(f"{name}: {t.cue}")
        return Type(name, t.sample, t.plain, made=t.made)

    def tree(self, _):
        name = f"#D{len(self.defs)}"
        self.defs.append(f"{name}: {{v: int, kids?: [...{name}]}}")
        return Type(name, lambda: {"v": 1, "kids": [{"v": 2}, {"v": 3, "kids": []}]})

    def union(self, depth):
        r, arms = self.rng, []
        for i in range(r.randint(2, 3)):
            fields = [f for f in self.fields(depth, 2) if f[0] != "kind"]
            arms.append((f"k{i}", fields, self.object_sample(fields)))
        text = " | ".join("{kind: %s\n%s" % (json.dumps(k), self.object(f)[2:]) for k, f, _ in arms)
        ok = all(s for _, _, s in arms)

        def sample():
            k, _, s = r.choice(arms)
            return {"kind": k, **s()}
        return Type(text, sample if ok else None, False, made=all(t.made for _, f, _ in arms for _, t, _ in f))

    def kinds(self, depth):
        r = self.rng
        arms = r.sample([Type("string", lambda: "s"), Type("int", lambda: 5), Type("bool", lambda: True), self.list(depth), self.struct(depth)], r.randint(2, 3))
        sample = (lambda: r.choice(arms).sample()) if all(a.sample for a in arms) else None
        return Type("(" + " | ".join(f"({a.cue})" for a in arms) + ")", sample, False, made=all(a.made for a in arms))

    # The bento.

    def model(self, name):
        """A small model, as a runner; its file is in self.models."""
        r = self.rng
        dtype, op, two = r.choice([("float32", "Relu", False), ("float32", "Add", True), ("int64", "Mul", True), ("float64", "Sin", False), ("string", "Identity", False), ("bool", "Not", False)])
        batched = r.random() < 0.6
        shape = [r.choice([1, 2, 3]) for _ in range(r.randint(1, 2))]
        word = r.choice(["x", "in", "type", "a_b", "X"])
        self.models[name] = {"op": op, "dtype": dtype, "shape": (["n"] if batched else []) + shape, "inputs": [word, "b2"][: 1 + two], "output": "y"}

        def build(sizes):
            one = {"string": "s", "bool": True}.get(dtype, 2)
            return [build(sizes[1:]) for _ in range(sizes[0])] if sizes else one
        t = Type(f"schema.#Tensor & {{dtype: {json.dumps(dtype)}, shape: {shape}}}", lambda: build(shape), False)
        self.pool.append(t)
        ins = [(i, t, False) for i in self.models[name]["inputs"]]
        c = Callable(f"r{name[1:]}", ins, [("y", t, False)], [], self)
        c.again = True  # as models are
        c.onnx = f"engine: onnx: {{model: models.{name}, threads: 1}}" + (r.choice(["", ", batching: maxSize: 4"]) if batched else "")
        return c

    def bento(self, name):
        r = self.rng
        runners, steps = {}, []
        for i in range(r.randint(1, 4)):
            ins, outs = self.fields(2), self.fields(2, 3)
            runners[f"r{i}"] = Callable(f"r{i}", ins, outs, [], self)
        if self.with_models and r.random() < 0.15:
            runners["r9"] = self.model("m9")
        extra = {rn: r.choice(["", "", ", instances: 2"]) for rn in runners}
        life = {rn: r.choice(["", "", ', open: "Open", close: "Open"']) for rn in runners}
        graphs = {}
        for i in range(r.choice([0, 1, 1, 2, 3])):
            graphs[f"g{i}"] = Graph(self, f"g{i}", runners, dict(graphs)).result()
        lines = [f"package {name}", "", 'import (', '\t"list"', '\t"math"', '\t"net"', '\t"strings"', '\t"time"', '\t"uuid"', "", '\t"bentoc.dev/schema@v0"', ")", ""]
        body = [f'bento: schema.#Bento & {{', f'name: "{name}"']
        if r.random() < 0.3:
            body.append('env: {LEVEL: "a b", X_1: ""}')
        if r.random() < 0.2:
            body.append('labels: {"org.example.a": "1", "org.opencontainers.image.title": "t"}')
        if r.random() < 0.2:
            body.append('description: "says </what> it \\"is\\""')
        if r.random() < 0.2:
            body.append('files: "/app/bento.txt": {path: "bento.cue", mode: "0600"}')
        if r.random() < 0.2:
            body.append(f'platforms: ["{r.choice(["linux/amd64", "linux/arm64"])}"]')
        for m in self.models:
            body.append(f'models: {m}: source: path: "{m}.onnx"')
        body.append("runners: {")
        for n, c in runners.items():
            if c.onnx:
                body.append(f"{n}: {{{c.onnx}{extra[n]}}}")
                continue
            body.append(f'{n}: {{engine: go: {{package: "./steps", func: "F{n}"{life[n]}}}{extra[n]}\n#input: {self.object(c.ins)}\n#output: {self.object(c.outs)}\n{"idempotent: true" if c.again else ""}\n}}')
        body.append("}")
        if graphs:
            body.append("graphs: {\n" + "\n".join(g.text for g in graphs.values()) + "\n}")
        endpoints = [c for c in list(runners.values()) + list(graphs.values()) if r.random() < 0.8] or [runners["r0"]]
        text = []
        for c in endpoints:
            what = f"graph: graphs.{c.name}" if c.graph else f"runner: runners.{c.name}"
            opts = r.choice(["", "", ", strict: true", ', nonFinite: "null"', ', nonFinite: "literal"', ', timeout: "5s"', ', maxBody: 1Mi', f', route: "/v1/{c.name}/do"'])
            if r.random() < 0.2:
                opts += r.choice([', sensitive: true', ', rateLimit: all: {requests: 100000, per: "1s"}', ', rateLimit: tenants: {header: "X-T", each: {requests: 100000, per: "1s"}}'])
            if c.again and r.random() < 0.3:
                opts += self.cache()
            text.append(f"e{c.name}: {{{what}{opts}}}")
        traffic = r.choice(["", 'traffic: {timeout: "10s", maxConcurrency: 50}\n', 'traffic: maxBody: 4Mi\n', 'resources: {cpu: 0.5, memory: 64Mi}\n'])
        body.append(f"services: {name}: {{\n{traffic}endpoints: {{\n" + "\n".join(text) + "\n}\n}\n}")
        whole = "\n".join(lines + self.defs + body)
        for package in ("list", "math", "net", "strings", "time", "uuid"):
            if f"{package}." not in whole.replace(f'"{package}"', ""):
                whole = whole.replace(f'\t"{package}"\n', "")
        calls = [(f"e{c.name}", c.sample, c.safe) for c in endpoints]
        return whole + "\n", self.go(runners), calls

    def cache(self):
        """What keeps answers; the generator's steps give the same each time."""
        return self.rng.choice([', cache: ttl: "1m"', ', cache: {ttl: "50ms", maxBytes: 16Ki}'])

    def go(self, runners):
        """Steps that give back a value which fits, where it can be written as JSON."""
        out = ["package steps", "", 'import (', '\t"context"', "", '\t"MODULE/bentogen"', '\t"FILL"', ")", "", "func Open(context.Context) error { return nil }"]
        for n, c in runners.items():
            if c.onnx:
                continue
            t = f"R{n[1:]}"
            self.whole = True
            value = json.dumps(c.result()) if c.result else "{}"
            self.whole = False
            out.append(f"\n// F{n} is one of the steps.\nfunc F{n}(_ context.Context, _ bentogen.{t}Input) (out bentogen.{t}Output, err error) {{\n\terr = fill.JSON({json.dumps(value)}, &out)\n\treturn out, err\n}}")
        return "\n".join(out) + "\n"


class Callable:
    """Something that a node calls and an endpoint serves. Result gives a value that a step can read as JSON, or is None."""

    def __init__(self, name, ins, outs, parts, maker, graph=False, text=""):
        self.name, self.ins, self.outs, self.graph, self.text = name, ins, outs, graph, text
        self.onnx = ""
        self.sample = maker.object_sample(ins)
        made = all(t.made for _, t, _ in outs)
        self.result = maker.object_sample(outs) if made and not graph else None
        self.again = all(p.again for p in parts) if graph else maker.rng.random() < 0.5  # it is idempotent
        self.safe = all(p.safe for p in parts) if graph else self.result is not None


class Graph:
    def __init__(self, maker, name, runners, graphs):
        self.m, self.r, self.name = maker, maker.rng, name
        self.runners, self.graphs = runners, graphs
        self.ins, self.parts, self.output = [], [], []

    def source(self, t, env):
        """A reference to a value of type t; a new field of the graph's input where there is none."""
        found = [ref for ref, u in env if u is t]
        if found and self.r.random() < 0.8:
            return self.r.choice(found)
        if t.plain and t.sample and self.r.random() < 0.15:
            return json.dumps(t.sample(), ensure_ascii=False)
        name = f"f{len(self.ins)}" if self.r.random() < 0.7 else self.r.choice([n for n in NAMES if n not in [i[0] for i in self.ins]])
        self.ins.append((name, t, False))
        ref = f"#input.{label(name)}"
        env.append((ref, t))
        return ref

    def call(self, node, prefix, env, inner=False):
        c = self.r.choice(list(self.runners.values()) + ([] if inner else list(self.graphs.values())))
        self.parts.append(c)
        given = [f"{label(n)}: {self.source(t, env)}" for n, t, opt in c.ins if not (opt or t.default and self.r.random() < 0.5)]
        beside = ""
        if not c.graph and self.r.random() < 0.2:
            beside = self.r.choice(['', ', timeout: "5s"']) + (self.r.choice([self.m.cache(), ', retry: maxAttempts: 2']) if c.again else "")
        text = f"{node}: {{{'graph: graphs' if c.graph else 'call: runners'}.{c.name}, #in: {{{chr(10).join([''] + given + [''])}}}{beside}}}"
        return text, [(f"{prefix}{node}.#out.{label(n)}", t) for n, t, opt in c.outs if not opt and not t.default]

    def result(self):
        env, nodes = [], []
        for i in range(self.r.randint(1, 3)):
            lists = [(ref, t) for ref, t in env if t.item is not None]
            if self.r.random() < 0.35:
                t = self.r.choice(lists)[1] if lists else self.m.list(1)
                if t.item is not None:
                    nodes.append(self.map(f"n{i}", t, env))
                    continue
            text, outs = self.call(f"n{i}", "", env)
            nodes.append(text)
            env += outs
            self.output.append(f"n{i}: nodes.n{i}.#out")
        output = "{" + "\n".join([""] + self.output + [""]) + "}"
        if len(nodes) == 1 and not nodes[0].startswith("n0: {map") and self.r.random() < 0.4:
            output = "nodes.n0.#out"
        text = f"{self.name}: {{\n#input: {self.m.object(self.ins)}\nnodes: {{\n" + "\n".join(nodes) + f"\n}}\n#output: {output}\n}}"
        return Callable(self.name, self.ins, [(o.split(":")[0], Type("_", None, False), False) for o in self.output], self.parts, self.m, True, text)

    def map(self, node, t, env):
        over = self.source(t, env)
        while not over.startswith(("#", "n")):
            over = self.source(t, env)
        inner = env + [(f"{node}.#item", t.item)]
        text, outs = self.call("m0", "", inner, inner=True)
        env += [e for e in inner if e[0].startswith("#input.") and e not in env]
        self.output.append(f"{node}: nodes.{node}.#out")
        return f"{node}: {{#map: {over}\nnodes: {text}\n#each: {{r: nodes.m0.#out, i: {node}.#item}}\n}}"
