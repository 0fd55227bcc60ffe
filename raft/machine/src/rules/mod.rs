//! The rules of an attempt or booking, listed in order in one place.
