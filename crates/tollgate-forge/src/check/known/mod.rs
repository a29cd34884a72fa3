//! What is known of the program: tables and the values in them. Nothing here walks a tree or reports an error, so what walks
//! and reports stands above.

pub(crate) mod array;
pub(crate) mod capture;
pub(crate) mod class;
pub(crate) mod data;
pub(crate) mod dispatch;
pub(crate) mod entry;
pub(crate) mod file;
pub(crate) mod function_type;
pub(crate) mod generic;
pub(crate) mod instance;
pub(crate) mod order;
pub(crate) mod record;
pub(crate) mod signature;
pub(crate) mod typed_array;
