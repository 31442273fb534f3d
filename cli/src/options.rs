//! Arguments that several subcommands share, and how their text is read.

use clap::ValueEnum;
use std::{fmt, time::Duration};
use wasmrt::{Config, Engine, Features, Result, Strategy};

/// Which of the two engines executes a guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum EngineChoice {
    /// Machine code made by Cranelift.
    Jit,
    /// The bytecode interpreter.
    Interpreter,
}

impl EngineChoice {
    /// The engines of this build, the preferred one first.
    pub fn available() -> Vec<EngineChoice> {
        let all = [EngineChoice::Jit, EngineChoice::Interpreter];
        all.into_iter().filter(|choice| Strategy::available().contains(&choice.strategy())).collect()
    }

    /// The engine's name in the core's configuration.
    pub fn strategy(self) -> Strategy {
        match self {
            EngineChoice::Jit => Strategy::Jit,
            EngineChoice::Interpreter => Strategy::Interpreter,
        }
    }

    /// An engine of this kind with default settings.
    pub fn engine(self) -> Result<Engine> {
        self.engine_with(|config| config)
    }

    /// An engine of this kind with what `configure` changes.
    pub fn engine_with(self, configure: impl FnOnce(&mut Config) -> &mut Config) -> Result<Engine> {
        let mut config = Config::new();
        config.strategy(self.strategy());
        configure(&mut config);
        Engine::new(&config)
    }
}

impl Default for EngineChoice {
    fn default() -> EngineChoice {
        EngineChoice::available()[0]
    }
}

impl fmt::Display for EngineChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EngineChoice::Jit => "jit",
            EngineChoice::Interpreter => "interpreter",
        })
    }
}

/// Reads a duration: seconds, or a number with the unit `ms`, `s` or `m`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds_per_unit = match &text[digits.len()..] {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        unit => return Err(format!("unknown unit `{unit}`; known are ms, s and m")),
    };
    let number: f64 = digits.parse().map_err(|_| format!("`{digits}` is not a number"))?;
    Duration::try_from_secs_f64(number * seconds_per_unit).map_err(|error| error.to_string())
}

/// Reads names of proposals, separated by commas: each is switched on, those with a `-` in front off, beyond what is on
/// by default.
pub fn parse_features(text: &str) -> Result<Features, String> {
    let mut features = Features::default();
    for part in text.split(',') {
        let (name, is_on) = part.strip_prefix('-').map_or((part, true), |name| (name, false));
        let known = || Features::ALL.iter().map(|(_, proposal, _)| *proposal).collect::<Vec<_>>().join(", ");
        *features.by_name(name).ok_or_else(|| format!("unknown feature `{name}`; known are {}", known()))? = is_on;
    }
    Ok(features)
}

/// Reads `NAME=VALUE`.
pub fn parse_env(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("expected NAME=VALUE".to_string()),
    }
}

/// A directory of the host and the path under which a guest sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirMapping {
    /// The host's path.
    pub host: String,
    /// The guest's path.
    pub guest: String,
}

/// Reads `HOST::GUEST`, or `DIR` for the same path on both sides.
pub fn parse_dir(text: &str) -> Result<DirMapping, String> {
    let (host, guest) = text.split_once("::").unwrap_or((text, text));
    if host.is_empty() || guest.is_empty() {
        return Err("expected HOST::GUEST or DIR".to_string());
    }
    Ok(DirMapping { host: host.to_string(), guest: guest.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        assert_eq!(parse_duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "ms", "3h", "-1", "inf"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn features_are_switched_on_and_off_by_name() {
        let features = parse_features("multi-value,-simd,-bulk_memory").unwrap();
        assert!(features.multi_value && !features.simd && !features.bulk_memory && features.mutable_global);
        assert!(parse_features("telepathy").unwrap_err().starts_with("unknown feature `telepathy`; known are"));
    }

    #[test]
    fn environment_variables_need_a_name() {
        assert_eq!(parse_env("A=b=c"), Ok(("A".to_string(), "b=c".to_string())));
        assert!(parse_env("=b").is_err());
        assert!(parse_env("A").is_err());
    }

    #[test]
    fn directories_keep_their_path_unless_renamed() {
        assert_eq!(parse_dir("/a::/b"), Ok(DirMapping { host: "/a".to_string(), guest: "/b".to_string() }));
        assert_eq!(parse_dir("data"), Ok(DirMapping { host: "data".to_string(), guest: "data".to_string() }));
        assert!(parse_dir("::/b").is_err());
    }
}
