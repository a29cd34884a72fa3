//! Facts for the policies measured: a host as quick as a host can be.

use tollgate_ecl::{Answer, FactError, FactKind, Facts};

/// Trust of five dids, found by their last byte.
pub struct Agents([[f64; 6]; 5]);

impl Agents {
    /// All of them trusted.
    pub fn trusted() -> Self {
        Self([[0.9; 6]; 5])
    }
}

impl Facts for Agents {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        let last = did.bytes().last().unwrap_or(0);
        Ok(self.0.get(usize::from(last.wrapping_sub(b'0'))).copied())
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        Ok(None)
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        Ok(Answer::Unknown)
    }
}
