//! All the objects below a bucket's prefix, however deep.

use rusty_s3::actions::ListObjectsV2;

use super::{Bucket, LIST_BYTES_LIMIT};
use crate::error::Result;
use crate::objects::Listed;

impl Bucket {
    /// Lists the objects below the prefix, by their names after it, and says whether these are all; at most `most` are
    /// listed. Names that stand for folders are left out.
    ///
    /// # Errors
    /// The store cannot be reached or refuses.
    pub fn below(&self, most: usize) -> Result<(Vec<Listed>, bool)> {
        let doing = "list all objects";
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let (mut found, mut next): (Vec<Listed>, Option<String>) = (Vec::new(), None);
        loop {
            let mut action = ListObjectsV2::new(&self.bucket, Some(&self.access.credentials));
            action.with_prefix(prefix.clone());
            if let Some(token) = next.clone() {
                action.with_continuation_token(token);
            }
            let reply = self.client.ask(doing, action, None, LIST_BYTES_LIMIT)?;
            if reply.status != 200 {
                return Err(self.refused(doing, &reply));
            }
            let text =
                std::str::from_utf8(&reply.body).map_err(|_| self.strange(doing, "with something that is not text"))?;
            let page = ListObjectsV2::parse_response(text)
                .map_err(|_| self.strange(doing, "with something that is no list"))?;
            let before = found.len();
            for object in page.contents {
                let Some(name) = object.key.strip_prefix(&prefix).filter(|name| !name.is_empty()) else { continue };
                if !name.ends_with('/') {
                    found.push(Listed { name: name.to_owned(), bytes: object.size.unwrap_or(0) });
                }
            }
            if found.len() > most {
                found.truncate(most);
                return Ok((found, false));
            }
            match page.next_continuation_token {
                None => return Ok((found, true)),
                // A list that goes on without going forward would never end.
                Some(token) if next.as_ref() == Some(&token) || found.len() == before => return Ok((found, false)),
                Some(token) => next = Some(token),
            }
        }
    }
}
