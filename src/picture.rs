//! Pictures that others made, drawn anew: what is shown is ours, bytes that only claim to be a picture go no further.
//!
//! Owns which formats are read, and how large a picture may be (security.md "Input"). Where pictures come from, and what they are of, is
//! for who asks.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};

/// The media types of the pictures that are read.
pub const MEDIA_TYPES: &[&str] = &["image/png", "image/jpeg", "image/webp"];

/// The most bytes of a picture that is read.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The most pixels of a side of a picture that is read.
const MAX_SIDE: u32 = 2048;

/// The most bytes that reading one takes, beside the pixels themselves as much again.
const MAX_MEMORY: u64 = 2 * 4 * (MAX_SIDE as u64) * (MAX_SIDE as u64);

/// Why a picture is not taken: for the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Of another format.
    #[error("a picture must be PNG, JPEG or WebP")]
    Format,
    /// Too many bytes or pixels.
    #[error("a picture may have 1 MB, and 2048 pixels on a side, at most")]
    TooLarge,
    /// It ends too early, or is no picture after all.
    #[error("the picture is broken")]
    Broken,
}

/// This picture as a PNG of at most `side` × `side` pixels, upright, with nothing that came beside its pixels. Takes tens of
/// milliseconds: not for the threads that answer requests.
///
/// # Errors
/// [`PictureError`].
pub fn redrawn(bytes: &[u8], side: u32) -> Result<Vec<u8>, PictureError> {
    let picture = read(bytes)?;
    let fits = picture.width() <= side && picture.height() <= side;
    let picture = if fits { picture } else { picture.resize(side, side, FilterType::CatmullRom) };
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, PngFilter::Adaptive);
    DynamicImage::ImageRgba8(picture.into_rgba8()).write_with_encoder(encoder).map_err(|_| PictureError::Broken)?;
    Ok(png)
}

/// What it is, its content says: neither its name nor the media type that it came with.
fn read(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    if bytes.len() > MAX_BYTES {
        return Err(PictureError::TooLarge);
    }
    let format = image::guess_format(bytes).map_err(|_| PictureError::Format)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP) {
        return Err(PictureError::Format);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| fault(&error))?;
    let orientation = decoder.orientation().map_err(|error| fault(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| fault(&error))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_MEMORY);
    limits
}

const fn fault(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Broken,
    }
}
