//! Words and signs of strongswan.conf(5), as charon's own scanner has them (src/libstrongswan/settings/settings_lexer.l). What is included is
//! scanned where it is included, in the middle of a section or a line.

/// A longer string makes the text one that is not understood.
const LONGEST: usize = 64 << 10;

/// A longer pattern is not looked for (`PATH_MAX`).
const LONGEST_PATTERN: usize = 4_095;

/// One word or sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, or one word of a value.
    Word(&'a str),
    /// A string in a value.
    Text(&'a str),
    Opens,
    Closes,
    Colon,
    Comma,
    Equals,
    /// The end of a value.
    ValueEnds,
    /// Nothing that may stand here.
    Strange,
}

/// Where the scanner is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Plain,
    /// Behind `NAME :`.
    References,
    /// Behind `NAME =`.
    Value,
    Quoted,
    Include,
    QuotedInclude,
}

/// A scanner that is given line by line.
#[derive(Debug, Default)]
pub(super) struct Lexer {
    within: Within,
    /// Of a string or a pattern that has begun.
    text: String,
}

impl Lexer {
    /// Scans until the line ends or files are included: their pattern, and what comes after them. Lines but a file's last end in a line feed.
    pub fn line<'a>(&mut self, line: &'a str, take: &mut dyn FnMut(Token<'_>)) -> Option<(String, &'a str)> {
        let mut rest = line;
        loop {
            let before = (rest.len(), self.within);
            let pattern;
            (rest, pattern) = match self.within {
                Within::Plain => (self.plain(rest, take), None),
                Within::References => (self.references(rest, take), None),
                Within::Value => (self.value(rest, take), None),
                Within::Quoted | Within::QuotedInclude => self.quoted(rest, take),
                Within::Include => self.include(rest, take),
            };
            match pattern {
                Some(pattern) if pattern.len() > LONGEST_PATTERN || pattern.contains('\\') => take(Token::Strange),
                Some(pattern) if !pattern.is_empty() => return Some((pattern, rest)),
                _ => {}
            }
            if (rest.len(), self.within) == before {
                return None;
            }
        }
    }

