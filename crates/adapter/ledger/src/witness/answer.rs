//! What a witness answers, and how it is said in HTTP. Source: C2SP tlog-witness, "add-checkpoint".

/// An answer to a request to cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: the witness remembers the checkpoint and cosigned it; a line of a signed note, with its newline.
    Cosigned(String),
    /// 400: the request is none, or its sizes contradict each other.
    Malformed(String),
    /// 403: no trusted key of the log signed the checkpoint.
    Untrusted(String),
    /// 404: the witness does not know the log.
    UnknownLog,
    /// 409: the witness remembers another size; the log should try again from it.
    OtherSize(u64),
    /// 422: the witness remembers another root at this size; the log has forked.
    Forked(u64),
    /// 422: the proof does not show that the checkpoint extends what the witness remembers.
    BadProof(String),
    /// 500: the witness could not store the checkpoint, and so did not cosign it.
    Failed(String),
}

impl Answer {
    /// Returns the HTTP status code.
    pub fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::Malformed(_) => 400,
            Self::Untrusted(_) => 403,
            Self::UnknownLog => 404,
            Self::OtherSize(_) => 409,
            Self::Forked(_) | Self::BadProof(_) => 422,
            Self::Failed(_) => 500,
        }
    }

    /// Returns the body's media type.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::OtherSize(_) => "text/x.tlog.size",
            _ => "text/plain; charset=utf-8",
        }
    }

    /// Returns the body.
    pub fn body(&self) -> String {
        match self {
            Self::Cosigned(line) => line.clone(),
            Self::OtherSize(size) => format!("{size}\n"),
            Self::Forked(size) => format!("another root was cosigned at {size} records\n"),
            Self::UnknownLog => "this witness does not know the log; ask its operator to add it\n".to_owned(),
            Self::Malformed(why) | Self::Untrusted(why) | Self::BadProof(why) | Self::Failed(why) => format!("{why}\n"),
        }
    }
}
