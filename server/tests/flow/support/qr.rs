//! Reads a QR code from the path of an SVG, with a decoder of other people.

use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

/// Pixels for each module: enough for any decoder.
const SCALE: usize = 4;

/// What the QR code says that is drawn by the `d` of an SVG path on a square of so many units.
pub(crate) fn decode_svg_path(path: &str, size: usize) -> String {
    let image = bitmap(&edges(path), size);
    let mut decoder = Command::new("zbarimg")
        .args(["--quiet", "--raw", "--set", "*.enable=0", "--set", "qrcode.enable=1", "pbm:-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("zbarimg is installed by `make test`");
    decoder.stdin.take().unwrap().write_all(image.as_bytes()).unwrap();
    let output = decoder.wait_with_output().unwrap();
    assert!(output.status.success(), "no QR code was found in the picture");
    String::from_utf8(output.stdout).unwrap().trim_end_matches('\n').to_owned()
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

/// The drawing as a plain PBM: a point is inside when an odd number of edges lies to its left.
fn bitmap(edges: &[Edge], size: usize) -> String {
    let mut image = format!("P1\n{0} {0}\n", size * SCALE);
    for row in 0..size {
        let mut line = String::new();
        for column in 0..size {
            let (x, y) = (centre(column), centre(row));
            let left = edges.iter().filter(|edge| edge.x < x && edge.top < y && y < edge.bottom).count();
            let dark = left % 2 == 1;
            write!(line, "{}", if dark { "1 " } else { "0 " }.repeat(SCALE)).unwrap();
        }
        for _ in 0..SCALE {
            image.push_str(&line);
            image.push('\n');
        }
    }
    image
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
