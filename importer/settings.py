"""Where an option comes from: the command line, the environment, `customer-payments.toml`.

An option beats the environment, the environment beats the file. Secrets come from the
environment or the system's key store, never from an option or the file, and are never shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from importer.errors import UsageProblem

PREFIX = "CUSTOMER_PAYMENTS_"
SETTINGS_FILE = "customer-payments.toml"
APPLICATION = "customer-payments"
GENERATIONS = ("v2.0", "v1.0", "beta", "graph")
ON_ERROR = ("skip", "stop", "all-or-nothing")

SECRETS = ("ACCESS_TOKEN", "CLIENT_SECRET", "CERTIFICATE_PASSWORD", "WEB_SERVICE_KEY")
"""Names (after the prefix) whose values are read from the environment or the key store only."""


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """Which journal of which company payments go to, as the user named it."""

    base_url: str = ""
    tenant: str = ""
    environment: str = "production"
    api: str = "v2.0"
    company: str = ""
    journal: str = ""
    create_journal: bool = False
    balancing_account: str = ""
    batch_size: int = 100
    timeout_seconds: float = 620.0
    ca_bundle: str = ""
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are for the service; secrets are left out of every representation."""

    authority: str = ""
    client_id: str = ""
    user: str = ""
    certificate: str = ""
    device_code: bool = False
    access_token: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    certificate_password: str = field(default="", repr=False)
    web_service_key: str = field(default="", repr=False)


def identity(environ: Mapping[str, str] | None = None) -> Identity:
    """Read who we are from the environment, then from the key store where it is installed."""
    env = os.environ if environ is None else environ

    def secret(name: str) -> str:
        return env.get(PREFIX + name, "") or _from_keyring(name)

    return Identity(
        authority=env.get(PREFIX + "AUTHORITY", ""),
        client_id=env.get(PREFIX + "CLIENT_ID", ""),
        user=env.get(PREFIX + "USER", ""),
        certificate=env.get(PREFIX + "CERTIFICATE", ""),
        device_code=env.get(PREFIX + "DEVICE_CODE", "").lower() in {"1", "true", "yes"},
        access_token=secret("ACCESS_TOKEN"),
        client_secret=secret("CLIENT_SECRET"),
        certificate_password=secret("CERTIFICATE_PASSWORD"),
        web_service_key=secret("WEB_SERVICE_KEY"),
    )


def _from_keyring(name: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return keyring.get_password(APPLICATION, name.lower().replace("_", "-")) or ""
    except KeyringError:
        return ""


def settings_files() -> tuple[Path, ...]:
    """Return where `customer-payments.toml` is looked for, the strongest first."""
    from platformdirs import user_config_path

    return Path(SETTINGS_FILE), user_config_path(APPLICATION) / SETTINGS_FILE


def file_options(
    known: Callable[[], Collection[str]], files: Collection[Path] | None = None
) -> dict[str, object]:
    """Read option values from the settings files; keys are option names such as `base_url`.

    Args:
        known: gives the names of all options; asked only where there is a file.
        files: the files, the strongest first.

    Raises:
        UsageProblem: a file is no TOML, or a key is not the name of an option.
    """
    options: dict[str, object] = {}
    for path in reversed(tuple(settings_files() if files is None else files)):
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as fault:
            raise UsageProblem(f"{path}: the settings file cannot be read ({fault})") from None
        options.update(_parsed(path, text, known()))
    return options


def _parsed(path: Path, text: str, known: Collection[str]) -> dict[str, object]:
    import difflib
    import tomllib

    try:
        document = tomllib.loads(text, parse_float=str)  # amounts are exact
    except tomllib.TOMLDecodeError as fault:
        raise UsageProblem(
            f"{path}: not a TOML file: {fault}. Correct it, or move it away"
        ) from None
    options: dict[str, object] = {}
    for key, value in document.items():
        name = key.replace("-", "_")
        if name.upper() in SECRETS:
            raise UsageProblem(
                f"{path}: {key} is a secret and does not belong in a file. "
                f"Set {PREFIX}{name.upper()} in the environment, or use the key store"
            )
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = (
                f"Did you mean {near[0].replace('_', '-')}?"
                if near
                else (f"Known: {', '.join(sorted(n.replace('_', '-') for n in known))}")
            )
            raise UsageProblem(f"{path}: {key!r} is not a setting. {hint}")
        if not isinstance(value, str | int):
            kind = "a date or time"
            if isinstance(value, dict | list):
                kind = "a table" if isinstance(value, dict) else "a list"
            raise UsageProblem(f"{path}: {key} is {kind}; expected a single value")
        options[name] = value
    return options


def default_ledger() -> str:
    """Return the path of the import ledger where none is named."""
    from platformdirs import user_data_path

    return str(user_data_path(APPLICATION) / "ledger.sqlite3")


def profile_folders() -> tuple[Path, ...]:
    """Return where a user's own profiles are looked for: here, then in the configuration."""
    from platformdirs import user_config_path

    return Path("profiles"), user_config_path(APPLICATION) / "profiles"