    /// A file ends here.
    pub fn end(&mut self, take: &mut dyn FnMut(Token<'_>)) {
        if matches!(self.within, Within::Quoted | Within::QuotedInclude) {
            take(Token::Strange);
        }
    }

    fn plain<'a>(&mut self, text: &'a str, take: &mut dyn FnMut(Token<'_>)) -> &'a str {
        let text = passed_over(text);
        if let Some(rest) = included(text) {
            self.text.clear();
            self.within = Within::Include;
            return rest;
        }
        let end = text.find(ends_name).unwrap_or(text.len());
        if end > 0 {
            let (name, rest) = text.split_at(end);
            take(Token::Word(name));
            return rest;
        }
        let mut rest = text.chars();
        let token = match rest.next() {
            None => return text,
            Some('{') => Token::Opens,
            Some('}') => Token::Closes,
            Some(':') => Token::Colon,
            Some(',') => Token::Comma,
            Some('=') => Token::Equals,
            Some(_) => Token::Strange,
        };
        match token {
            Token::Colon => self.within = Within::References,
            Token::Equals => self.within = Within::Value,
            _ => {}
        }
        take(token);
        rest.as_str()
    }

    fn references<'a>(&mut self, text: &'a str, take: &mut dyn FnMut(Token<'_>)) -> &'a str {
        let text = passed_over(text);
        if let Some(rest) = text.strip_prefix(',') {
            take(Token::Comma);
            return rest;
        }
        let mut end = text.find(ends_name).unwrap_or(text.len());
        if end == 0 {
            // What follows is no reference; at the end of a text more may come.
            self.within = if text.is_empty() { Within::References } else { Within::Plain };
            return text;
        }
        while let Some(more) = text.get(end..).and_then(|rest| rest.strip_prefix('.')) {
            let length = more.find(ends_name).unwrap_or(more.len());
            if length == 0 {
                break;
            }
            end += 1 + length;
        }
        let (name, rest) = text.split_at(end);
        take(Token::Word(name));
        rest
    }

    fn value<'a>(&mut self, text: &'a str, take: &mut dyn FnMut(Token<'_>)) -> &'a str {
        let text = text.trim_start_matches([' ', '\t', '\r']);
        if text.is_empty() || text.starts_with(['#', '}', '\n']) {
            self.within = Within::Plain;
            take(Token::ValueEnds);
            return text;
        }
        if let Some(rest) = text.strip_prefix('"') {
            self.text.clear();
            self.within = Within::Quoted;
            return rest;
        }
        let (word, rest) = split(text, ['#', '}', '"', '\r', '\n', '\t', ' ']);
        take(Token::Word(word));
        rest
    }

    /// A string up to its end, or to that of the text.
    fn quoted<'a>(&mut self, text: &'a str, take: &mut dyn FnMut(Token<'_>)) -> (&'a str, Option<String>) {
        let (part, rest) = split(text, ['\\', '\r', '"']);
        self.add(part, take);
        let mut chars = rest.chars();
        match chars.next() {
            Some('"') if self.within == Within::Quoted => {
                self.within = Within::Value;
                take(Token::Text(&self.text));
            }
            Some('"') => {
                self.within = Within::Plain;
                return (chars.as_str(), Some(std::mem::take(&mut self.text)));
            }
            Some('\\') => {
                let escaped = chars.as_str();
                if let Some(rest) = escaped.strip_prefix("\r\n").or_else(|| escaped.strip_prefix('\n')) {
                    return (rest, None);
                }
                match chars.next() {
                    Some('n') => self.add("\n", take),
                    Some('r') => self.add("\r", take),
                    Some('t') => self.add("\t", take),
                    Some(other) => self.add(other.encode_utf8(&mut [0; 4]), take),
                    None => take(Token::Strange),
                }
            }
            _ => {}
        }
        (chars.as_str(), None)
    }

    fn include<'a>(&mut self, text: &'a str, take: &mut dyn FnMut(Token<'_>)) -> (&'a str, Option<String>) {
        let (part, rest) = split(text, ['"', '\\', '#', '}', '\r', '\n', '\t', ' ']);
        self.add(part, take);
        let mut chars = rest.chars();
        match chars.next() {
            Some('\r') => {}
            Some('"') => self.within = Within::QuotedInclude,
            Some('\\') => match chars.as_str().strip_prefix(['"', '#', '}', ' ']) {
                Some(after) => {
                    let escaped = rest.get(1..rest.len() - after.len()).unwrap_or_default();
                    self.add(escaped, take);
                    return (after, None);
                }
                None => self.add("\\", take),
            },
            end => {
                self.within = Within::Plain;
                let blank = matches!(end, Some(' ' | '\t'));
                return (if blank { chars.as_str() } else { rest }, Some(std::mem::take(&mut self.text)));
            }
        }
        (chars.as_str(), None)
    }

    fn add(&mut self, part: &str, take: &mut dyn FnMut(Token<'_>)) {
        if self.text.len() + part.len() > LONGEST {
            take(Token::Strange);
        } else {
            self.text.push_str(part);
        }
    }
}

/// Before the first of these.
fn split<const N: usize>(text: &str, ends: [char; N]) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

const fn ends_name(c: char) -> bool {
    matches!(c, '#' | '{' | '}' | ':' | '.' | ',' | '=' | '"' | '\r' | '\n' | '\t' | ' ')
}

/// Without the blanks and comments that it begins with. A comment behind blanks ends at a carriage return, any other with its line.
fn passed_over(text: &str) -> &str {
    let mut rest = text;
    loop {
        let behind = rest.trim_start_matches([' ', '\t']);
        let after = if let Some(comment) = behind.strip_prefix('#') {
            let ends_at_return = behind.len() < rest.len() || !comment.contains('\n');
            let end = if ends_at_return { comment.find(['\r', '\n']) } else { comment.find('\n') };
            comment.get(end.unwrap_or(comment.len())..).unwrap_or_default()
        } else {
            rest.trim_start_matches([' ', '\t', '\r']).trim_start_matches('\n')
        };
        if after.len() == rest.len() {
            return rest;
        }
        rest = after;
    }
}

/// What follows `include` and blanks, where it is no name of a setting: not `=`.
fn included(text: &str) -> Option<&str> {
    let behind = text.strip_prefix("include")?;
    let pattern = behind.trim_start_matches([' ', '\t']);
    match behind.len() - pattern.len() {
        0 => None,
        _ if !pattern.is_empty() && !pattern.starts_with('=') => Some(pattern),
        // Of several blanks one is enough, and the next is none of `=`.
        1 => None,
        several => behind.get(several - 1..),
    }
}
