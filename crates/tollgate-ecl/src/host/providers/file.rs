//! Facts files: one JSON object, one section for each kind of fact.
//!
//! ```json
//! {
//!   "now": "2025-01-28T10:15:00Z",
//!   "trusted_issuers": ["did:example:authority"],
//!   "trust": { "did:example:alice": {"R": 0.9, "I": 0.9, "C": 0.8, "P": 0.7, "V": 0.9, "Ω": 0.6}, "did:example:bob": null },
//!   "has_credential": { "did:example:alice": [
//!     "did:example:credential:driver:v1",
//!     { "schema": "did:example:credential:bus:v1", "issuer": "did:example:authority",
//!       "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z", "revoked": false }
//!   ] },
//!   "resolve_did": { "did:example:alice": true },
//!   "delegates": { "did:example:alice": ["did:example:bob"] },
//!   "blueprint": { "did:example:blueprint:charger": { "power_output": {"type": "power", "min": "0kW"} } },
//!   "active_sessions": { "did:example:car": 0 },
//!   "balance": { "did:example:alice": { "EUR": "12.50" } },
//!   "store_get": { "ledger": { "key": "value" } },
//!   "karma": { "did:example:alice": 12.5 },
//!   "realm_trust": { "did:example:alice": { "did:example:realm": [0.9, 0.9, 0.8, 0.7, 0.9, 0.6] } }
//! }
//! ```
//!
//! What is not listed is unknown, and so is `null`. A subject under `has_credential` has the credentials listed and no
//! others; each is a schema's did, or an object. A trust vector is an object, a list of six numbers, or one number for all
//! six. Decimals are strings, read exactly, or numbers of at most 15 digits. A key that stands twice is an error. `conforms_to` needs no section: it is computed.

use serde_json::{Map, Value as Json};

use super::{Credential, MemoryFacts};
use crate::data::canonical;
use crate::data::decimal;
use crate::data::identifier;
use crate::data::instant;
use crate::data::json;
use crate::data::trust;
use crate::host::facts::Answer;
use crate::ir::FactKind;
use crate::limits::FACTS_BYTES_MAX;

const SECTIONS: [&str; 12] = [
    "now",
    "trusted_issuers",
    "trust",
    "has_credential",
    "resolve_did",
    "delegates",
    "blueprint",
    "active_sessions",
    "balance",
    "store_get",
    "karma",
    "realm_trust",
];

/// What is wrong with a facts file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("facts{}: expected {expected}, found {found}", self.place())]
pub struct FactsFileError {
    /// Keys from the outside, joined with `.`.
    pub path: String,
    /// What belongs there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl FactsFileError {
    fn place(&self) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!(" at `{}`", self.path)
        }
    }
}

type Read<T> = Result<T, FactsFileError>;

/// Reads one answer of a host that speaks JSON: as a facts file has it, `null` for what is not known, for the questions that a
/// file answers by other means `true` or `false`, and a blueprint also as the text of its document.
pub(crate) fn answer_from_json(kind: FactKind, json: &Json) -> Read<Answer> {
    if let (FactKind::Blueprint, Json::String(document)) = (kind, json) {
        return Ok(Answer::Text(document.clone()));
    }
    let place = Place {
        path: String::new(),
        json,
    };
    place.answer(kind)
}

/// Whether a file has a section of answers of that kind. Credentials are listed, and conformity is computed.
fn is_section(kind: FactKind) -> bool {
    !matches!(kind, FactKind::HasCredential | FactKind::ConformsTo)
}

/// A place in the file, for errors.
#[derive(Clone)]
struct Place<'j> {
    path: String,
    json: &'j Json,
}

