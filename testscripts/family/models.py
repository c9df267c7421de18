"""A family of small ONNX models, and items to call them with.

Each kind gives graphs whose batches may not be what they seem: outputs whose first
axis depends on values, rows that are mixed inside a batch, inputs that have nothing
to do with each other, outputs that no node writes. A generator of random numbers
decides sizes, element types and values.
"""

import numpy as np
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

FLOAT_TYPES = {"float32": T.FLOAT, "float64": T.DOUBLE, "float16": T.FLOAT16}
ALL_TYPES = FLOAT_TYPES | {
    "int8": T.INT8, "int16": T.INT16, "int32": T.INT32, "int64": T.INT64, "uint8": T.UINT8,
    "uint16": T.UINT16, "uint32": T.UINT32, "uint64": T.UINT64, "bool": T.BOOL, "str": T.STRING,
}


class Case:
    """One model: its file, how the bento declares it, and how items are drawn."""

    def __init__(self, name, nodes, inputs, outputs, item, inits=(), axis=None, batching=True, whole=False, pad=None):
        self.name = name
        self.item = item  # gives a dict of arrays, each without the batch axis
        self.axis = axis  # what the bento declares: None, -1, or an axis
        self.batching = batching
        self.pad = pad  # by which part items may be lengthened along w
        self.whole = whole  # items are drawn with all axes of the model
        graph = h.make_graph(list(nodes), "g", list(inputs), list(outputs), list(inits))
        opsets = [h.make_opsetid("", 17), h.make_opsetid("ai.onnx.ml", 3)]
        self.model = h.make_model(graph, opset_imports=opsets, ir_version=8)


def value(name, dtype, shape):
    return h.make_tensor_value_info(name, ALL_TYPES[dtype], shape)


def const(name, data, dtype=np.int64):
    return numpy_helper.from_array(np.asarray(data, dtype), name)


def draw(rng, dtype, shape):
    """An array of a few different values, so that items are told apart by them."""
    if dtype == "str":
        words = ["", "a", "grüße", "世界", "x" * 40]
        return np.array([words[i] for i in rng.integers(0, len(words), int(np.prod(shape)))], object).reshape(shape)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype in FLOAT_TYPES:
        return (rng.integers(-20, 20, shape) / 4).astype(dtype)
    low = 0 if dtype.startswith("u") else -100
    return rng.integers(low, 100, shape).astype(dtype)


def one_input(rng, name, nodes, out_shape, width=3, dtype="float32", out=None, names=("n", "m"), inits=(), axis=None, items=None, batching=True, unknown=False):
    """A model of x [n, width] to y."""
    shape_in = None if unknown else [names[0], width]
    return Case(name, nodes, [value("x", dtype, shape_in)], [value("y", out or dtype, out_shape)],
                items or (lambda: {"x": draw(rng, dtype, (width,))}), inits, axis, batching)


def bits(rng):
    """A vector with any number of ones."""
    return lambda: {"x": rng.integers(0, 2, (3,)).astype(np.float32)}


def data_dependent(rng):
    """Outputs with as many rows as the values say."""
    node = h.make_node
    kinds = {
        "nonzero": ([node("NonZero", ["x"], ["z"]), node("Transpose", ["z"], ["y"], perm=[1, 0])], ["m", 2], "int64", []),
        "compress": ([node("ReduceSum", ["x", "one"], ["s"], keepdims=0), node("Greater", ["s", "half"], ["c"]),
                      node("Compress", ["x", "c"], ["y"], axis=0)], ["m", 3], None, [const("one", [1]), const("half", 1.5, np.float32)]),
        "unique": ([node("Unique", ["x"], ["y"], axis=0, sorted=1)], ["m", 3], None, []),
        "flatunique": ([node("Unique", ["x"], ["y"], sorted=1)], ["m"], None, []),
        "where": ([node("NonZero", ["x"], ["z"]), node("Transpose", ["z"], ["i"], perm=[1, 0]),
                   node("GatherND", ["x", "i"], ["y"])], ["m"], None, []),
        "boxes": ([node("NonMaxSuppression", ["b", "p", "most", "iou", "least"], ["y"])], ["m", 3], "int64",
                  [const("most", [3]), const("iou", [0.5], np.float32), const("least", [0.5], np.float32)]),
    }
    for name, (nodes, shape, out, inits) in kinds.items():
        for axis in (0, -1, None):
            if name == "boxes":
                inputs = [value("b", "float32", ["n", 3, 4]), value("p", "float32", ["n", 1, 3])]

                def item():
                    at = rng.random((3, 2)).astype(np.float32)
                    return {"b": np.concatenate([at, at + 0.4], 1), "p": rng.random((1, 3)).astype(np.float32)}

                yield Case(f"{name}{tag(axis)}", nodes, inputs, [value("y", "int64", shape)], item, inits, axis, axis == 0)
            else:
                yield one_input(rng, f"{name}{tag(axis)}", nodes, shape, out=out, inits=inits, axis=axis, items=bits(rng), batching=axis == 0)


