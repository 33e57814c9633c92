//! One Rust file as the tokens and paths that it holds, macro calls included.

use std::path::Path;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// A path as it is written, such as `crate::store::Db`; a group in a `use` gives one for each of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// How many inline modules (`mod x { … }`) stand around it.
    pub(crate) depth: usize,
}

/// A parsed file.
pub(crate) struct Source {
    /// Relative to the workspace, with `/` between its parts.
    pub(crate) path: String,
    pub(crate) names: Vec<Name>,
    /// Every attribute's first name and macro's last name and method's name, as `#ignore`, `todo!`, `.unwrap`.
    pub(crate) marks: Vec<(String, usize)>,
}

impl Source {
    /// # Panics
    /// If the text is not Rust.
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        syn::parse_file(text).unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
        let tokens: TokenStream = text.parse().expect("syn has read it");
        let mut source = Self { path: path.to_owned(), names: Vec::new(), marks: Vec::new() };
        source.read(tokens, 0);
        source
    }

    /// `file:line: text`
    pub(crate) fn at(&self, line: usize, text: &str) -> String {
        format!("{}:{line}: {text}", self.path)
    }

    /// The module below `src/`, outermost first: `src/oauth/token.rs` is `["oauth", "token"]`.
    pub(crate) fn module(&self) -> Vec<&str> {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inner.trim_end_matches(".rs").split('/').collect()
    }

    fn read(&mut self, tokens: TokenStream, depth: usize) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            self.mark(&tokens, at);
            match &tokens[at] {
                TokenTree::Group(group) => {
                    let inner = usize::from(opens_module(&tokens, at));
                    self.read(group.stream(), depth + inner);
                    at += 1;
                }
                TokenTree::Ident(word) if !follows_dot(&tokens, at) && !before_path(word) => {
                    at = self.path_from(&tokens, at, depth, &[]);
                }
                TokenTree::Literal(literal) => {
                    self.quoted(&literal.to_string(), literal.span().start().line, depth);
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads the path that begins at `at`, its groups too; returns where it ends.
    fn path_from(&mut self, tokens: &[TokenTree], mut at: usize, depth: usize, prefix: &[String]) -> usize {
        let mut segments = prefix.to_vec();
        let mut line = 0;
        while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
            segments.push(plain(ident));
            line = ident.span().start().line;
            at += 1;
            if !is_colons(tokens, at) {
                break;
            }
            at += 2;
            if let Some(TokenTree::Group(group)) = tokens.get(at)
                && group.delimiter() == Delimiter::Brace
            {
                self.group(group.stream(), depth, &segments);
                return at + 1;
            }
        }
        if is_star(tokens, at) && is_colons(tokens, at.saturating_sub(2)) {
            segments.push("*".to_owned());
        }
        if segments.len() == 1
            && at >= 2
            && (is_word(&tokens[at - 2], "use") || is_colons(tokens, at.saturating_sub(3)))
        {
            segments.push("self".to_owned());
        }
        self.names.push(Name { segments, line, depth });
        at
    }

    /// The members of `prefix::{ … }`.
    fn group(&mut self, stream: TokenStream, depth: usize, prefix: &[String]) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                TokenTree::Ident(ident) if ident == "as" => at + 2,
                TokenTree::Ident(_) => self.path_from(&tokens, at, depth, prefix),
                TokenTree::Punct(star) if star.as_char() == '*' => {
                    let segments = prefix.iter().cloned().chain(["*".to_owned()]).collect();
                    self.names.push(Name { segments, line: star.span().start().line, depth });
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Paths in texts, as in `#[serde(default = "crate::…")]`.
    fn quoted(&mut self, literal: &str, line: usize, depth: usize) {
        let text = literal.trim_matches('"');
        if ["crate::", "super::"].iter().any(|root| text.starts_with(root)) && !text.contains(char::is_whitespace) {
            let segments = text.split("::").map(str::to_owned).collect();
            self.names.push(Name { segments, line, depth });
        }
    }

    fn mark(&mut self, tokens: &[TokenTree], at: usize) {
        let line = tokens[at].span().start().line;
        match (&tokens[at], tokens.get(at + 1)) {
            (TokenTree::Punct(dot), Some(TokenTree::Ident(name))) if dot.as_char() == '.' => {
                self.marks.push((format!(".{name}"), line));
            }
            (TokenTree::Ident(name), Some(TokenTree::Punct(bang))) if bang.as_char() == '!' => {
                self.marks.push((format!("{name}!"), line));
            }
            (TokenTree::Punct(hash), Some(next)) if hash.as_char() == '#' => {
                self.attribute(next, tokens.get(at + 2), line);
            }
            _ => {}
        }
    }

    /// `#[name …]` and `#![name …]`.
    fn attribute(&mut self, next: &TokenTree, after: Option<&TokenTree>, line: usize) {
        let ((TokenTree::Group(brackets), _) | (TokenTree::Punct(_), Some(TokenTree::Group(brackets)))) = (next, after)
        else {
            return;
        };
        if let Some(TokenTree::Ident(name)) = brackets.stream().into_iter().next() {
            self.marks.push((format!("#{name}"), line));
        }
    }
}

/// `r#type` is `type`.
fn plain(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(tokens.get(at)) && colon(tokens.get(at + 1))
}

fn is_star(tokens: &[TokenTree], at: usize) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == '*')
}

/// A keyword that may stand before a path that begins with `::`, and is no part of it.
fn before_path(word: &Ident) -> bool {
    ["use", "in", "as", "mut", "dyn", "impl", "for", "return", "else", "match", "if", "while"]
        .iter()
        .any(|it| word == it)
}

fn is_word(tree: &TokenTree, word: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident == word)
}

/// A field or method name, but not what follows the `..` of a range.
fn follows_dot(tokens: &[TokenTree], at: usize) -> bool {
    let dot = |back: usize| {
        let tree = at.checked_sub(back).and_then(|index| tokens.get(index));
        matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == '.')
    };
    dot(1) && !dot(2)
}

/// Whether the group at `at` is the body of `mod name { … }`.
fn opens_module(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_word(&tokens[at - 2], "mod")
}

/// Every Rust file below these folders of the workspace, in order; a folder that does not exist yet holds none.
pub(crate) fn tree(folders: &[&str]) -> Vec<Source> {
    let rust = |path: &&String| Path::new(path).extension().is_some_and(|extension| extension == "rs");
    files(folders).iter().filter(rust).map(|path| Source::parse(path, &text(path))).collect()
}

/// Every file below these folders, relative to the workspace.
pub(crate) fn files(folders: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for folder in folders {
        collect(&root().join(folder), &mut found);
    }
    found.sort();
    found
}

/// A file's text; empty if it is no text.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_default()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What package managers leave beside an example that was tried is not ours.
const INSTALLED: [&str; 2] = ["node_modules", "__pycache__"];

fn collect(folder: &Path, found: &mut Vec<String>) {
    if folder.file_name().is_some_and(|name| INSTALLED.iter().any(|installed| name == *installed)) {
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(inner) = path.strip_prefix(root()) {
            found.push(inner.to_string_lossy().replace('\\', "/"));
        }
    }
}
