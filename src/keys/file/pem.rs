//! PEM (RFC 7468): the one block of a text, and what its label says it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::KeyFileError;
use super::structures::Members;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// The characters of a line (RFC 7468 §2).
const LINE: usize = 64;

struct Block<'a> {
    label: &'a str,
    /// The lines between the first and the last.
    lines: Vec<&'a str>,
}

/// The key of the one block.
pub(super) fn read(content: &[u8]) -> Result<Members, KeyFileError> {
    let text = std::str::from_utf8(content).map_err(|_| KeyFileError::NotAKey)?;
    let mut blocks = blocks(text)?;
    // `openssl ecparam -genkey` writes them before the key, which names its curve itself.
    blocks.retain(|block| block.label != "EC PARAMETERS");
    let block = match blocks.as_slice() {
        [] => return Err(KeyFileError::NotAKey),
        [one] => one,
        _ => return Err(KeyFileError::Several),
    };
    if block.label == "ENCRYPTED PRIVATE KEY" || block.lines.iter().any(|line| line.starts_with("Proc-Type:")) {
        return Err(KeyFileError::Encrypted);
    }
    let read = match block.label {
        "PRIVATE KEY" => Members::from_pkcs8,
        "RSA PRIVATE KEY" => Members::from_pkcs1,
        "EC PRIVATE KEY" => Members::from_sec1,
        "PUBLIC KEY" => Members::from_spki,
        "RSA PUBLIC KEY" => Members::from_public_pkcs1,
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => return Err(KeyFileError::Certificate),
        _ => return Err(KeyFileError::Kind),
    };
    read(&decode(&block.lines)?)
}

/// Every block of a text; what stands outside them explains (RFC 7468 §5.2).
fn blocks(text: &str) -> Result<Vec<Block<'_>>, KeyFileError> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) = label(line, BEGIN) else { continue };
        let mut block = Block { label, lines: Vec::new() };
        loop {
            let line = lines.next().ok_or(KeyFileError::Malformed)?;
            if line.starts_with(DASHES) {
                if self::label(line, END) != Some(label) {
                    return Err(KeyFileError::Malformed);
                }
                break;
            }
            block.lines.push(line);
        }
        blocks.push(block);
    }
    Ok(blocks)
}

fn label<'a>(line: &'a str, boundary: &str) -> Option<&'a str> {
    line.strip_prefix(boundary)?.strip_suffix(DASHES)
}

fn decode(lines: &[&str]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let text = Zeroizing::new(lines.concat());
    let bytes = STANDARD.decode(text.as_bytes()).map_err(|_| KeyFileError::Malformed)?;
    Ok(Zeroizing::new(bytes))
}

/// A block.
pub(super) fn write(label: &str, der: &[u8]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(encoded.len() + encoded.len() / LINE + 128));
    text.extend([BEGIN, label, DASHES, "\n"]);
    for line in encoded.as_bytes().chunks(LINE) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text.extend([END, label, DASHES, "\n"]);
    text
}