def tag(axis):
    return {None: "", -1: "_whole"}.get(axis, f"_axis{axis}")


def mixing(rng):
    """As many rows as items, but some are made of others."""
    node = h.make_node
    for names in (("n", "n"), ("n", "m")):
        kinds = {
            "softmax0": ([node("Softmax", ["x"], ["y"], axis=0)], []),
            "lessmean": ([node("ReduceMean", ["x"], ["s"], axes=[0]), node("Sub", ["x", "s"], ["y"])], []),
            "lessmax": ([node("ReduceMax", ["x"], ["s"], axes=[0]), node("Sub", ["x", "s"], ["y"])], []),
            "parts": ([node("ReduceSum", ["x", "zero"], ["s"]), node("Div", ["x", "s"], ["y"])], [const("zero", [0])]),
            "cumsum0": ([node("CumSum", ["x", "axis"], ["y"])], [const("axis", 0)]),
            "backwards": ([node("Slice", ["x", "from", "to", "axes", "steps"], ["y"])],
                          [const("from", [-1]), const("to", [-(1 << 40)]), const("axes", [0]), const("steps", [-1])]),
            "sorted": ([node("Shape", ["x"], ["sh"]), node("Slice", ["sh", "from", "to"], ["k"]), node("TopK", ["x", "k"], ["y", "i"], axis=0)],
                       [const("from", [0]), const("to", [1])]),
            "quantised": ([node("DynamicQuantizeLinear", ["x"], ["q", "sc", "zp"]), node("DequantizeLinear", ["q", "sc", "zp"], ["y"])], []),
            "gram": ([node("Transpose", ["x"], ["t"], perm=[1, 0]), node("MatMul", ["t", "x"], ["g"]), node("MatMul", ["x", "g"], ["y"])], []),
        }
        for name, (nodes, inits) in kinds.items():
            axis = None if names[0] == names[1] else 0
            positive = (lambda: {"x": np.abs(draw(rng, "float32", (3,))) + 1}) if name == "parts" else None
            yield one_input(rng, f"{name}{tag(axis)}", nodes, [names[1], 3], names=names, inits=inits, axis=axis, items=positive)


def sound(rng):
    """Models that batch as they should, in ways that are not seen at once."""
    node = h.make_node
    yield one_input(rng, "tanh", [node("Tanh", ["x"], ["y"])], ["n", 3])
    yield one_input(rng, "softmax1_axis0", [node("Softmax", ["x"], ["y"], axis=1)], ["m", 3], axis=0)
    yield one_input(rng, "reshaped_axis0", [node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["b"], axis=0), node("Concat", ["b", "rest"], ["t"], axis=0),
                                            node("Reshape", ["x", "t"], ["y"])], ["m", "k", 1], axis=0, inits=[const("zero", [0]), const("rest", [3, 1])])
    yield one_input(rng, "dense", [node("Gemm", ["x", "w", "b"], ["y"])], ["n", 2],
                    inits=[const("w", rng.random((3, 2)), np.float32), const("b", rng.random(2), np.float32)])
    yield one_input(rng, "top", [node("TopK", ["x", "k"], ["v", "y"])], ["n", 2], out="int64", inits=[const("k", [2])])
    yield one_input(rng, "total", [node("ReduceSum", ["x", "one"], ["y"], keepdims=0)], ["n"], inits=[const("one", [1])])
    yield one_input(rng, "table", [node("Gather", ["w", "x"], ["y"])], ["n", 3, 2], dtype="int64", out="float32",
                    inits=[const("w", rng.random((5, 2)), np.float32)], items=lambda: {"x": rng.integers(-7, 7, (3,))})
    yield one_input(rng, "scattered_axis0", [node("NonZero", ["x"], ["z"]), node("Transpose", ["z"], ["i"], perm=[1, 0]), node("GatherND", ["x", "i"], ["v"]),
                                             node("Neg", ["v"], ["u"]), node("ScatterND", ["x", "i", "u"], ["y"])], ["m", 3], axis=0, items=bits(rng))
    yield one_input(rng, "norank_axis0", [node("Neg", ["x"], ["y"])], None, unknown=True, axis=0)
    yield one_input(rng, "norank", [node("Neg", ["x"], ["y"])], None, unknown=True, batching=False)
    yield Case("wide", [node("Abs", ["x"], ["y"])], [value("x", "float32", ["n", "w"])], [value("y", "float32", ["n", "w"])],
               lambda: {"x": draw(rng, "float32", (int(rng.integers(0, 5)),))})
    yield Case("rows_axis0", [node("Reshape", ["x", "t"], ["y"])], [value("x", "float32", ["n", "w"])], [value("y", "float32", ["m", 4])],
               lambda: {"x": draw(rng, "float32", (int(rng.choice([2, 4, 8])),))}, [const("t", [-1, 4])], 0)
    yield Case("middle_axis1", [node("Neg", ["x"], ["y"])], [value("x", "float32", ["t", "n", 2])], [value("y", "float32", ["t", "n", 2])],
               lambda: {"x": draw(rng, "float32", (int(rng.integers(1, 4)), 2))}, axis=1)
    yield Case("empty_axis1", [node("Neg", ["x"], ["y"])], [value("x", "float32", ["t", "n"])], [value("y", "float32", ["t", "n"])],
               lambda: {"x": draw(rng, "float32", (int(rng.integers(0, 3)),))}, axis=1)


