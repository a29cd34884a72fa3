//! Elements that are not there: `undefined` in places that ask, as in Node, and an error where the program asks too late.

use crate::node::same_as_in_node;

#[test]
fn an_element_that_is_not_there_is_undefined_where_a_program_asks() {
    same_as_in_node(include_str!("../elements/language.js"));
}
