//! Why a way out cannot be set up.

/// Why a provider cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// Where it is said to be is no address.
    #[error("{0} is no address of a provider, such as https://api.example.org")]
    Base(String),
    /// Who writes is no address.
    #[error("{0} is no address of a sender, such as courts@club.example")]
    Author(String),
    /// The system has no room for a client, or no certificates.
    #[error("failed to prepare a client: {0}")]
    Client(#[from] reqwest::Error),
    /// The encryption of SMTP cannot be set up.
    #[error("failed to prepare the encryption: {0}")]
    Encryption(#[from] lettre::transport::smtp::Error),
}