def unrelated(rng):
    """Two inputs, whose first axes are one, or are not."""
    node = h.make_node

    def two(name, nodes, a, b, y, item, axis=None, inits=(), batching=True, whole=False):
        return Case(name, nodes, [value("a", "float32", a), value("b", "float32", b)], [value("y", "float32", y)], item, inits, axis, batching, whole)

    def pair(a, b):
        return lambda: {"a": draw(rng, "float32", a), "b": draw(rng, "float32", b)}

    yield two("matmul", [node("MatMul", ["a", "b"], ["y"])], ["n", "k"], ["k", "m"], ["n", "m"],
              lambda: {"a": draw(rng, "float32", (int(rng.integers(1, 4)), 2)), "b": draw(rng, "float32", (2, 3))}, axis=-1, batching=False, whole=True)
    # k is the number of items by chance, now and then.
    yield two("matmul_axis0", [node("MatMul", ["a", "b"], ["y"])], ["n", "k"], ["l", "m"], ["o", "m"],
              lambda: {"a": draw(rng, "float32", (int(rng.integers(1, 4)),)), "b": draw(rng, "float32", (2,))}, axis=0)
    yield two("products", [node("MatMul", ["a", "b"], ["y"])], ["n", 2, "k"], ["n", "k", 3], ["n", 2, 3],
              lambda: (lambda k: {"a": draw(rng, "float32", (2, k)), "b": draw(rng, "float32", (k, 3))})(int(rng.integers(1, 4))))
    yield two("sides", [node("Concat", ["a", "b"], ["y"], axis=1)], ["n", 2], ["n", 1], ["n", 3], pair((2,), (1,)))
    yield two("piled_axis0", [node("Concat", ["a", "b"], ["y"], axis=0)], ["n", 2], ["m", 2], ["o", 2], pair((2,), (2,)), axis=0)
    yield two("distances_axis0", [node("Unsqueeze", ["a", "one"], ["p"]), node("Unsqueeze", ["b", "zero"], ["q"]), node("Sub", ["p", "q"], ["d"]),
                                  node("ReduceL2", ["d"], ["y"], axes=[2], keepdims=0)], ["n", 2], ["m", 2], ["o", "q"],
              pair((2,), (2,)), axis=0, inits=[const("one", [1]), const("zero", [0])])


