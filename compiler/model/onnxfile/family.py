#!/usr/bin/env python3
"""Writes a family of small ONNX models, and what ONNX Runtime says of each.

    pip install onnx onnxruntime==1.32.0 && python3 family.py DIR [SHARE [SEED]]
    BENTOC_ONNX_FAMILY=DIR go test -tags judge .

Most of them break one rule: every schema of the library, with a tensor or an
attribute too many, too few, or of another type; the others are graphs, and what
ONNX tests its operators with. SHARE is how many of both are tried, from 0 to 1. DIR/verdicts has a line a model:
its file, "loads" or "refused", and why.
"""
import os
import pathlib
import random
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnx
import onnxruntime
from onnx import AttributeProto, TensorProto as T, helper as h
from onnxruntime.capi import onnxruntime_pybind11_state as state

OUT = pathlib.Path(sys.argv[1])
SHARE = float(sys.argv[2]) if len(sys.argv) > 2 else 1
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
chance = random.Random(SEED)
onnxruntime.set_default_logger_severity(4)
models: list[tuple[str, onnx.ModelProto]] = []


def vi(name, dtype=T.FLOAT, shape=("N", 3)):
    return h.make_tensor_value_info(name, dtype, shape if shape is None else list(shape))


def tensor(name, dtype=T.FLOAT, shape=(3,)):
    n = 1
    for d in shape:
        n *= d
    return h.make_tensor(name, dtype, shape, [b"1" if dtype == T.STRING else 1] * n)


def node(op, ins, outs, name="", domain="", **attributes):
    return h.make_node(op, ins, outs, name=name, domain=domain, **attributes)


def relu(i, o, name=""):
    return node("Relu", [i], [o], name)


def graph(nodes, outs, ins=(), inits=(), values=()):
    return h.make_graph(nodes, "g", list(ins), list(outs), list(inits), value_info=list(values))


def add(what, nodes, ins=None, outs=None, inits=(), values=(), opsets=(("", 17),), ir=8, functions=()):
    g = graph(nodes, [vi("y")] if outs is None else outs, [vi("x")] if ins is None else ins, inits, values)
    m = h.make_model(g, opset_imports=[h.make_opsetid(*o) for o in opsets], functions=list(functions))
    m.ir_version = ir
    models.append((what, m))