impl MemoryFacts {
    /// Reads facts from the text of a facts file.
    ///
    /// # Errors
    /// When it is not JSON or not of the form described in this module; the error names the place.
    ///
    /// # Example
    /// ```
    /// use tollgate_ecl::{Answer, FactKind, Facts as _, MemoryFacts};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut facts = MemoryFacts::from_json_str(r#"{ "store_get": { "offers": { "o1": "accepted" } } }"#)?;
    /// let asked = facts.ask(FactKind::StoreGet, &["offers", "o1"]);
    /// assert_eq!(asked, Ok(Answer::Text("accepted".into())));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_json_str(text: &str) -> Result<Self, FactsFileError> {
        let error = |expected: &str, found: String| FactsFileError {
            path: String::new(),
            expected: expected.into(),
            found,
        };
        if text.len() > FACTS_BYTES_MAX {
            return Err(error("at most 16 MiB", format!("{} bytes", text.len())));
        }
        let json = json::read(text).map_err(|found| error("JSON", found))?;
        Self::from_json(&json)
    }

    /// Reads facts from the JSON of a facts file. Keys that stood twice and digits beyond those of a binary64 are lost in it
    /// already: [`from_json_str`](Self::from_json_str) refuses them.
    ///
    /// # Errors
    /// When it is not of the form described in this module; the error names the place.
    pub fn from_json(json: &Json) -> Result<Self, FactsFileError> {
        let mut facts = Self::new();
        let file = Place {
            path: String::new(),
            json,
        };
        for (section, place) in file.entries()? {
            facts.section(section, &place)?;
        }
        Ok(facts)
    }

    fn section(&mut self, section: &str, place: &Place<'_>) -> Read<()> {
        match section {
            "now" => self.now = place.some(Place::instant)?,
            "trusted_issuers" => {
                let issuers = place.items()?.into_iter().map(|p| p.did().map(Box::from));
                self.trusted_issuers = Some(issuers.collect::<Read<_>>()?);
            }
            "has_credential" => {
                for (subject, place) in place.subjects()? {
                    if place.json.is_null() {
                        continue;
                    }
                    self.know_credentials(subject);
                    for place in place.items()? {
                        self.add_credential(subject, place.credential()?);
                    }
                }
            }
            _ => {
                let mut answers = FactKind::ALL.into_iter().filter(|kind| is_section(*kind));
                let kind = answers.find(|kind| kind.name() == section);
                self.answers(kind.ok_or_else(|| place.wrong_key(section))?, place)?;
            }
        }
        Ok(())
    }

    /// A section of answers, by one key or by two.
    fn answers(&mut self, kind: FactKind, place: &Place<'_>) -> Read<()> {
        if kind.arity() == 1 {
            for (subject, place) in place.subjects()? {
                self.set(kind, &[subject], place.answer(kind)?);
            }
            return Ok(());
        }
        for (first, place) in place.entries()? {
            for (second, place) in place.entries()? {
                self.set(kind, &[first, second], place.answer(kind)?);
            }
        }
        Ok(())
    }
}

impl<'j> Place<'j> {
    fn wrong(&self, expected: &str) -> FactsFileError {
        let found = match self.json {
            Json::Null => "null".into(),
            Json::Array(_) => "a list".into(),
            Json::Object(_) => "an object".into(),
            scalar => {
                let text: String = scalar.to_string().chars().take(60).collect();
                format!("`{text}`")
            }
        };
        FactsFileError {
            path: self.path.clone(),
            expected: expected.into(),
            found,
        }
    }

    fn wrong_key(&self, key: &str) -> FactsFileError {
        FactsFileError {
            path: String::new(),
            expected: format!("one of the sections {}", SECTIONS.join(", ")),
            found: format!("`{key}`"),
        }
    }

    fn inside(&self, key: &str, json: &'j Json) -> Self {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        Self { path, json }
    }

    /// Reads what is not null.
    fn some<T>(&self, read: impl Fn(&Self) -> Read<T>) -> Read<Option<T>> {
        if self.json.is_null() {
            return Ok(None);
        }
        read(self).map(Some)
    }

