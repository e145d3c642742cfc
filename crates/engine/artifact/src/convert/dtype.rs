//! The element types of safetensors, and what torch and NumPy call them.
//!
//! The order of the enumeration is that of the reference writer, which lays tensors out by it, the last first.

/// An element type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dtype {
    Bool,
    U8,
    I8,
    F8E5m2,
    F8E4m3,
    F8E8m0,
    F8E4m3Fnuz,
    F8E5m2Fnuz,
    I16,
    U16,
    F16,
    Bf16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
}

impl Dtype {
    /// Returns the name in a safetensors header.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::U8 => "U8",
            Self::I8 => "I8",
            Self::F8E5m2 => "F8_E5M2",
            Self::F8E4m3 => "F8_E4M3",
            Self::F8E8m0 => "F8_E8M0",
            Self::F8E4m3Fnuz => "F8_E4M3FNUZ",
            Self::F8E5m2Fnuz => "F8_E5M2FNUZ",
            Self::I16 => "I16",
            Self::U16 => "U16",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::I32 => "I32",
            Self::U32 => "U32",
            Self::F32 => "F32",
            Self::F64 => "F64",
            Self::I64 => "I64",
            Self::U64 => "U64",
        }
    }

    /// Returns the size of an element in bytes.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Bool
            | Self::U8
            | Self::I8
            | Self::F8E5m2
            | Self::F8E4m3
            | Self::F8E8m0
            | Self::F8E4m3Fnuz
            | Self::F8E5m2Fnuz => 1,
            Self::I16 | Self::U16 | Self::F16 | Self::Bf16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }

    /// Returns the type by its name in `torch`, such as `bfloat16`.
    pub(super) fn of_torch(name: &str) -> Option<Self> {
        Some(match name {
            "bool" => Self::Bool,
            "uint8" => Self::U8,
            "int8" => Self::I8,
            "float8_e5m2" => Self::F8E5m2,
            "float8_e4m3fn" => Self::F8E4m3,
            "float8_e8m0fnu" => Self::F8E8m0,
            "float8_e4m3fnuz" => Self::F8E4m3Fnuz,
            "float8_e5m2fnuz" => Self::F8E5m2Fnuz,
            "int16" | "short" => Self::I16,
            "uint16" => Self::U16,
            "float16" | "half" => Self::F16,
            "bfloat16" => Self::Bf16,
            "int32" | "int" => Self::I32,
            "uint32" => Self::U32,
            "float32" | "float" => Self::F32,
            "float64" | "double" => Self::F64,
            "int64" | "long" => Self::I64,
            "uint64" => Self::U64,
            _ => return None,
        })
    }

    /// Returns the type of a typed storage of torch by the storage's class.
    pub(super) fn of_storage(class: &str) -> Option<Self> {
        Some(match class {
            "BoolStorage" => Self::Bool,
            "ByteStorage" => Self::U8,
            "CharStorage" => Self::I8,
            "ShortStorage" => Self::I16,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::Bf16,
            "IntStorage" => Self::I32,
            "FloatStorage" => Self::F32,
            "DoubleStorage" => Self::F64,
            "LongStorage" => Self::I64,
            _ => return None,
        })
    }

    /// Returns the type by NumPy's code without its byte order, such as `f4`.
    pub(super) fn of_numpy(code: &str) -> Option<Self> {
        Some(match code {
            "b1" => Self::Bool,
            "u1" => Self::U8,
            "i1" => Self::I8,
            "i2" => Self::I16,
            "u2" => Self::U16,
            "f2" => Self::F16,
            "i4" => Self::I32,
            "u4" => Self::U32,
            "f4" => Self::F32,
            "f8" => Self::F64,
            "i8" => Self::I64,
            "u8" => Self::U64,
            _ => return None,
        })
    }
}