def graphs():
    """Graphs, right ones and wrong ones."""
    c = vi("c", T.BOOL, ())
    cx = [c, vi("x")]
    i64 = T.INT64
    add("fine", [relu("x", "y")])
    add("two nodes of one name", [relu("x", "a", "n"), relu("a", "y", "n")])
    add("no names", [relu("x", "a"), relu("a", "y")])
    add("names of Constants", [node("Constant", [], ["k"], "n", value=tensor("k")), node("Constant", [], ["l"], "n", value=tensor("k")),
                               node("Add", ["x", "k"], ["a"], "n"), node("Add", ["a", "l"], ["y"])])
    add("nobody makes it", [node("Add", ["x", "q"], ["y"])])
    add("nobody makes it, and nobody wants it", [relu("x", "y"), relu("z", "q")])
    add("made twice", [relu("x", "y"), node("Abs", ["x"], ["y"])])
    add("an input made again", [relu("x", "x"), relu("x", "y")])
    add("a weight made again", [relu("x", "w"), node("Add", ["x", "w"], ["y"])], inits=[tensor("w")])
    add("a Constant twice", [node("Constant", [], ["k"], value=tensor("k"))] * 2 + [node("Add", ["x", "k"], ["y"])])
    add("a Constant made again", [node("Constant", [], ["k"], value=tensor("k")), relu("x", "k"), node("Add", ["x", "k"], ["y"])])
    add("a Constant of an input", [node("Constant", [], ["x"], value=tensor("k", shape=(1, 3))), relu("x", "y")])
    add("a Constant after its reader", [node("Add", ["x", "k"], ["y"]), node("Constant", [], ["k"], value=tensor("k"))])
    add("a Constant without value", [node("Constant", [], ["k"]), node("Add", ["x", "k"], ["y"])])
    add("a Constant of another type", [node("Constant", [], ["k"], value_int=1), node("Add", ["x", "k"], ["y"])])
    add("a weight twice", [node("Add", ["x", "w"], ["y"])], inits=[tensor("w"), tensor("w")])
    add("a weight twice, of two types", [node("Add", ["x", "w"], ["y"])], inits=[tensor("w"), tensor("w", i64)])
    add("a weight of another type than its input", [relu("x", "y")], [vi("x"), vi("w", i64, (3,))], inits=[tensor("w")])
    add("a circle", [node("Add", ["x", "b"], ["a"]), relu("a", "b"), relu("b", "y")])
    add("a circle of one", [node("Add", ["x", "y"], ["y"])])
    add("a circle that nobody wants", [relu("x", "y"), relu("p", "q"), relu("q", "p")])
    add("out of order", [relu("a", "y"), relu("x", "a")])
    add("an output that nobody makes", [relu("x", "a")])
    add("an output that is the input", [relu("x", "a")], outs=[vi("x")])
    add("an output that is a weight", [relu("x", "a")], outs=[vi("w", shape=(3,))], inits=[tensor("w")])
    add("no nodes", [], outs=[vi("x")])
    add("no inputs", [node("Constant", [], ["y"], value=tensor("k"))], ins=[], outs=[vi("y", shape=(3,))])
    add("nothing taken, nothing given", [node("Foo", [], []), relu("x", "y")])
    add("nothing taken", [node("Foo", [], ["q"]), relu("x", "y")])
    add("left out", [node("Clip", ["x", "", "m"], ["y"])], inits=[tensor("m", shape=())])
    add("attribute twice", [h.make_node("Relu", ["x"], ["y"])])
    models[-1][1].graph.node[0].attribute.extend([h.make_attribute("__a", 1)] * 2)
    add("attribute without type", [node("Cast", ["x"], ["y"], to=1)])
    models[-1][1].graph.node[0].attribute[0].ClearField("type")
    for dtype in (T.FLOAT, i64):
        add(f"output as {dtype}", [relu("x", "y")], outs=[vi("y", dtype)])
        add(f"value as {dtype}", [relu("x", "a"), relu("a", "y")], values=[vi("a", dtype)])
        add(f"value and output as {dtype}", [relu("x", "y")], values=[vi("y", dtype)])
        add(f"value of the input as {dtype}", [relu("x", "y")], values=[vi("x", dtype)])
        add(f"value of a weight as {dtype}", [node("Add", ["x", "w"], ["y"])], inits=[tensor("w")], values=[vi("w", dtype)])
        add(f"weight as {dtype}", [node("Add", ["x", "w"], ["y"])], inits=[tensor("w", dtype)])
        add(f"Cast as {dtype}", [node("Cast", ["x"], ["y"], to=7)], outs=[vi("y", dtype)])
        add(f"Shape as {dtype}", [node("Shape", ["x"], ["y"])], outs=[vi("y", dtype, (2,))])
        add(f"filled as {dtype}", [node("Shape", ["x"], ["s"]), node("ConstantOfShape", ["s"], ["y"], value=tensor("v", i64, (1,)))], outs=[vi("y", dtype)])
    add("two types of one value", [relu("x", "a"), relu("a", "y")], values=[vi("a", i64), vi("a")])
    add("an operator of a later set", [node("Gelu", ["x"], ["y"])])
    add("an operator of nobody", [node("Foo", ["x"], ["y"])])
    add("an operator that is gone", [node("Upsample", ["x", "s"], ["y"])], inits=[tensor("s", shape=(2,))])
    add("an operator for training", [node("Adam", ["x"], ["y"], domain="ai.onnx.preview.training")], opsets=[("", 17), ("ai.onnx.preview.training", 1)])
    add("the library's operator, not imported", [node("Gelu", ["x"], ["y"], domain="com.microsoft")])
    add("ai.onnx", [node("Relu", ["x"], ["y"], domain="ai.onnx")], opsets=[("ai.onnx", 17)])
    add("two versions", [relu("x", "y")], opsets=[("", 17), ("", 13)])
    add("no set of its own", [relu("x", "y")], opsets=[("ai.onnx.ml", 3)])
    for domain, newest in (("", 28), ("ai.onnx.ml", 5), ("ai.onnx.preview", 1), ("com.microsoft", 1), ("com.microsoft.nchwc", 1),
                           ("com.ms.internal.nhwc", 28), ("com.microsoft.experimental", 1), ("org.pytorch.aten", 1), ("foo", 9)):
        for version in (newest, newest + 1):
            add(f"{domain} {version}", [relu("x", "y")], opsets=[(domain, version)] + [("", 17)] * (domain != ""))
    for ir in (3, 4, 10, 13, 14, 15):
        add(f"format {ir}", [relu("x", "y")], ir=ir)

    def f(name="F", nodes=None, domain="foo", opsets=(("", 17),)):
        return h.make_function(domain, name, ["a"], ["b"], nodes or [relu("a", "b")], [h.make_opsetid(*o) for o in opsets])

    def call(*ins, op="F", **k):
        return node(op, ins, ["y"], domain="foo", **k)
    both = [("", 17), ("foo", 1)]
    add("a function", [call("x")], opsets=both, functions=[f()])
    add("a function with too many", [call("x", "x")], opsets=both, functions=[f()])
    add("a function with an attribute", [call("x", k=1)], opsets=both, functions=[f()])
    add("a function of functions", [call("x")], opsets=both, functions=[f(nodes=[node("G", ["a"], ["b"], domain="foo")], opsets=both), f("G")])
    add("a function of an unknown operator", [call("x")], opsets=both, functions=[f(nodes=[node("Foo", ["a"], ["b"])])])
    add("a function of a foreign operator", [call("x")], opsets=both, functions=[f(nodes=[node("B", ["a"], ["b"], domain="bar")], opsets=[("", 17), ("bar", 1)])])
    for why, n in (("unknown", node("Foo", ["a"], ["b"])), ("foreign", node("B", ["a"], ["b"], domain="bar")), ("nobody's", relu("q", "b"))):
        add(f"{why}, in a function that nobody calls", [relu("x", "y")], opsets=both, functions=[f(nodes=[n], opsets=[("", 17), ("bar", 1)])])
    add("a function with a name of the library", [relu("x", "y")], opsets=both, functions=[f("Relu", [node("Abs", ["a"], ["b"])], "")])
    add("a foreign operator", [node("B", ["x"], ["y"], domain="bar")], opsets=[("", 17), ("bar", 1)])

    good = graph([relu("x", "t")], [vi("t")])

    def branch(what, nodes, out="t", dtype=T.FLOAT, before=(), after=(), shape=("N", 3), **k):
        g = graph(nodes, [vi(out, dtype, shape)], **k)
        add("a branch " + what, [*before, node("If", ["c"], ["y"], then_branch=g, else_branch=good), *after], cx)
    branch("that is fine", [relu("x", "t", "n")])
    branch("with a name of outside", [relu("x", "t", "n")], before=[relu("x", "a", "n")])
    branch("with a name twice", [relu("x", "a", "n"), relu("a", "t", "n")])
    branch("that gives back what is outside", [relu("x", "t")], out="x")
    branch("that gives back its weight", [], out="w", inits=[tensor("w", shape=(1, 3))])
    branch("of nothing", [relu("q", "t")])
    branch("that gives nothing", [relu("x", "t")], out="q")
    branch("before what it reads", [relu("a", "t")], after=[relu("x", "a")])
    branch("in a circle", [relu("a", "t")], after=[relu("y", "a")])
    branch("in a circle of its own", [node("Add", ["x", "t"], ["a"]), relu("a", "t")])
    branch("out of order", [relu("a", "t"), relu("x", "a")])
    branch("with a tensor twice", [relu("x", "t"), relu("x", "t")])
    branch("with a Constant", [node("Constant", [], ["k"], value=tensor("k")), node("Add", ["x", "k"], ["t"])])
    branch("with a Constant too late", [node("Add", ["x", "k"], ["t"]), node("Constant", [], ["k"], value=tensor("k"))])
    branch("with a Constant twice", [node("Constant", [], ["k"], value=tensor("k"))] * 2 + [node("Add", ["x", "k"], ["t"])])
    branch("with nothing in it", [node("Relu", [], []), relu("x", "t")])
    branch("with a weight of the input's name", [relu("x", "t")], inits=[tensor("x", shape=(1, 3))])
    branch("with too few", [node("Add", ["x"], ["t"])])
    branch("with too little", [node("Cast", ["x"], ["t"])])
    branch("of another type", [relu("x", "t")], dtype=i64)
    branch("of another type inside", [relu("x", "a"), relu("a", "t")], values=[vi("a", i64)])
    branch("of two types", [node("Add", ["x", "w"], ["t"])], inits=[tensor("w", i64)])
    inner = graph([relu("a", "u")], [vi("u")])
    deep = node("If", ["c"], ["t"], then_branch=inner, else_branch=graph([relu("x", "u")], [vi("u")]))
    branch("of branches", [relu("x", "a"), deep])
    branch("of branches that read too early", [deep, relu("x", "a")])
    for dtype in (None, T.FLOAT, i64):
        x = h.make_empty_tensor_value_info("xi") if dtype is None else vi("xi", dtype)
        body = graph([node("Identity", ["ci"], ["co"]), relu("xi", "xo")], [vi("co", T.BOOL, ()), vi("xo")], [vi("it", i64, ()), vi("ci", T.BOOL, ()), x])
        add(f"a loop over {dtype}", [node("Loop", ["m", "c", "x"], ["y"], body=body)], cx, inits=[tensor("m", i64, ())])


