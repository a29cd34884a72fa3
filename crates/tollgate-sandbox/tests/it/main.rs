//! Integration tests of the sandbox, one binary; each file holds one part.

mod fetch;
mod prescan;
mod pure;
mod shapes;
mod source;
