//! E03xx: names and types.

super::codes! {}
