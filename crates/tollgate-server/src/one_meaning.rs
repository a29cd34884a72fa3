//! JSON that says one thing: no name stands twice in an object, at any depth. Two readers of such a text would take
//! different values from it, and one of them decides while the other one acts. It is also where its values are counted, before
//! anything is made of them.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::limits::{JSON_MEMBERS_MAX, JSON_VALUES_MAX};

/// Reads a text and keeps nothing of it. The error says where.
pub(crate) fn check(json: &[u8]) -> Result<(), serde_json::Error> {
    let (room, values) = (Cell::new(JSON_MEMBERS_MAX), Cell::new(JSON_VALUES_MAX));
    let mut reader = serde_json::Deserializer::from_slice(json);
    let value = Value {
        room: &room,
        values: &values,
    };
    value.deserialize(&mut reader)?;
    reader.end()
}

/// Any value.
#[derive(Clone, Copy)]
struct Value<'r> {
    /// How many members may still be open.
    room: &'r Cell<usize>,
    /// How many values may still come.
    values: &'r Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        let left = self.values.get().checked_sub(1);
        let left =
            left.ok_or_else(|| D::Error::custom(format!("more than {JSON_VALUES_MAX} values")))?;
        self.values.set(left);
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(Name(name)) = members.next_key()? {
            let left = self.room.get().checked_sub(1);
            let left = left.ok_or_else(|| {
                A::Error::custom(format!(
                    "more than {JSON_MEMBERS_MAX} members in objects around one place"
                ))
            })?;
            self.room.set(left);
            if names.contains(&name) {
                let name: String = name.chars().take(80).collect();
                return Err(A::Error::custom(format!(
                    "the name `{name}` stands twice in one object"
                )));
            }
            names.insert(name);
            members.next_value_seed(self)?;
        }
        self.room.set(self.room.get().saturating_add(names.len()));
        Ok(())
    }
}

/// A name, borrowed where it has no escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        reader.deserialize_str(Read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_in_an_object_at_any_depth() {
        for good in [
            r#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#,
            "[]",
            "1",
            r#""a""#,
            "null",
            "1e9",
        ] {
            check(good.as_bytes()).unwrap();
        }
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"[{"x":{"b":1,"c":2,"b":3}}]"#,
        ] {
            let error = check(bad.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("stands twice"), "{error}");
        }
    }

    #[test]
    fn what_is_no_json_or_more_than_one_is_refused() {
        for bad in [
            "",
            "{",
            "{}{}",
            "{'a':1}",
            "\u{feff}{}",
            "[1,]",
            &"[".repeat(1 << 20),
        ] {
            assert!(check(bad.as_bytes()).is_err());
        }
    }

    #[test]
    fn values_have_a_bound_however_short_they_are() {
        let list = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        check(list(JSON_VALUES_MAX - 1).as_bytes()).unwrap();
        let error = check(list(JSON_VALUES_MAX).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("more than 1000000 values"));
    }

    #[test]
    fn the_members_that_are_open_at_once_have_a_bound_and_those_of_a_list_do_not_add_up() {
        let members = |count: usize| {
            let members: Vec<String> = (0..count).map(|n| format!("\"{n}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        check(members(JSON_MEMBERS_MAX).as_bytes()).unwrap();
        assert!(check(members(JSON_MEMBERS_MAX + 1).as_bytes()).is_err());
        let half = members(JSON_MEMBERS_MAX / 2 + 1);
        check(format!("[{half},{half},{half}]").as_bytes()).unwrap();
    }
}