    fn object(&self) -> Read<&'j Map<String, Json>> {
        self.json.as_object().ok_or_else(|| self.wrong("an object"))
    }

    fn entries(&self) -> Read<Vec<(&'j str, Self)>> {
        let entries = self.object()?.iter();
        Ok(entries
            .map(|(key, json)| (key.as_str(), self.inside(key, json)))
            .collect())
    }

    /// Entries whose keys are dids.
    fn subjects(&self) -> Read<Vec<(&'j str, Self)>> {
        let entries = self.entries()?;
        match entries.iter().find(|(key, _)| !identifier::is_did(key)) {
            None => Ok(entries),
            Some((key, _)) => Err(FactsFileError {
                path: self.path.clone(),
                expected: "a did as key".into(),
                found: format!("`{key}`"),
            }),
        }
    }

    fn items(&self) -> Read<Vec<Self>> {
        let items = self.json.as_array().ok_or_else(|| self.wrong("a list"))?;
        let items = items.iter().enumerate();
        Ok(items
            .map(|(i, json)| self.inside(&i.to_string(), json))
            .collect())
    }

    fn did(&self) -> Read<&'j str> {
        self.json
            .as_str()
            .filter(|text| identifier::is_did(text))
            .ok_or_else(|| self.wrong("a did"))
    }

    fn instant(&self) -> Read<i64> {
        self.json
            .as_str()
            .and_then(|text| instant::parse(text).ok())
            .ok_or_else(|| self.wrong("an instant like \"2025-01-28T10:15:00Z\""))
    }

    fn trust(&self) -> Read<Answer> {
        const EXPECTED: &str = "six numbers in 0..1: {\"R\": 0.9, …}, [0.9, …] or one for all";
        let share = |json: &Json| {
            let number = json.as_f64().filter(|n| (0.0..=1.0).contains(n));
            number.ok_or_else(|| self.wrong(EXPECTED))
        };
        let mut vector = [0.0; 6];
        match self.json {
            Json::Number(_) => vector = [share(self.json)?; 6],
            Json::Array(items) if items.len() == vector.len() => {
                for (component, item) in vector.iter_mut().zip(items) {
                    *component = share(item)?;
                }
            }
            Json::Object(map) if map.len() == vector.len() => {
                let mut given = [None; 6];
                for (name, item) in map {
                    let place = trust::dimension(name);
                    let place = place.and_then(|index| given.get_mut(index as usize));
                    *place.ok_or_else(|| self.wrong(EXPECTED))? = Some(share(item)?);
                }
                for (component, given) in vector.iter_mut().zip(given) {
                    *component = given.ok_or_else(|| self.wrong(EXPECTED))?;
                }
            }
            _ => return Err(self.wrong(EXPECTED)),
        }
        Ok(Answer::Trust(vector))
    }

    /// The answer to a question of that kind.
    fn answer(&self, kind: FactKind) -> Read<Answer> {
        let answer = self.some(|place| match kind {
            FactKind::Trust | FactKind::RealmTrust => place.trust(),
            FactKind::HasCredential | FactKind::ResolveDid | FactKind::ConformsTo => place.bool(),
            FactKind::Delegates => place.dids(),
            FactKind::Blueprint => place.document(),
            FactKind::ActiveSessions => place.whole(),
            FactKind::Balance => place.decimal(),
            FactKind::StoreGet => place.text(),
            FactKind::Karma => place.number(),
        })?;
        Ok(answer.unwrap_or(Answer::Unknown))
    }

    fn bool(&self) -> Read<Answer> {
        let known = self.json.as_bool();
        Ok(Answer::Bool(
            known.ok_or_else(|| self.wrong("true or false"))?,
        ))
    }

    fn dids(&self) -> Read<Answer> {
        let dids = self
            .items()?
            .into_iter()
            .map(|p| p.did().map(str::to_owned));
        Ok(Answer::Texts(dids.collect::<Read<_>>()?))
    }

    fn document(&self) -> Read<Answer> {
        self.object()?;
        Ok(Answer::Text(canonical::json(self.json)))
    }

    fn whole(&self) -> Read<Answer> {
        let count = self.json.as_i64();
        Ok(Answer::Int(
            count.ok_or_else(|| self.wrong("a whole number"))?,
        ))
    }

    fn number(&self) -> Read<Answer> {
        let number = self.json.as_f64().filter(|n| n.is_finite());
        Ok(Answer::Number(
            number.ok_or_else(|| self.wrong("a number"))?,
        ))
    }

    fn decimal(&self) -> Read<Answer> {
        let digits = match self.json {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            _ => return Err(self.wrong("a decimal")),
        };
        let amount = decimal::parse(&digits).map_err(|_| self.wrong("a decimal"))?;
        Ok(Answer::Decimal(amount))
    }

    fn text(&self) -> Read<Answer> {
        let text = self.json.as_str();
        Ok(Answer::Text(
            text.ok_or_else(|| self.wrong("a string"))?.into(),
        ))
    }

    fn credential(&self) -> Read<Credential> {
        if self.json.is_string() {
            return Ok(Credential::of(self.did()?));
        }
        let mut credential = Credential::default();
        for (key, place) in self.entries()? {
            match key {
                "schema" => credential.schema = place.did()?.into(),
                "issuer" => credential.issuer = place.some(|p| p.did().map(Box::from))?,
                "valid_from" => credential.valid_from = place.some(Self::instant)?,
                "valid_until" => credential.valid_until = place.some(Self::instant)?,
                "revoked" => {
                    let revoked = place.json.as_bool();
                    credential.revoked = revoked.ok_or_else(|| place.wrong("true or false"))?;
                }
                _ => {
                    return Err(self
                        .wrong("a credential {schema, issuer, valid_from, valid_until, revoked}"));
                }
            }
        }
        if credential.schema.is_empty() {
            return Err(self.wrong("a credential with a `schema`"));
        }
        Ok(credential)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::facts::Facts as _;

    /// The example of the module's documentation, which users copy.
    fn example() -> String {
        let source = include_str!("file.rs");
        let lines = source.lines().filter_map(|l| l.strip_prefix("//! "));
        let lines = lines.skip_while(|l| *l != "```json").skip(1);
        lines.take_while(|l| *l != "```").collect()
    }

    #[test]
    fn the_documented_example_is_read() {
        let mut facts = MemoryFacts::from_json_str(&example()).unwrap();
        let (alice, bob) = ("did:example:alice", "did:example:bob");
        assert_eq!(facts.trust(alice), Ok(Some([0.9, 0.9, 0.8, 0.7, 0.9, 0.6])));
        assert_eq!(facts.trust(bob), Ok(None));
        // A credential without an issuer is of none that is trusted.
        let has = |facts: &mut MemoryFacts, p| facts.has_credential(alice, p);
        assert_eq!(
            has(&mut facts, "did:example:credential:driver:*"),
            Ok(Some(false))
        );
        assert_eq!(
            has(&mut facts, "did:example:credential:bus:*"),
            Ok(Some(true))
        );
        assert_eq!(facts.has_credential(bob, "did:**"), Ok(None));
        let mut ask = |kind, args: &[&str]| facts.ask(kind, args).unwrap();
        assert_eq!(ask(FactKind::ResolveDid, &[alice]), Answer::Bool(true));
        assert_eq!(
            ask(FactKind::Delegates, &[alice]),
            Answer::Texts(vec![bob.into()])
        );
        assert_eq!(
            ask(FactKind::ActiveSessions, &["did:example:car"]),
            Answer::Int(0)
        );
        assert_eq!(
            ask(FactKind::Balance, &[alice, "EUR"]),
            Answer::Decimal(25 * decimal::ONE / 2)
        );
        assert_eq!(ask(FactKind::Balance, &[alice, "USD"]), Answer::Unknown);
        assert_eq!(
            ask(FactKind::StoreGet, &["ledger", "key"]),
            Answer::Text("value".into())
        );
        assert_eq!(ask(FactKind::Karma, &[alice]), Answer::Number(12.5));
        let Answer::Text(blueprint) = ask(FactKind::Blueprint, &["did:example:blueprint:charger"])
        else {
            panic!("the blueprint is known");
        };
        let conforms = ask(
            FactKind::ConformsTo,
            &[r#"{"power_output":"11kW"}"#, &blueprint],
        );
        assert_eq!(conforms, Answer::Bool(true));
    }

    #[track_caller]
    fn refuses(json: &str, expect: &str) {
        assert_eq!(
            MemoryFacts::from_json_str(json).unwrap_err().to_string(),
            expect
        );
    }

    #[test]
    fn errors_name_the_place() {
        refuses("[]", "facts: expected an object, found a list");
        refuses(
            r#"{"trust": {"alice": 1}}"#,
            "facts at `trust`: expected a did as key, found `alice`",
        );
        refuses(
            r#"{"trust": {"did:e:a": 1.5}}"#,
            "facts at `trust.did:e:a`: expected six numbers in 0..1: {\"R\": 0.9, …}, [0.9, …] or one for all, found `1.5`",
        );
        refuses(
            r#"{"delegates": {"did:e:a": ["did:e:b", 1]}}"#,
            "facts at `delegates.did:e:a.1`: expected a did, found `1`",
        );
        refuses(
            r#"{"balance": {"did:e:a": {"EUR": "x"}}}"#,
            "facts at `balance.did:e:a.EUR`: expected a decimal, found `\"x\"`",
        );
        refuses(
            r#"{"has_credential": {"did:e:a": [{"issuer": "did:e:b"}]}}"#,
            "facts at `has_credential.did:e:a.0`: expected a credential with a `schema`, found an object",
        );
        refuses(
            r#"{"trusts": {}}"#,
            &format!(
                "facts: expected one of the sections {}, found `trusts`",
                SECTIONS.join(", ")
            ),
        );
        assert!(
            MemoryFacts::from_json_str("{")
                .unwrap_err()
                .to_string()
                .starts_with("facts: expected JSON")
        );
    }
}
