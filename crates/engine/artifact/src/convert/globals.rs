//! The callables a state dict may name, and what the best known others are.

use super::dtype::Dtype;
use super::refusal::Refusal;

/// A name on the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    /// `_rebuild_tensor`: storage, offset, sizes, strides.
    RebuildTensor,
    /// `_rebuild_tensor_v2`: the same and what autograd wants to know.
    RebuildTensorV2,
    /// `_rebuild_tensor_v3`: the same over an untyped storage, and the element type.
    RebuildTensorV3,
    RebuildParameter,
    Size,
    /// A typed storage's class.
    Storage(Dtype),
    UntypedStorage,
    Dtype(Dtype),
}

/// Looks a name up.
///
/// # Errors
/// It is not on the table.
pub(super) fn find(module: &str, name: &str) -> Result<Global, Refusal> {
    Ok(match (module, name) {
        ("collections", "OrderedDict") => Global::OrderedDict,
        ("torch._utils", "_rebuild_tensor") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensorV2,
        ("torch._utils", "_rebuild_tensor_v3") => Global::RebuildTensorV3,
        ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
        ("torch", "Size") => Global::Size,
        ("torch" | "torch.storage", "UntypedStorage") => Global::UntypedStorage,
        ("torch", other) => match (Dtype::of_storage(other), Dtype::of_torch(other)) {
            (Some(dtype), _) => Global::Storage(dtype),
            (None, Some(dtype)) => Global::Dtype(dtype),
            (None, None) => return Err(unknown(module, name)),
        },
        _ => return Err(unknown(module, name)),
    })
}

fn unknown(module: &str, name: &str) -> Refusal {
    let (what, next_step) = match name {
        "ComplexFloatStorage" | "ComplexDoubleStorage" | "complex64" | "complex128" | "complex32" => {
            ("complex numbers, for which readers of safetensors have no common type", "save torch.view_as_real of them")
        }
        "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor" => ("a sparse tensor", "save its to_dense()"),
        "_rebuild_qtensor" | "QInt8Storage" | "QUInt8Storage" | "QInt32Storage" | "QUInt4x2Storage" => {
            ("a quantised tensor", "save its int_repr() with scale and zero point, or its dequantize()")
        }
        "_rebuild_from_type_v2" | "_rebuild_wrapper_subclass" | "_rebuild_parameter_with_state" => {
            ("a tensor with Python attributes or of a class of its own", "save plain tensors")
        }
        _ => ("not a part of a plain state dict", "save model.state_dict() with plain tensors in it, nothing else"),
    };
    Refusal::content(format!("the pickle names {module}.{name}: {what}"), next_step)
}
