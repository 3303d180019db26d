//! QR codes as one SVG path.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode, types::QrError};

/// Modules of white around the code that decoders ask for (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

/// The `d` of a path with one unit for each module, and the number of units on each side.
///
/// # Errors
/// When the text is too long for a QR code.
pub(super) fn path(text: &str) -> Result<(String, u32), QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let mut d = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                // Writing to a `String` cannot fail.
                let _ = write!(d, "M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len());
            }
            x += run.len();
        }
    }
    Ok((d, u32::try_from(width + 2 * QUIET).unwrap_or(u32::MAX)))
}
