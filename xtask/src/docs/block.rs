//! The fenced blocks of a page, and what its comments say about them.
//!
//! A block is known by its info string: the language, and for a file its name (` ```rust words.rs `). Four comments speak to the
//! runner, and a reader does not see them:
//!
//! * `<!-- not run: REASON -->` excuses the next block;
//! * `<!-- no block runs: REASON -->` excuses all blocks of the page;
//! * `<!-- first:`, lines of a script, `-->`: what the page takes for granted at this place, such as `program.wasm`; `<!-- before:` has lines
//!   that stand before the next block of Rust.

/// A block of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The first word of the info string, or nothing.
    pub(super) language: String,
    /// The file it is.
    pub(super) file: Option<String>,
    pub(super) text: String,
    /// Where it begins in the page, from 1.
    pub(super) line: usize,
    /// Why nobody runs it.
    pub(super) excuse: Option<String>,
}

/// The language of a script that stands in a comment.
pub(super) const HIDDEN: &str = "first";

/// The language of lines in a comment that stand before the next block of Rust, to make a part of a program a whole one.
pub(super) const BEFORE: &str = "before";

const NOT_RUN: &str = "<!-- not run: ";
const NO_BLOCK_RUNS: &str = "<!-- no block runs: ";
const COMMENT: &str = "<!-- ";
const END: &str = "-->";

/// The blocks of a page and its hidden scripts, in its order.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut excuse = None;
    let mut all = None;
    let mut lines = page.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let mut body = |end: &str| -> String {
            let lines = lines.by_ref().map(|(line, _)| line);
            let body = lines.take_while(|line| line.trim_end() != end);
            body.map(|line| format!("{line}\n")).collect()
        };
        if let Some(info) = line.strip_prefix("```") {
            let mut words = info.split_whitespace();
            blocks.push(Block {
                language: words.next().unwrap_or_default().to_owned(),
                file: words.next().map(str::to_owned),
                text: body("```"),
                line: number,
                excuse: excuse.take().or_else(|| all.clone()),
            });
        } else if let Some(language) = hidden(line) {
            blocks.push(Block {
                language: language.to_owned(),
                file: None,
                text: body(END),
                line: number,
                excuse: None,
            });
        } else if let Some(reason) = reason(line, NOT_RUN) {
            excuse = Some(reason);
        } else if let Some(reason) = reason(line, NO_BLOCK_RUNS) {
            all = Some(reason);
        }
    }
    blocks
}

/// What begins in a comment at this line.
fn hidden(line: &str) -> Option<&str> {
    let language = line.strip_prefix(COMMENT)?.strip_suffix(':')?;
    [HIDDEN, BEFORE].contains(&language).then_some(language)
}

fn reason(line: &str, begin: &str) -> Option<String> {
    let reason = line.strip_prefix(begin)?.strip_suffix(END)?.trim();
    (!reason.is_empty()).then(|| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(language: &str, text: &str, line: usize) -> Block {
        Block {
            language: language.to_owned(),
            file: None,
            text: text.to_owned(),
            line,
            excuse: None,
        }
    }

    #[test]
    fn a_block_has_a_language_a_file_and_a_place() {
        let page = "a\n```sh\nx\ny\n```\n```wat add.wat\n```\n";
        let mut add = block("wat", "", 6);
        add.file = Some("add.wat".to_owned());
        assert_eq!(blocks(page), [block("sh", "x\ny\n", 2), add]);
    }

    #[test]
    fn a_comment_excuses_the_block_behind_it_alone() {
        let page = "<!-- not run: it would take an hour -->\n```sh\nx\n```\n```sh\ny\n```\n";
        let excuses: Vec<_> = blocks(page).into_iter().map(|block| block.excuse).collect();
        assert_eq!(excuses, [Some("it would take an hour".to_owned()), None]);
    }

    #[test]
    fn an_excuse_has_a_reason() {
        assert_eq!(blocks("<!-- not run: -->\n```\n```\n")[0].excuse, None);
        let page = "<!-- no block runs: examples of a table -->\n```\n```\n```\n```\n";
        assert!(blocks(page).iter().all(|block| block.excuse.is_some()));
    }

    #[test]
    fn a_script_in_a_comment_is_what_a_page_takes_for_granted() {
        let page = "<!-- first:\ntouch a\n-->\n```sh\nls\n```\n";
        assert_eq!(
            blocks(page),
            [block(HIDDEN, "touch a\n", 1), block("sh", "ls\n", 4)]
        );
    }
}
