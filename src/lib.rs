//! courtd
