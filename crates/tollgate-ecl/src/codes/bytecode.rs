//! E05xx: compiled policies that cannot be loaded.

super::codes! {}
