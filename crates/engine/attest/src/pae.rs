//! The bytes a DSSE signature covers.
//!
//! Source: DSSE protocol v1.0.2, `PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`, lengths in
//! ASCII decimal without leading zeros. The lengths keep `("ab", "c")` and `("a", "bc")` apart.

/// Returns the pre-authentication encoding of a payload and its type.
///
/// ```
/// let bytes = syndic_attest::pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
/// assert_eq!(bytes, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
/// ```
pub fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}
