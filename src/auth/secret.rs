//! Text that must not be seen: it comes in from a file or the environment and never goes out.

use std::fmt;

use serde::Deserialize;

/// A secret. Printing it, in a log, an error or a test that fails, shows that it is one and no more.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text as a secret, without the line end that editors leave behind.
    pub fn new(text: &str) -> Self {
        Self(text.trim_end().to_owned())
    }

    /// The text itself, for whoever has to compare or send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Some(Secret::new("hush\n"))), "Some(Secret(…))");
        assert_eq!(Secret::new("hush\n").reveal(), "hush");
    }
}
