//! Characters that must not be in a text that people tell apart by eye.

/// Controls, line breaks, bidirectional controls (UAX #9 §2) and characters that show nothing.
pub(crate) fn is_deceptive(character: char) -> bool {
    character.is_control() || is_bidi_control(character) || is_invisible(character)
}

fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a text mixes alphabets whose letters look alike: Latin, Greek, Cyrillic (UTS #39 §5.1).
pub(crate) fn mixes_alphabets(text: &str) -> bool {
    let mut seen = text.chars().filter_map(alphabet);
    seen.next().is_some_and(|first| seen.any(|other| other != first))
}

#[derive(PartialEq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
}

fn alphabet(character: char) -> Option<Alphabet> {
    match character {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}' => {
            Some(Alphabet::Latin)
        }
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Alphabet::Greek),
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}' => {
            Some(Alphabet::Cyrillic)
        }
        _ => None,
    }
}
