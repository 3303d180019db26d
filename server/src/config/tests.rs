use std::{fs, path::Path};

use proptest::prelude::*;

use super::*;

const EXAMPLE: &str = include_str!("../../../docs/muster.example.toml");

fn inputs(file: &str, environment: &[(&str, &str)]) -> Inputs {
    Inputs {
        file: Some(FileText { name: "muster.toml".to_owned(), text: file.to_owned() }),
        environment: environment.iter().map(|(n, v)| ((*n).to_owned(), Some((*v).to_owned()))).collect(),
        flags: Vec::new(),
    }
}

fn problems(file: &str, environment: &[(&str, &str)]) -> String {
    load(&inputs(file, environment)).into_config().map_or_else(|error| error.to_string(), |_| String::new())
}

fn shown<'a>(loaded: &'a Loaded, name: &str) -> &'a Line {
    loaded.lines().iter().find(|line| line.name == name).unwrap()
}

#[cfg(unix)]
fn secret_file(folder: &Path, text: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("database-url");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[test]
fn nothing_given_gives_the_defaults() {
    let config = load(&Inputs::default()).into_config().unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.server.public_url, None);
    assert_eq!(config.database.settings().url, "sqlite:muster.db");
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.password.cost, Cost::default());
    assert_eq!(config.password.queue, 64);
    assert_eq!(config.site_name, "Muster");
    assert_eq!(config.key_file, None);
    assert_eq!(config.log, Log { format: LogFormat::Text, level: tracing::Level::INFO });
}

#[test]
fn every_known_setting_is_read_once_and_in_order() {
    let loaded = load(&Inputs::default());
    let read: Vec<_> = loaded.lines().iter().map(|line| line.name).collect();
    let known: Vec<_> = KNOWN.iter().map(|known| known.name).collect();
    assert_eq!(read, known);
}

#[test]
fn every_setting_can_be_given_by_file_and_by_variable() {
    let values = [
        ("server.listen", "\"127.0.0.1:4000\""),
        ("server.public_url", "\"https://muster.example\""),
        ("server.extra_hosts", "[\"muster.internal\"]"),
        ("server.trusted_proxies", "[\"10.0.0.7\"]"),
        ("database.url", "\"sqlite:other.db\""),
        ("database.connections", "8"),
        ("keys.file", "\"keys\""),
        ("site.name", "\"Harbor\""),
        ("sms.code_ttl", "600"),
        ("password.memory", "20000"),
        ("log.format", "\"json\""),
        ("metrics.listen", "\"127.0.0.1:9464\""),
        ("log.level", "\"warn\""),
    ];
    // Those of [smtp], and those of the gateways of [sms], need one another and have tests of their own.
    let gateways = ["sms.gateway", "sms.fallback", "sms.twilio_", "sms.http_"];
    let alone = |name: &str| {
        name != "database.url_file"
            && !name.starts_with("smtp.")
            && !gateways.iter().any(|gateway| name.starts_with(gateway))
    };
    for known in KNOWN.iter().filter(|known| alone(known.name)) {
        let value = values.iter().find(|(name, _)| *name == known.name).map_or("3", |(_, value)| value);
        let (table, key) = known.name.split_once('.').unwrap();
        let file = format!("[{table}]\n{key} = {value}\n");
        let loaded = load(&inputs(&file, &[]));
        assert_eq!(loaded.problems(), [], "{file}");
        assert_eq!(shown(&loaded, known.name).source, Source::File("muster.toml".to_owned()));
        let from_file = shown(&loaded, known.name).value.clone();

        let variable = variable_of(known.name);
        let plain = value.trim_matches(['[', ']']).replace('"', "");
        let loaded = load(&inputs("", &[(&variable, &plain)]));
        assert_eq!(loaded.problems(), [], "{variable}");
        assert_eq!(shown(&loaded, known.name).source, Source::Variable(variable));
        assert_eq!(shown(&loaded, known.name).value, from_file);
    }
}

#[test]
fn too_few_connections_are_refused_with_the_least_number() {
    let problem = problems("[database]\nconnections = 3\n", &[]);
    assert!(problem.contains("database.connections") && problem.contains("from 4 to 1000"), "{problem}");
}

#[test]
fn variable_wins_over_file_and_flag_over_variable() {
    let file = "[database]\nurl = \"sqlite:file.db\"\n";
    let mut inputs = inputs(file, &[("MUSTER_DATABASE_URL", "sqlite:variable.db")]);
    assert_eq!(load(&inputs).into_config().unwrap().database.settings().url, "sqlite:variable.db");
    inputs.flags = vec![("database.url", "--database", "sqlite:flag.db".to_owned())];
    assert_eq!(load(&inputs).into_config().unwrap().database.settings().url, "sqlite:flag.db");
}

