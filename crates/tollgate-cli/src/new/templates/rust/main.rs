//! Counts the words of each file that is named.

use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    for path in env::args().skip(1) {
        match fs::read_to_string(&path) {
            Ok(text) => println!("{path}: {} words", words(&text)),
            Err(error) => {
                eprintln!("cannot read `{path}`: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_between_spaces() {
        assert_eq!(words(" nothing is\tgranted\n"), 3);
        assert_eq!(words(""), 0);
    }
}
