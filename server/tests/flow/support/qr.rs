//! Reads a QR code from the path of an SVG, with four decoders of other people.

use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use super::oracle::read_by_node;

/// Pixels for each module: enough for any decoder.
const SCALE: usize = 4;

/// What the QR code says that is drawn by the `d` of an SVG path on a square of so many units: `zbar`, `jsQR`, `ZXing` and
/// `rqrr` all read it, and read the same.
pub(crate) fn decode_svg_path(path: &str, size: usize) -> String {
    let picture = Picture::draw(&edges(path), size);
    let [by_js_qr, by_zxing] = read_by_node(picture.width, &picture.rows);
    let text = picture.read_by_zbar();
    assert_eq!(by_js_qr.as_ref(), Some(&text), "jsQR");
    assert_eq!(by_zxing.as_ref(), Some(&text), "ZXing");
    assert_eq!(picture.read_by_rqrr(), text, "rqrr");
    text
}

/// A square of pixels: `1` is dark.
struct Picture {
    width: usize,
    rows: String,
}

impl Picture {
    /// A point is inside the drawing when an odd number of edges lies to its left.
    fn draw(edges: &[Edge], size: usize) -> Self {
        let mut rows = String::new();
        for row in 0..size {
            let mut line = String::new();
            for column in 0..size {
                let (x, y) = (centre(column), centre(row));
                let left = edges.iter().filter(|edge| edge.x < x && edge.top < y && y < edge.bottom).count();
                line.push_str(&if left % 2 == 1 { "1" } else { "0" }.repeat(SCALE));
            }
            rows.push_str(&line.repeat(SCALE));
        }
        Self { width: size * SCALE, rows }
    }

    fn read_by_zbar(&self) -> String {
        let mut decoder = Command::new("zbarimg")
            .args(["--quiet", "--raw", "--set", "*.enable=0", "--set", "qrcode.enable=1", "pbm:-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("zbarimg is installed by `make test`");
        // Plain PBM: the digits may stand without blanks, and no line may be longer than 70 characters.
        let mut image = format!("P1\n{0} {0}\n", self.width);
        for digits in self.rows.as_bytes().chunks(70) {
            writeln!(image, "{}", std::str::from_utf8(digits).unwrap()).unwrap();
        }
        decoder.stdin.take().unwrap().write_all(image.as_bytes()).unwrap();
        let output = decoder.wait_with_output().unwrap();
        assert!(output.status.success(), "no QR code was found in the picture");
        String::from_utf8(output.stdout).unwrap().trim_end_matches('\n').to_owned()
    }

    fn read_by_rqrr(&self) -> String {
        let grey = |x, y| if self.rows.as_bytes()[y * self.width + x] == b'1' { 0 } else { 255 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(self.width, self.width, grey);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one QR code is in the picture");
        grids[0].decode().unwrap().1
    }
}

/// An upright edge of the drawing: at this x, between these two y.
struct Edge {
    x: f64,
    top: f64,
    bottom: f64,
}

/// The upright edges of a path made of straight lines along the axes.
fn edges(path: &str) -> Vec<Edge> {
    let (mut x, mut y, mut start) = (0.0, 0.0, (0.0, 0.0));
    let mut edges = Vec::new();
    for (command, numbers) in commands(path) {
        let from = y;
        match (command, numbers.as_slice()) {
            ('M', [to_x, to_y]) => {
                (x, y) = (*to_x, *to_y);
                start = (x, y);
                continue;
            }
            ('m', [by_x, by_y]) => {
                (x, y) = (x + by_x, y + by_y);
                start = (x, y);
                continue;
            }
            ('H', [to]) => x = *to,
            ('h', [by]) => x += by,
            ('V', [to]) => y = *to,
            ('v', [by]) => y += by,
            ('Z' | 'z', []) => {
                assert!((x - start.0).abs() < 1e-9 || (y - start.1).abs() < 1e-9, "a slanted edge");
                let at = start.0;
                y = start.1;
                x = at;
            }
            other => panic!("the drawing has a command that is not known here: {other:?}"),
        }
        if (from - y).abs() > 1e-9 {
            edges.push(Edge { x, top: from.min(y), bottom: from.max(y) });
        }
    }
    edges
}

/// The commands of a path, each with its numbers.
fn commands(path: &str) -> Vec<(char, Vec<f64>)> {
    let mut commands: Vec<(char, String)> = Vec::new();
    for letter in path.chars() {
        match (letter.is_ascii_alphabetic(), commands.last_mut()) {
            (true, _) => commands.push((letter, String::new())),
            (false, Some((_, numbers))) if letter == '-' => numbers.push_str(" -"),
            (false, Some((_, numbers))) => numbers.push(letter),
            (false, None) => panic!("a path starts with a command"),
        }
    }
    let numbers = |text: &str| {
        let parts = text.split([' ', ',', '\n']).filter(|part| !part.is_empty());
        parts.map(|part| part.parse().unwrap()).collect()
    };
    commands.iter().map(|(command, text)| (*command, numbers(text))).collect()
}

fn centre(module: usize) -> f64 {
    f64::from(u32::try_from(module).unwrap()) + 0.5
}

#[test]
fn picture_of_qrencode_is_read_back() {
    let text = "otpauth://totp/Muster:ana@harbor.example?secret=GEZDGNBVGY3TQOJQ";
    let code = qrcode::QrCode::new(text).unwrap();
    let width = code.width();
    let mut path = String::new();
    for (index, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            write!(path, "M{} {}h1v1h-1z", index % width + 4, index / width + 4).unwrap();
        }
    }
    assert_eq!(decode_svg_path(&path, width + 8), text);
}