#[test]
fn unknown_names_are_refused_with_the_nearest_known_one() {
    let text = problems("[server]\nlisten_on = \"x\"\n", &[]);
    assert!(text.contains("`listen_on` is not a setting of [server]; did you mean `server.listen`?"), "{text}");
    let text = problems("[sever]\nlisten = \"x\"\n", &[]);
    assert!(text.contains("`sever` is not a table of settings; did you mean [server]?"), "{text}");
    let text = problems("listen = \"127.0.0.1:1\"\n", &[]);
    assert!(text.contains("`listen` is not a table of settings"), "{text}");
    let text = problems("", &[("MUSTER_SERVER_LISTEN", "x")]);
    assert!(text.contains("`MUSTER_SERVER_LISTEN` sets nothing"), "{text}");
    assert!(text.contains("did you mean MUSTER_SERVER__LISTEN?"), "{text}");
    assert_eq!(problems("", &[("MUSTER_CONFIG", "x"), ("OTHER", "x"), ("XMUSTER_A", "x")]), "");
}

#[test]
fn two_variables_for_one_setting_are_refused() {
    let both = [("MUSTER_DATABASE_URL", "sqlite:a"), ("MUSTER_DATABASE__URL", "sqlite:b")];
    assert!(problems("", &both).contains("set the same thing"));
}

#[test]
fn wrong_values_are_all_told_at_once_and_not_repeated() {
    let file = "[server]\nlisten = \"hunter2\"\npublic_url = \"https://x.example/hunter2\"\ngrace = \"10\"\n\
                trusted_proxies = [\"hunter2\"]\n[limits]\nfailures = 0\nfailures_in_a_row = 101\n[log]\n\
                level = \"hunter2\"\n[site]\nname = \"a:hunter2\"\n[keys]\nfile = 7\n[password]\nmemory = 19456\npasses = 1\n";
    let text = problems(file, &[("MUSTER_LIMITS__PAUSE", "hunter2")]);
    for name in [
        "server.listen",
        "server.public_url",
        "server.grace",
        "server.trusted_proxies",
        "limits.failures ",
        "limits.failures_in_a_row",
        "log.level",
        "site.name",
        "keys.file",
        "password.passes",
        "limits.pause",
    ] {
        assert!(text.contains(name), "{name} is missing in: {text}");
    }
    assert!(text.contains("needs a whole number from 1 to 100"));
    assert!(text.contains("OWASP minimum"));
    assert!(!text.contains("hunter2"), "{text}");
}

/// Both are in the headers of every mail.
#[test]
fn pwd_04_line_ends_and_long_texts_in_the_site_and_the_sender_are_refused() {
    let long = "x".repeat(1024 * 1024);
    for name in ["Muster\\r\\nBcc: eve@evil.example", "a\\nb", "a\\u0000b", &long] {
        assert!(problems(&format!("[site]\nname = \"{name}\"\n"), &[]).contains("site.name"), "{name:.40}");
        let from = format!("[smtp]\nhost = \"mail.example\"\nfrom = \"{name} <muster@harbor.example>\"\n");
        assert!(problems(&from, &[]).contains("smtp.from"), "{name:.40}");
    }
}

