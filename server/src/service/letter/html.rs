//! A letter as HTML.

use super::{Letter, Part};

/// The frame round the rows; `{…}` are the places to fill.
const FRAME: &str = include_str!("frame.html");
/// The type of every text.
const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;";

impl Letter<'_> {
    /// The letter as HTML, complete and without anything to load.
    pub(in crate::service) fn html(&self) -> String {
        let rows: String = self.parts.iter().map(row).collect();
        let foot: Vec<String> = self.foot.iter().map(|line| escape(line)).collect();
        fill(&[
            ("lang", self.language.code().to_owned()),
            ("subject", escape(self.subject)),
            ("preview", escape(self.preview())),
            ("site", escape(self.site)),
            ("rows", rows),
            ("foot", foot.join(" ")),
        ])
    }

    /// What a list of mails shows beside the subject: the first thing that is said.
    fn preview(&self) -> &str {
        let mut texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Answer(..) | Part::Facts(_) | Part::Button(..) => None,
        });
        // The very first is the greeting.
        texts.nth(1).unwrap_or_default()
    }
}

fn row(part: &Part) -> String {
    match part {
        Part::Text(text) => paragraph(&escape(text)),
        Part::Answer(question, answer) => paragraph(&format!("<b>{}</b> {}", escape(question), escape(answer))),
        Part::Facts(facts) => {
            let lines: Vec<String> =
                facts.iter().map(|(label, value)| format!("<b>{}:</b> {}", escape(label), escape(value))).collect();
            format!(
                "            <tr><td style=\"padding:0 0 20px;\"><table role=\"presentation\" width=\"100%\" \
                 cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td bgcolor=\"#e8ede8\" class=\"box\" \
                 style=\"padding:14px 16px;background-color:#e8ede8;border-radius:10px;{FONT}font-size:16px;\
                 line-height:24px;color:#11201a;\">{}</td></tr></table></td></tr>\n",
                lines.join("<br>")
            )
        }
        Part::Button(label, address) => format!(
            "            <tr><td style=\"padding:4px 0 24px;\"><table role=\"presentation\" cellpadding=\"0\" \
             cellspacing=\"0\" border=\"0\"><tr><td bgcolor=\"#0a6346\" style=\"background-color:#0a6346;\
             border-radius:10px;\"><a href=\"{}\" style=\"display:inline-block;padding:15px 28px;{FONT}font-size:17px;\
             line-height:20px;font-weight:600;color:#ffffff;text-decoration:none;\">{}</a></td></tr></table></td></tr>\n",
            escape(address),
            escape(label)
        ),
    }
}

fn paragraph(html: &str) -> String {
    format!(
        "            <tr><td style=\"padding:0 0 16px;{FONT}font-size:17px;line-height:26px;color:#11201a;\" \
         class=\"ink\">{html}</td></tr>\n"
    )
}

/// Puts the values into the frame in one pass, so that a value is never searched for places itself.
fn fill(values: &[(&str, String)]) -> String {
    let mut html = String::with_capacity(FRAME.len() * 3);
    let mut rest = FRAME;
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        html.push_str(before);
        let place = values.iter().find(|(name, _)| {
            from.strip_prefix('{').and_then(|from| from.strip_prefix(name)).is_some_and(|from| from.starts_with('}'))
        });
        rest = if let Some((name, value)) = place {
            html.push_str(value);
            from.get(name.len() + 2..).unwrap_or_default()
        } else {
            // A brace of the style sheet.
            html.push('{');
            from.get(1..).unwrap_or_default()
        };
    }
    html.push_str(rest);
    html
}

/// Text as HTML, also within an attribute's quotes.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}
