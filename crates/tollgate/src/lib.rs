//! tollgate

pub mod policy;
