//! A strict little reader of HTML: every element is closed where it should be, or the page is refused.

/// Elements that have no content (HTML §13.1.2).
const VOID: [&str; 7] = ["meta", "link", "img", "input", "br", "hr", "wbr"];

/// A page that is well-formed.
pub(crate) struct Document {
    /// The start tags, in order.
    pub tags: Vec<Tag>,
    texts: Vec<String>,
}

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// Its number, and that of the first tag after its end.
    span: (usize, usize),
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

impl Document {
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }

    pub(crate) fn first(&self, name: &str) -> &Tag {
        self.tags.iter().find(|tag| tag.name == name).unwrap_or_else(|| panic!("no {name}"))
    }

    pub(crate) fn inside(&self, tag: &Tag) -> impl Iterator<Item = &Tag> {
        self.tags[tag.span.0 + 1..tag.span.1].iter()
    }
}

pub(crate) fn parse(source: &str) -> Result<Document, String> {
    let mut document = Document { tags: Vec::new(), texts: Vec::new() };
    let mut open: Vec<usize> = Vec::new();
    let mut rest = source.strip_prefix("<!doctype html>").ok_or("no doctype")?;
    while let Some(start) = rest.find('<') {
        document.texts.push(plain(&rest[..start])?);
        rest = &rest[start + 1..];
        if let Some(name) = rest.strip_prefix('/') {
            let end = name.find('>').ok_or("an end tag without end")?;
            let index = open.pop().ok_or_else(|| format!("</{}> closes nothing", &name[..end]))?;
            let expected = &document.tags[index].name;
            if expected != &name[..end] {
                return Err(format!("</{}> where </{expected}> should be", &name[..end]));
            }
            document.tags[index].span.1 = document.tags.len();
            rest = &name[end + 1..];
        } else {
            let number = document.tags.len();
            let (tag, after) = start_tag(rest, number)?;
            if !VOID.contains(&tag.name.as_str()) {
                open.push(number);
            }
            document.tags.push(tag);
            rest = after;
        }
    }
    document.texts.push(plain(rest)?);
    open.last().map_or(Ok(()), |index| Err(format!("<{}> is never closed", document.tags[*index].name)))?;
    Ok(document)
}

fn start_tag(source: &str, number: usize) -> Result<(Tag, &str), String> {
    let end = source.find(|c: char| !c.is_ascii_alphanumeric()).ok_or("a tag without end")?;
    let name = source[..end].to_owned();
    if name.is_empty() {
        return Err(format!("a bare < before {:?}", &source.chars().take(20).collect::<String>()));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    let mut rest = source[end..].trim_start();
    while !rest.starts_with('>') {
        let end = rest.find(['=', '>', ' ', '\n']).ok_or("a tag without end")?;
        let attribute = rest[..end].to_owned();
        if attribute.is_empty() || !attribute.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
        {
            return Err(format!("<{name}>: the attribute {attribute:?}"));
        }
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').ok_or("a value without end")?;
            value = plain(&quoted[..end])?;
            rest = &quoted[end + 1..];
            if !rest.starts_with([' ', '>', '\n']) {
                return Err(format!("<{name} {attribute}>: something sticks to the value"));
            }
        } else if rest.starts_with('=') {
            return Err(format!("<{name} {attribute}>: a value without quotes"));
        }
        if attributes.iter().any(|(other, _)| *other == attribute) {
            return Err(format!("<{name}>: {attribute} twice"));
        }
        attributes.push((attribute, value));
        rest = rest.trim_start();
    }
    Ok((Tag { name, attributes, span: (number, number + 1) }, &rest[1..]))
}

/// The text without its character references.
fn plain(text: &str) -> Result<String, String> {
    let references =
        [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&"), ("&quot;", "\"")];
    let mut bare = text.to_owned();
    for (reference, character) in references {
        bare = bare.replace(reference, character);
    }
    if text.contains("& ") {
        return Err(format!("a bare & in {text:?}"));
    }
    Ok(bare)
}