VALUES = {"INT": 1, "FLOAT": 1.0, "STRING": "a", "TENSOR": tensor("v"), "INTS": [1], "FLOATS": [1.0], "STRINGS": ["a"]}
CODES = {"float": 1, "double": 11, **{n.lower(): v for n, v in T.DataType.items() if n not in ("FLOAT", "DOUBLE", "UNDEFINED")}}


def schemas():
    """Every schema of the library, with one thing wrong."""
    for s in state.get_all_operator_schema():
        if chance.random() >= SHARE or s.name in ("Constant", "MemcpyFromHost", "MemcpyToHost"):
            continue
        constraints = {t.type_param_str: t.allowed_type_strs for t in s.type_constraints}
        allowed = [sorted(CODES[t[7:-1]] for t in constraints.get(p.typeStr, [p.typeStr]) if t.startswith("tensor(")) for p in s.inputs]
        if any(not a for a in allowed) or any(a.required and a.type.name not in VALUES for a in s.attributes.values()):
            continue  # takes sequences or graphs
        inputs = list(range(max(s.min_input, min(len(allowed), 1 if s.inputs and s.inputs[0].option.name == "Single" else 0))))
        chosen: dict[str, int] = {}
        types = [chosen.setdefault(s.inputs[min(i, len(s.inputs) - 1)].typeStr, chance.choice(allowed[min(i, len(allowed) - 1)])) for i in inputs]
        attributes = {a.name: VALUES[a.type.name] for a in s.attributes.values() if a.required}
        outs = [f"o{i}" for i in range(max(1, s.min_output))]
        label = f"{s.domain}.{s.name} {s.since_version}"

        def case(what, ins=None, types=types, attrs=attributes, outs=outs, values=()):
            names = [f"i{i}" for i in range(len(types))]
            n = node(s.name, names if ins is None else ins, outs, "n", s.domain)
            for k, v in attrs.items():
                n.attribute.append(v if isinstance(v, AttributeProto) else h.make_attribute(k, v))
            opsets = [("", s.since_version)] if s.domain == "" else [("", 21), (s.domain, s.since_version)]
            add(f"{label} {what}", [n, node("Identity", ["x"], ["y"])], [vi("x")] + [vi(a, t, None) for a, t in zip(names, types)], values=values, opsets=opsets)
        case("right")
        names = [f"i{i}" for i in range(len(types))]
        if names:
            case("one fewer", names[:-1])
            case("one left out", ["" if i == chance.randrange(len(names)) else n for i, n in enumerate(names)])
        case("one more", names + ["x"])
        case("many more", names + ["x"] * 8)
        case("one more out", outs=outs + ["p"])
        case("many more outs", outs=outs + [f"p{i}" for i in range(8)])
        case("first out left out", outs=[""] + outs[1:])
        case("strange attribute", attrs={**attributes, "strange": 1})
        for a in attributes:
            case(f"without {a}", attrs={k: v for k, v in attributes.items() if k != a})
        for a in s.attributes.values():
            if chance.random() < 0.5:
                case(f"{a.name} of another type", attrs={**attributes, a.name: "s" if a.type.name != "STRING" else 1.5})
        for i in range(len(types)):
            for t in (chance.choice(list(CODES.values())), chance.choice(allowed[min(i, len(allowed) - 1)])):
                case(f"input {i} as {t}", types=types[:i] + [t] + types[i + 1:])
        for o in range(len(outs)):
            for t in {chance.choice(list(CODES.values())), types[0] if types else 1}:
                case(f"output {o} as {t}", values=[vi(outs[o], t, None)])


