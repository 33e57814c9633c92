//! Which languages a request asks for, the most wanted first.

/// More tags than this are not read: nobody speaks so many languages, and the header comes from anyone.
const MOST_TAGS: usize = 20;

/// The tags of `ui_locales` (space-separated, in order), then those of `Accept-Language` by weight.
pub(super) fn wanted<'a>(ui_locales: &'a str, accept_language: &'a str) -> Vec<&'a str> {
    let ui_locales = ui_locales.split_ascii_whitespace().take(MOST_TAGS);
    ui_locales.chain(accepted(accept_language)).collect()
}

/// The language ranges of an `Accept-Language` header by weight; those of weight 0 are left out (RFC 9110 §12.4.2).
fn accepted(header: &str) -> impl Iterator<Item = &str> {
    let mut weighted: Vec<_> = header.split(',').take(MOST_TAGS).filter_map(weighted_range).collect();
    // The sort is stable: among equal weights the first one named wins.
    weighted.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    weighted.into_iter().map(|(range, _)| range)
}

fn weighted_range(item: &str) -> Option<(&str, u16)> {
    let (range, weight) = item.split_once(';').unwrap_or((item, "q=1"));
    let weight = thousandths(weight.trim().strip_prefix("q=")?)?;
    (weight > 0).then_some((range.trim(), weight))
}

/// A weight in thousandths: `0`, `1`, or with up to three digits behind the point.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

/// The range and what is left of it as subtags are cut from its end: `de-AT-1996`, `de-AT`, `de` (RFC 4647 §3.4).
pub(super) fn ranges(tag: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(tag), |range| range.rsplit_once('-').map(|(shorter, _)| shorter))
}
