//! The element types of ONNX by their number. Source: `onnx.proto3`, TensorProto.DataType.

/// Returns the name of an element type.
pub(super) fn data_type(kind: u64) -> &'static str {
    const NAMES: [&str; 24] = [
        "undefined",
        "float32",
        "uint8",
        "int8",
        "uint16",
        "int16",
        "int32",
        "int64",
        "string",
        "bool",
        "float16",
        "float64",
        "uint32",
        "uint64",
        "complex64",
        "complex128",
        "bfloat16",
        "float8e4m3fn",
        "float8e4m3fnuz",
        "float8e5m2",
        "float8e5m2fnuz",
        "uint4",
        "int4",
        "float4e2m1",
    ];
    usize::try_from(kind).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or("unknown")
}