def judge(first: int, pipe) -> None:
    """Writes a line for each model from the first on, until the library aborts."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    for what, m in models[first:]:
        try:
            onnxruntime.InferenceSession(m.SerializeToString(), options, providers=["CPUExecutionProvider"])
            said = "loads\t"
        except Exception as e:
            said = "refused\t" + " ".join(str(e).split())
        print(f"{what}\t{said}", file=pipe, flush=True)


def right_ones():
    """The models that ONNX tests its operators with."""
    from onnx.backend.test.case.node import collect_testcases
    for case in collect_testcases(None):
        if case.model is not None and chance.random() < SHARE:
            models.append((case.name, case.model))


graphs()
schemas()
right_ones()
OUT.mkdir(parents=True, exist_ok=True)
verdicts: list[str] = []
while len(verdicts) < len(models):
    r, w = os.pipe()
    if os.fork() == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        judge(len(verdicts), os.fdopen(w, "w"))
        os._exit(0)
    os.close(w)
    verdicts += os.fdopen(r).read().splitlines()
    os.wait()
    if len(verdicts) < len(models):
        verdicts.append(models[len(verdicts)][0] + "\trefused\tthe library aborted")
for i, (_, m) in enumerate(models):
    (OUT / f"{i}.onnx").write_bytes(m.SerializeToString())
(OUT / "verdicts").write_text("".join(f"{i}.onnx\t{v}\n" for i, v in enumerate(verdicts)))
print(f"{len(models)} models, seed {SEED}")
