//! Integration tests of the sandbox, one binary; each file holds one part.

mod fetch;
mod pure;
mod source;