#[test]
fn broken_file_tells_the_line_and_not_what_is_in_it() {
    let text = problems("[database]\n\nurl_file = postgres://u:hunter2@h/db\n", &[]);
    assert!(text.contains("muster.toml, line 3: not TOML"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn database_password_outside_its_file_is_refused() {
    let url = "postgres://muster:hunter2@db.example/muster";
    let flag = Inputs { flags: vec![("database.url", "--database", url.to_owned())], ..Inputs::default() };
    let flag = load(&flag).into_config().unwrap_err().to_string();
    let file = problems(&format!("[database]\nurl = \"{url}\"\n"), &[]);
    let variable = problems("", &[("MUSTER_DATABASE_URL", url)]);
    for text in [file, variable, flag] {
        assert!(text.contains("database.url_file"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn database_password_in_its_file_is_used_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://muster:hunter2@db.example/muster";
    let path = secret_file(folder.path(), &format!("{url}\n"));
    let file = format!("[database]\nurl_file = {:?}\n", path.display().to_string());
    let loaded = load(&inputs(&file, &[]));
    assert_eq!(shown(&loaded, "database.url").value, "postgres://muster@db.example/muster");
    assert!(!format!("{loaded:?}").contains("hunter2"));
    assert_eq!(loaded.into_config().unwrap().database.settings().url, url);
    let text = problems(&format!("{file}url = \"sqlite:a\"\n"), &[]);
    assert!(text.contains("keep one of them"), "{text}");
}

#[test]
fn missing_named_file_is_refused_and_missing_usual_file_is_not() {
    let error = Inputs::gather(Some(Path::new("/nonexistent/muster.toml"))).err().unwrap().to_string();
    assert!(error.contains("/nonexistent/muster.toml cannot be read"), "{error}");
}

#[test]
fn example_file_is_right_and_names_every_setting() {
    assert_eq!(problems(EXAMPLE, &[]), "");
    // Every line that is commented out is taken in, so that the example cannot rot.
    let whole: String =
        EXAMPLE.lines().map(|line| line.strip_prefix("#:").unwrap_or(line)).collect::<Vec<_>>().join("\n");
    let tables: toml::Table = whole.parse().unwrap();
    let mut named: Vec<String> = Vec::new();
    for (table, keys) in &tables {
        named.extend(keys.as_table().unwrap().keys().map(|key| format!("{table}.{key}")));
    }
    let mut known: Vec<_> = KNOWN.iter().map(|known| known.name.to_owned()).collect();
    named.sort_unstable();
    known.sort_unstable();
    assert_eq!(named, known);
}

#[test]
fn example_file_shows_the_defaults() {
    let shown_values = |text: &str| -> Vec<(&'static str, String)> {
        load(&inputs(text, &[])).lines().iter().map(|line| (line.name, line.value.clone())).collect()
    };
    let ours = ["server.public_url", "keys.file"];
    let example: Vec<_> = shown_values(EXAMPLE).into_iter().filter(|(name, _)| !ours.contains(name)).collect();
    let default: Vec<_> = shown_values("").into_iter().filter(|(name, _)| !ours.contains(name)).collect();
    assert_eq!(example, default);
}

const CANARY: &str = "canary-hunter2-canary";

fn any_of_the_known() -> impl Strategy<Value = &'static str> {
    (0..KNOWN.len()).prop_map(|index| KNOWN[index].name)
}

proptest! {
    /// FUZZ-12: any text as the file, any text in any variable.
    #[test]
    fn fuzz_12_arbitrary_file_and_variables_never_panic(
        file in ".{0,400}",
        setting in any_of_the_known(),
        value in ".{0,60}",
        other in "MUSTER_[A-Z_]{0,20}",
    ) {
        let _ = load(&inputs(&file, &[(&variable_of(setting), &value), (&other, &value)]));
    }

    /// FUZZ-12: well-formed TOML with values of any type for any setting.
    #[test]
    fn fuzz_12_values_of_any_type_never_panic(
        setting in any_of_the_known(),
        value in prop_oneof![
            any::<i64>().prop_map(|n| n.to_string()),
            any::<f32>().prop_filter("finite", |n| n.is_finite()).prop_map(|n| format!("{n:?}")),
            any::<bool>().prop_map(|b| b.to_string()),
            "[a-z:/.0-9@]{0,40}".prop_map(|s| format!("\"{s}\"")),
            Just("1979-05-27".to_owned()),
            Just("[]".to_owned()),
            Just("[[], [1]]".to_owned()),
            Just("{ a = 1 }".to_owned()),
        ],
    ) {
        let (table, key) = setting.split_once('.').unwrap();
        let _ = load(&inputs(&format!("[{table}]\n{key} = {value}\n"), &[]));
    }

    /// FUZZ-12: a password in the database address stays out of every text, whatever else is wrong in the file.
    #[test]
    fn fuzz_12_secret_is_never_in_an_error(
        before in 0usize..80,
        delete in 0usize..3,
        insert in "[\"'=\\[\\]{}#\n a.]{0,3}",
        by_variable in any::<bool>(),
    ) {
        let url = format!("postgres://muster:{CANARY}@db.example/muster?sslpassword={CANARY}");
        let mut file = format!("[database]\nconnections = 8\nurl = \"{url}\"\n[site]\nname = \"Muster\"\n");
        let at = before.min(file.len());
        let end = (at + delete).min(file.len());
        file.replace_range(at..end, &insert);
        prop_assume!(file.matches(CANARY).count() == 2);
        let variables = [("MUSTER_DATABASE_URL", url.as_str())];
        let loaded = load(&inputs(&file, if by_variable { &variables } else { &[] }));
        let shown = format!("{loaded:?}");
        prop_assert!(!shown.contains(CANARY), "{shown}");
        let error = loaded.into_config().map_or_else(|error| error.to_string(), |_| String::new());
        prop_assert!(!error.contains(CANARY), "{error}");
    }
}