def unwritten(rng):
    """Outputs that no node writes, in every element type."""
    node = h.make_node
    for dtype, elem in ALL_TYPES.items():
        shape = ["n", 2]
        alike = [value(name, dtype, shape) for name in ("x", "chain", "flat", "taken")]
        outer = h.make_graph([node("Identity", ["x"], ["outer"])], "outer", [], [value("outer", dtype, shape)])
        other = h.make_graph([node("Identity", ["x"], ["other"])], "other", [], [value("other", dtype, shape)])
        body = h.make_graph([node("Identity", ["c"], ["c2"])], "body",
                            [h.make_tensor_value_info("it", T.INT64, []), h.make_tensor_value_info("c", T.BOOL, []), value("v", dtype, shape)],
                            [h.make_tensor_value_info("c2", T.BOOL, []), value("v", dtype, shape)])
        nodes = [
            node("Identity", ["x"], ["i"]), node("Identity", ["i"], ["chain"]),
            node("Unsqueeze", ["x", "one"], ["u"]), node("Squeeze", ["u", "one"], ["sq"]), node("Reshape", ["sq", "keep"], ["flat"]),
            node("If", ["yes"], ["taken"], then_branch=outer, else_branch=other),
        ]
        inits = [const("one", [1]), const("keep", [0, 0]), const("yes", True, bool)]
        yield Case(f"same_{dtype}", nodes, [value("x", dtype, shape)], alike, (lambda d: lambda: {"x": draw(rng, d, (2,))})(dtype), inits)
        if dtype in ("float32", "float16", "int64", "str", "bool"):
            yield Case(f"carried_{dtype}", [node("Loop", ["two", "yes", "x"], ["carried"], body=body)], [value("x", dtype, shape)],
                       [value("carried", dtype, shape)], (lambda d: lambda: {"x": draw(rng, d, (2,))})(dtype), [const("yes", True, bool), const("two", 2)])
        w = draw(rng, dtype, (3,))
        fixed = h.make_tensor("w", elem, [3], [s.encode() for s in w]) if dtype == "str" else numpy_helper.from_array(w, "w")
        yield Case(f"constant_{dtype}", [node("Identity", ["x"], ["y"])], [value("x", dtype, shape)],
                   [value("y", dtype, shape), value("w", dtype, [3])], (lambda d: lambda: {"x": draw(rng, d, (2,))})(dtype), [fixed], axis=-1, batching=False)


def padded(rng):
    """Items of many widths that run together, of models that do not heed what is added."""
    node = h.make_node

    def ragged(name, nodes, shape, out, inits=(), dtype="float32", out_dtype="float32", pad=0.5, low=1, mask=False):
        def item():
            w = int(rng.integers(low, 40))
            sizes = [w if d == "w" else d for d in shape[1:]]
            x = rng.integers(0, 5, sizes) if dtype == "int64" else draw(rng, dtype, sizes)
            return {"x": x, "mask": np.ones((w,), np.float32)} if mask else {"x": x}

        inputs = [value("x", dtype, shape)] + ([value("mask", "float32", ["n", "w"])] if mask else [])
        return Case(f"padded_{name}", nodes, inputs, [value("y", out_dtype, out)], item, inits, pad=pad)

    yield ragged("relu", [node("Relu", ["x"], ["y"])], ["n", "w"], ["n", "w"])
    yield ragged("empty", [node("Relu", ["x"], ["y"])], ["n", "w"], ["n", "w"], low=0, pad=4)
    yield ragged("running", [node("CumSum", ["x", "one"], ["y"])], ["n", "w"], ["n", "w"], [const("one", 1)])
    yield ragged("total", [node("ReduceSum", ["x", "one"], ["y"], keepdims=0)], ["n", "w", 2], ["n", 2], [const("one", [1])])
    yield ragged("dense", [node("MatMul", ["x", "m"], ["y"])], ["n", "w", 3], ["n", "w", 2], [const("m", rng.random((3, 2)), np.float32)])
    yield ragged("inner", [node("Neg", ["x"], ["y"])], ["n", 2, "w", 3], ["n", 2, "w", 3], pad=0.1)
    yield ragged("square", [node("Neg", ["x"], ["y"])], ["n", "w", "w"], ["n", "w", "w"])
    yield ragged("table", [node("Gather", ["m", "x"], ["y"])], ["n", "w"], ["n", "w", 2], [const("m", rng.random((5, 2)), np.float32)], dtype="int64")
    yield ragged("masked", [node("Unsqueeze", ["mask", "two"], ["u"]), node("Mul", ["x", "u"], ["p"]), node("ReduceSum", ["p", "one"], ["s"], keepdims=0),
                            node("ReduceSum", ["mask", "one"], ["c"], keepdims=1), node("Div", ["s", "c"], ["y"])],
                 ["n", "w", 2], ["n", 2], [const("one", [1]), const("two", [2])], mask=True)


def family(seed):
    rng = np.random.default_rng(seed)
    for kind in (data_dependent, mixing, sound, unrelated, unwritten, padded):
        yield from kind(rng)
