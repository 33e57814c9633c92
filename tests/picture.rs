//! Pictures of strangers: type by content, drawn anew, EXIF gone, polyglots and 50k × 50k refused (security.md "Input": uploads).

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbaImage};
use tessera::picture::{MAX_BYTES, PictureError, redrawn};

/// A picture of this size, red on its left and blue on its right, in this format.
pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let colour = |x: u32| if x < width / 2 { [255, 0, 0, 255] } else { [0, 0, 255, 255] };
    let image = DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, |x, _| image::Rgba(colour(x))));
    // JPEG knows no transparency.
    let image = if format == ImageFormat::Jpeg { image.into_rgb8().into() } else { image };
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn drawn(bytes: &[u8], side: u32) -> RgbaImage {
    let png = redrawn(bytes, side).unwrap();
    image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap().into_rgba8()
}

fn is_red(image: &RgbaImage, x: u32, y: u32) -> bool {
    let [red, _, blue, _] = image.get_pixel(x, y).0;
    red > 200 && blue < 60
}

#[test]
fn every_format_that_is_taken_becomes_a_small_png() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let image = drawn(&picture(400, 200, format), 128);
        assert_eq!(image.dimensions(), (128, 64), "{format:?} keeps its shape");
        assert!(is_red(&image, 10, 30) && !is_red(&image, 118, 30), "{format:?}");
    }
    assert_eq!(drawn(&picture(20, 10, ImageFormat::Png), 128).dimensions(), (20, 10), "a small one is not blown up");
    assert_eq!(drawn(&picture(2048, 1, ImageFormat::Png), 128).dimensions(), (128, 1));
}

/// The content decides, not what somebody calls it.
#[test]
fn what_is_no_picture_is_refused() {
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let others: [&[u8]; 6] = [
        b"",
        svg,
        b"<!doctype html><p>",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"BM\x1e\x00\x00\x00",
        b"\x00\x00\x01\x00\x01\x00",
    ];
    for other in others {
        assert_eq!(redrawn(other, 128), Err(PictureError::Format), "{:?}", String::from_utf8_lossy(other));
    }
}

#[test]
fn what_ends_too_early_is_refused() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let whole = picture(64, 64, format);
        for length in [20, whole.len() / 2] {
            let error = redrawn(&whole[..length], 128).unwrap_err();
            assert!(matches!(error, PictureError::Broken | PictureError::Format), "{format:?} of {length}: {error}");
        }
    }
}

/// What stands before, between or behind the pixels is gone.
#[test]
fn a_polyglot_loses_its_other_half() {
    let mut polyglot = picture(8, 8, ImageFormat::Png);
    polyglot.extend_from_slice(b"<script>alert(1)</script>");
    let png = redrawn(&polyglot, 128).unwrap();
    assert!(!png.windows(7).any(|bytes| bytes == b"<script"));
}

/// EXIF says which side is up: that is done, and the rest of it - where the picture was taken - is gone.
#[test]
fn a_photograph_stands_upright_and_tells_nothing_else() {
    let photograph = picture(64, 16, ImageFormat::Jpeg);
    // TIFF, little-endian: one entry, orientation (0x0112) 6: the first row is the right side.
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0secret place";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let bytes = [&photograph[..2], &[0xFF, 0xE1], &length, exif, &photograph[2..]].concat();
    let image = drawn(&bytes, 128);
    assert_eq!(image.dimensions(), (16, 64));
    assert!(is_red(&image, 8, 4) && !is_red(&image, 8, 60));
    assert!(!redrawn(&bytes, 128).unwrap().windows(6).any(|bytes| bytes == b"secret"));
}

/// Refused by what its head says: nothing of that size is ever made room for.
#[test]
fn more_pixels_than_are_read_are_refused_at_once() {
    for (width, height) in [(50_000, 50_000), (2049, 1), (1, 2049), (u32::MAX >> 1, 1)] {
        assert_eq!(redrawn(&png_of(width, height), 128), Err(PictureError::TooLarge), "{width} × {height}");
    }
    let mut jpeg = picture(16, 16, ImageFormat::Jpeg);
    let head = jpeg.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
    jpeg[head + 5..head + 9].copy_from_slice(&[0xC3, 0x50, 0xC3, 0x50]);
    assert_eq!(redrawn(&jpeg, 128), Err(PictureError::TooLarge));
    assert_eq!(redrawn(&vec![0x89; MAX_BYTES + 1], 128), Err(PictureError::TooLarge));
}

/// A PNG whose head says that it has this size, rightly summed up.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut png = picture(1, 1, ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

/// The check of a PNG's chunks (ISO 3309), over their type and data.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}
