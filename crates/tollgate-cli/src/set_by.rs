//! Who set the flags that nobody typed, so that a message about a limit can say where it comes from.

/// Flags with who set them: a place in a file of settings, or a variable.
#[derive(Clone, Default)]
pub(crate) struct SetBy(Vec<(&'static str, String)>);

impl SetBy {
    /// Returns who set `flag`, with its dashes.
    pub(crate) fn of(&self, flag: &str) -> Option<&str> {
        let name = flag.strip_prefix("--")?;
        let found = self.0.iter().find(|(set, _)| *set == name);
        found.map(|(_, by)| by.as_str())
    }
}

impl FromIterator<(&'static str, String)> for SetBy {
    /// Takes the names of flags without their dashes.
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(set: I) -> Self {
        Self(set.into_iter().collect())
    }
}
