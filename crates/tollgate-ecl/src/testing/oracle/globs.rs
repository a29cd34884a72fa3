//! Globs as a reader understands them: character by character, with every place of the glob that the text may have reached.

/// A part of a glob.
enum Part {
    This(char),
    One,
    Any,
}

/// Whether a glob matches a text; `None` when it ends with a `\`.
pub(crate) fn matches(text: &str, glob: &str) -> Option<bool> {
    let parts = parts(glob)?;
    let mut here = vec![false; parts.len() + 1];
    reach(&mut here, &parts, 0);
    for character in text.chars() {
        let mut next = vec![false; parts.len() + 1];
        for (place, part) in parts.iter().enumerate() {
            if !here.get(place).copied().unwrap_or(false) {
                continue;
            }
            match part {
                Part::This(wanted) if *wanted == character => reach(&mut next, &parts, place + 1),
                Part::This(_) => {}
                Part::One => reach(&mut next, &parts, place + 1),
                Part::Any => reach(&mut next, &parts, place),
            }
        }
        here = next;
    }
    here.last().copied()
}

/// A place is reached, and so are those behind the stars that stand there.
fn reach(places: &mut [bool], parts: &[Part], place: usize) {
    let here = parts.get(place..).unwrap_or_default();
    let stars = here.iter().take_while(|part| matches!(part, Part::Any));
    for reached in places.iter_mut().skip(place).take(1 + stars.count()) {
        *reached = true;
    }
}

fn parts(glob: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut escaped = false;
    for character in glob.chars() {
        parts.push(match character {
            _ if escaped => {
                escaped = false;
                Part::This(character)
            }
            '\\' => {
                escaped = true;
                continue;
            }
            '*' => Part::Any,
            '?' => Part::One,
            _ => Part::This(character),
        });
    }
    (!escaped).then_some(parts)
}
