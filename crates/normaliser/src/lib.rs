//! normaliser
