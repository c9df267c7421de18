#!/usr/bin/env python3
"""Writes ort.txt, the schemas of every operator of the installed ONNX Runtime.

    pip install onnxruntime==1.32.0 && python3 schemas.py > ort.txt

The library itself is asked, so its own operators are there too. What a line
means is said in opset.go.
"""
from onnxruntime.capi import onnxruntime_pybind11_state as ort

LETTERS = {"FLOAT": "f", "INT": "i", "STRING": "s", "TENSOR": "t", "GRAPH": "g", "SPARSE_TENSOR": "p", "TYPE_PROTO": "y",
           "FLOATS": "F", "INTS": "I", "STRINGS": "S", "TENSORS": "T", "GRAPHS": "G", "SPARSE_TENSORS": "P", "TYPE_PROTOS": "Y"}
# The numbers of TensorProto.DataType.
NAMES = ["float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "double", "uint32", "uint64",
         "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4",
         "float4e2m1", "float8e8m0", "uint2", "int2", "float6e2m3", "float6e3m2"]
CODES = {name: code for code, name in enumerate(NAMES, 1)}
sets: dict[str, str] = {}

# What ONNX's checker passes over, and operators that allow any attribute. The
# library does not tell; family.py, beside this folder, shows that it is so.
UNCHECKED = {"ATen", "Affine", "ConstantFill", "Crop", "DynamicSlice", "GRUUnit", "GivenTensorFill", "ImageScaler",
             "ParametricSoftplus", "Scale", "ScaledTanh"}
ANY_ATTRIBUTE = {("", "LayerNormalization"), ("", "SimplifiedLayerNormalization")}


def types_of(names) -> str:
    codes = sorted(CODES[n[7:-1]] for n in names if n.startswith("tensor("))
    text = ",".join(map(str, codes)) + ("+" if len(codes) < len(names) else "")
    return sets.setdefault(text, f"#{len(sets)}")


def formals(schema, params) -> str:
    known = {t.type_param_str: t.allowed_type_strs for t in schema.type_constraints}
    out = []
    for p in params:
        mark = {"Single": "", "Optional": "?", "Variadic": "*"}[p.option.name]
        if p.option.name == "Variadic" and not p.isHomogeneous:
            mark = "**"
        name = p.typeStr if p.typeStr in known else ""
        out.append(name + types_of(known.get(p.typeStr, [p.typeStr])) + mark)
    return ",".join(out) or "-"


def size(n: int) -> str:
    return "inf" if n >= 2**31 - 1 else str(n)


def line(s) -> str:
    attributes = ",".join(a.name + ":" + LETTERS.get(a.type.name, '') + ("!" if a.required else "") for a in sorted(s.attributes.values(), key=lambda a: a.name))
    if (s.domain, s.name) in ANY_ATTRIBUTE:
        attributes += ",..."
    mark = "?" if s.name in UNCHECKED else "-" if s.deprecated else ""
    return " ".join([
        s.domain or "ai.onnx", s.name, str(s.since_version) + mark,
        f"{s.min_input}:{size(s.max_input)}", f"{s.min_output}:{size(s.max_output)}",
        formals(s, s.inputs), formals(s, s.outputs), attributes or "-"])


schemas = sorted(ort.get_all_operator_schema(), key=lambda s: (s.domain, s.name, s.since_version))
lines = [line(s) for s in schemas]
for text, name in sets.items():
    print(name, text)
print("\n".join(lines))
