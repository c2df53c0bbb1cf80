//! Text in the language of strongswan.conf(5), which swanctl.conf(5) is written in too.

mod lexer;
mod lookup;
mod tree;

pub(super) use self::lookup::SettingsLookup;

use self::lexer::{Lexer, Token};
use self::tree::{MOST_REFERENCES, Tree};
use crate::daemons::Include;

/// A longer value is not kept.
const LONGEST_VALUE: usize = 4 << 10;

/// Where in a statement the text is.
#[derive(Debug, Default)]
enum SettingsStatement {
    #[default]
    Begins,
    /// Behind a name.
    Named(String),
    /// Behind `NAME :`, with the references so far.
    Refers { name: String, to: Vec<String>, wants_one: bool },
    /// Behind `NAME =`, with the words so far.
    Says { name: String, words: Option<String> },
}

/// A text so far.
#[derive(Debug)]
pub(super) struct SettingsText {
    lexer: Lexer,
    statement: SettingsStatement,
    tree: Tree,
    /// Which settings are kept, by their own names.
    keeps: fn(&str) -> bool,
    /// It is none that charon would read, or more than is read here.
    unsound: bool,
}

impl SettingsText {
    pub fn new(keeps: fn(&str) -> bool) -> Self {
        let (lexer, statement, tree) = (Lexer::default(), SettingsStatement::default(), Tree::default());
        Self { lexer, statement, tree, keeps, unsound: false }
    }

    /// One line, or the rest of it; what it includes.
    pub fn line<'a>(&mut self, line: &'a str) -> Option<Include<'a>> {
        self.unsound |= line.contains('\0');
        if self.unsound {
            return None;
        }
        let mut lexer = std::mem::take(&mut self.lexer);
        let included = lexer.line(line, &mut |token| self.take(token));
        self.lexer = lexer;
        let (pattern, rest) = included.filter(|_| !self.unsound)?;
        Some(Include { pattern: pattern.into(), beside_file: true, rest })
    }

    /// A file ends.
    pub fn file_ends(&mut self) {
        let mut lexer = std::mem::take(&mut self.lexer);
        lexer.end(&mut |token| self.take(token));
        self.lexer = lexer;
    }

    /// Has the top section `name` take from the top section `from` what it does not say.
    pub fn fall_back(&mut self, name: &str, from: &str) {
        self.tree.fall_back(name, from);
    }

    /// All of it, for who looks something up; none where it is not whole.
    pub fn lookup(&self) -> Option<SettingsLookup<'_>> {
        let whole = matches!(self.statement, SettingsStatement::Begins) && self.tree.is_closed() && !self.unsound;
        whole.then(|| SettingsLookup::new(&self.tree))
    }

    fn take(&mut self, token: Token<'_>) {
        if self.unsound {
            return;
        }
        match self.next(token) {
            Some(next) => self.statement = next,
            None => self.unsound = true,
        }
    }

    /// Where the text is behind the token; none where it may not stand there.
    fn next(&mut self, token: Token<'_>) -> Option<SettingsStatement> {
        match (std::mem::take(&mut self.statement), token) {
            (SettingsStatement::Begins, Token::Word(name)) => Some(SettingsStatement::Named(name.to_owned())),
            (SettingsStatement::Begins, Token::Closes) => self.tree.close().then_some(SettingsStatement::Begins),
            (SettingsStatement::Begins, Token::ValueEnds) => Some(SettingsStatement::Begins),
            (SettingsStatement::Named(name), Token::Opens) => {
                self.tree.open(&name, Vec::new()).then_some(SettingsStatement::Begins)
            }
            (SettingsStatement::Named(name), Token::Equals) => Some(SettingsStatement::Says { name, words: None }),
            (SettingsStatement::Named(name), Token::Colon) => {
                Some(SettingsStatement::Refers { name, to: Vec::new(), wants_one: true })
            }
            (SettingsStatement::Refers { name, mut to, wants_one: true }, Token::Word(reference)) => {
                to.push(reference.to_owned());
                (to.len() <= MOST_REFERENCES).then_some(SettingsStatement::Refers { name, to, wants_one: false })
            }
            (SettingsStatement::Refers { name, to, wants_one: false }, Token::Comma) => {
                Some(SettingsStatement::Refers { name, to, wants_one: true })
            }
            (SettingsStatement::Refers { name, to, wants_one: false }, Token::Opens) => {
                self.tree.open(&name, to).then_some(SettingsStatement::Begins)
            }
            (SettingsStatement::Says { name, words }, Token::Word(more) | Token::Text(more)) => {
                let keeps = (self.keeps)(&name);
                let words = match words {
                    Some(words) if keeps => format!("{words} {more}"),
                    None if keeps => more.to_owned(),
                    // That there is a value counts.
                    _ => String::new(),
                };
                (words.len() <= LONGEST_VALUE).then_some(SettingsStatement::Says { name, words: Some(words) })
            }
            (SettingsStatement::Says { name, words }, Token::ValueEnds) => {
                let kept = !(self.keeps)(&name) || self.tree.set(&name, words);
                kept.then_some(SettingsStatement::Begins)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
