//! A host that answers every question at random, but the same one the same way.

use super::random::Random;
use super::value::{self, DIDS};
use crate::data::types::Type;
use crate::host::facts::{Answer, FactError, Facts};
use crate::ir::FactKind;

/// Answers drawn from a seed and the question.
#[derive(Debug, Clone)]
pub struct RandomFacts {
    seed: u64,
    /// Questions asked so far, with their order folded in: equal for engines that ask the same in the same order.
    pub asked: u64,
}

impl RandomFacts {
    /// The host of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, asked: 0 }
    }

    fn random(&mut self, kind: FactKind, args: &[&str]) -> Random {
        // FNV-1a over the question.
        let mut hash = self.seed ^ 0xcbf2_9ce4_8422_2325 ^ kind as u64;
        for arg in args {
            for byte in arg.bytes().chain([0xff]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
        self.asked = self.asked.rotate_left(5) ^ hash;
        Random::new(hash)
    }

    fn answer(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        let mut random = self.random(kind, args);
        match random.below(20) {
            0 | 1 => return Ok(Answer::Unknown),
            2 => return Err(FactError("the provider is down".into())),
            3 => return Ok(invalid(kind, &mut random)),
            _ => {}
        }
        Ok(match kind.answer() {
            Type::Bool => Answer::Bool(random.flip()),
            Type::Int => Answer::Int(value::int(&mut random)),
            Type::Number => Answer::Number(value::number(&mut random)),
            Type::Decimal => Answer::Decimal(value::wide(&mut random)),
            Type::Trust => Answer::Trust(std::array::from_fn(|_| value::share(&mut random))),
            Type::List(..) => {
                let count = random.below(5);
                let dids = (0..count).map(|_| (*random.pick(&DIDS)).to_owned());
                Answer::Texts(dids.collect())
            }
            ty => {
                let text = value::text(&mut random, &ty).into_owned();
                let fresh = random.flip() && matches!(ty, Type::String(_));
                Answer::Text(if fresh {
                    format!("{text} {}", random.below(3))
                } else {
                    text
                })
            }
        })
    }
}

/// An answer that the engine must refuse.
fn invalid(kind: FactKind, random: &mut Random) -> Answer {
    match kind.answer() {
        Type::Number => Answer::Number(f64::NAN),
        Type::Trust => Answer::Trust([0.5, 0.5, 1.5, 0.5, 0.5, 0.5]),
        Type::List(..) if random.flip() => Answer::Texts(vec!["not a did".into()]),
        Type::List(..) => Answer::Texts(vec!["did:a:b".into(); 65]),
        Type::String(_) => Answer::Text("x".repeat(2000)),
        Type::Attributes => Answer::Text("{".into()),
        _ => Answer::Text("another type".into()),
    }
}

impl Facts for RandomFacts {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        match self.answer(FactKind::Trust, &[did])? {
            Answer::Trust(vector) => Ok(Some(vector)),
            _ => Ok(None),
        }
    }

    fn has_credential(&mut self, subject: &str, pattern: &str) -> Result<Option<bool>, FactError> {
        match self.answer(FactKind::HasCredential, &[subject, pattern])? {
            Answer::Bool(holds) => Ok(Some(holds)),
            _ => Ok(None),
        }
    }

    fn ask(&mut self, kind: FactKind, args: &[&str]) -> Result<Answer, FactError> {
        self.answer(kind, args)
    }
}
