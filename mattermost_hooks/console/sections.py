"""Every run-time setting, declared once: Mattermost's names and defaults, the help an administrator reads.

The console's forms, GET and PUT /api/v4/config, type checks and environment variables are all made from
these classes. A new setting is one line here.
"""

from dataclasses import dataclass, field

from . import allowed_values
from .rate_limit import RateLimit
from .setting import setting

UNLIMITED = 2**31 - 1


INTEGRATIONS = "Integration Management"
BOTS = "Bot Accounts"
WEB_SERVER = "Web Server"
DEVELOPER = "Developer"
POSTS = "Posts"
USERS_AND_TEAMS = "Users and Teams"
LOGIN = "Authentication"
FILES = "File Storage"
LOGGING = "Logging"
RETENTION = "Data Retention"


@dataclass(frozen=True)
class Service:
    """What the server does and for whom."""

    SiteURL: str = setting(
        "",
        "The address people and integrations reach this server at, such as https://chat.example.com. "
        "Hook URLs shown on pages start with it. With a path, such as https://example.com/chat, the server "
        "stands below that path.",
        label="Site URL",
        group=WEB_SERVER,
        check=allowed_values.problem_with_site_url,
    )
    EnableIncomingWebhooks: bool = setting(
        True,
        "External programs may post through incoming webhook URLs.",
        label="Enable incoming webhooks",
        group=INTEGRATIONS,
    )
    EnableOutgoingWebhooks: bool = setting(
        True,
        "Posts in public channels are reported to the callback URLs of matching outgoing webhooks.",
        label="Enable outgoing webhooks",
        group=INTEGRATIONS,
    )
    EnablePostUsernameOverride: bool = setting(
        False,
        "Integrations may post under a name of their choice. Their posts keep the BOT mark.",
        label="Enable integrations to override usernames",
        group=INTEGRATIONS,
    )
    EnablePostIconOverride: bool = setting(
        False,
        "Integrations may post with a picture of their choice.",
        label="Enable integrations to override profile picture icons",
        group=INTEGRATIONS,
    )
    EnableOnlyAdminIntegrations: bool = setting(
        True,
        "Only administrators of the system or the team may manage webhooks. When off, every member of a "
        "team may manage their own.",
        label="Restrict managing integrations to administrators",
        group=INTEGRATIONS,
    )
    EnforceIncomingWebhookChannelLocking: bool = setting(
        False,
        "Every incoming webhook made or changed from now on may post to its own channel only.",
        label="Lock incoming webhooks to their channel",
        group=INTEGRATIONS,
    )
    OutgoingIntegrationRequestsTimeout: int = setting(
        30,
        "Seconds that an outgoing webhook's receiver has for its whole answer.",
        label="Integration request timeout",
        group=INTEGRATIONS,
        within=(1, 300),
    )
    OutgoingWebhookMaxAttempts: int = setting(
        14,
        "How often a delivery is tried before it is given up, unless its webhook says otherwise. 14 tries are "
        "75 hours. 1 is what Mattermost does: one try, no retry.",
        label="Attempts for each delivery",
        group=INTEGRATIONS,
        within=(1, 20),
    )
    OutgoingWebhooksOutliveMembership: bool = setting(
        True,
        "Outgoing webhooks go on when their creator is deactivated or leaves the team, as in Mattermost. When "
        "off, they rest until the creator is back, and what waits is given up.",
        label="Webhooks of former members go on",
        group=INTEGRATIONS,
    )
    OutgoingWebhookDisableAfterHours: int = setting(
        120,
        "An address that has answered a webhook with nothing but failures for so many hours is switched off; "
        "the webhook's creator is told at 50, 70, 90 and 100 % of that time. 0: never.",
        label="Switch failing addresses off after",
        group=INTEGRATIONS,
        within=(0, 8760),
    )
    EnableUserAccessTokens: bool = setting(
        False,
        "People with the permission may make personal access tokens; while off, such tokens are refused.",
        label="Enable personal access tokens",
        group=INTEGRATIONS,
    )
    EnableBotAccountCreation: bool = setting(
        False, "Bot accounts may be made.", label="Enable bot account creation", group=BOTS
    )
    DisableBotsWhenOwnerIsDeactivated: bool = setting(
        True,
        "Deactivating a person disables the bots that person owns.",
        label="Disable bots of deactivated owners",
        group=BOTS,
    )
    AllowedUntrustedInternalConnections: str = setting(
        "",
        "Hosts, addresses and networks inside your own network that integrations may be called at, "
        "separated by blanks or commas, such as: localhost 10.1.0.0/16. Everything else that is not a "
        "public address is refused.",
        label="Allow untrusted internal connections to",
        group=DEVELOPER,
        check=allowed_values.problem_with_connections,
    )
    MaximumPayloadSizeBytes: int = setting(
        4 * 1024 * 1024,
        "Bytes of the largest body of a request; larger ones are refused unread with a 413.",
        label="Maximum payload size",
        group=WEB_SERVER,
        within=(1024, 2**31 - 1024),
    )
    EnableInsecureOutgoingConnections: bool = setting(
        False,
        "Outgoing requests accept any TLS certificate. Only for tests.",
        label="Enable insecure outgoing connections",
        group=WEB_SERVER,
    )
    OutgoingProxyURL: str = setting(
        "",
        "The HTTP proxy through which everything that integrations call is reached, such as "
        "http://proxy.example.com:3128; what AllowedUntrustedInternalConnections names is called without it. "
        "It resolves names itself, so it has to refuse addresses inside your network, too.",
        label="Outgoing proxy",
        group=WEB_SERVER,
        check=allowed_values.problem_with_proxy,
    )
    OutgoingProxyCredentials: str = setting(
        "",
        "Name and password for the outgoing proxy, with a colon between them.",
        label="Outgoing proxy credentials",
        group=WEB_SERVER,
        secret=True,
        longest=500,
    )
    ExperimentalEnableHardenedMode: bool = setting(
        False,
        "Server errors (5xx) are answered with a general sentence only.",
        label="Enable hardened mode",
        group=DEVELOPER,
    )
    ExperimentalStrictCSRFEnforcement: bool = setting(
        False,
        "Cookie-authenticated calls need the X-CSRF-Token header; X-Requested-With alone is not enough.",
        label="Enable strict CSRF enforcement",
        group=LOGIN,
    )
    MaxPostSize: int = setting(
        16383,
        "Characters in one post. A longer webhook text becomes several posts; a longer post of a person "
        "is refused.",
        label="Maximum post size",
        group=POSTS,
        within=(1000, 65535),
    )
    MinimumHashtagLength: int = setting(
        3,
        "Characters a hashtag needs, the # included.",
        label="Minimum hashtag length",
        group=POSTS,
        within=(2, 50),
    )
    MaximumLoginAttempts: int = setting(
        10,
        "Wrong passwords from one place after which it has to wait before it may try that account again: "
        "30 seconds, and twice as long after each further one, up to 15 minutes.",
        label="Maximum login attempts",
        group=LOGIN,
        within=(1, 1000),
        error=(
            "model.config.is_valid.login_attempts.app_error",
            "Invalid maximum login attempts for service settings. Must be a positive number.",
        ),
    )
    SessionLengthWebInDays: int = setting(
        30,
        "Days until a session ends.",
        label="Session length",
        group=LOGIN,
        within=(1, 3650),
    )


@dataclass(frozen=True)
class Team:
    """Who may join and how large things may grow."""

    SiteName: str = setting(
        "Mattermost Hooks",
        "The name shown on every page.",
        label="Site name",
        group=USERS_AND_TEAMS,
        longest=30,
        check=allowed_values.problem_with_site_name,
    )
    EnableUserCreation: bool = setting(
        True, "Accounts can be made.", label="Enable account creation", group=USERS_AND_TEAMS
    )
    EnableOpenServer: bool = setting(
        False,
        "Anyone who reaches the server may make an account; otherwise administrators do.",
        label="Enable open server",
        group=USERS_AND_TEAMS,
    )
    MaxUsersPerTeam: int = setting(
        50,
        "Active members a team may have.",
        label="Maximum users per team",
        group=USERS_AND_TEAMS,
        within=(1, UNLIMITED),
    )
    MaxChannelsPerTeam: int = setting(
        2000,
        "Channels a team may have, archived ones left out.",
        label="Maximum channels per team",
        group=USERS_AND_TEAMS,
        within=(1, UNLIMITED),
    )
    RestrictDirectMessage: str = setting(
        "any",
        "Whom people may write to directly: any person on the server, or members of a shared team.",
        label="Direct messages",
        group=USERS_AND_TEAMS,
        choices=("any", "team"),
    )


@dataclass(frozen=True)
class Password:
    """What a password needs."""

    MinimumLength: int = setting(
        10,
        "Characters a password needs.",
        label="Minimum length",
        group=LOGIN,
        within=(5, 64),
        error=(
            "model.config.is_valid.password_length.app_error",
            "Minimum password length must be a whole number greater than or equal to 5 and less than or "
            "equal to 64.",
        ),
    )
    Lowercase: bool = setting(
        True, "At least one lower-case letter.", label="Require a lower-case letter", group=LOGIN
    )
    Number: bool = setting(True, "At least one digit.", label="Require a number", group=LOGIN)
    Uppercase: bool = setting(
        True, "At least one upper-case letter.", label="Require an upper-case letter", group=LOGIN
    )
    Symbol: bool = setting(
        True, "At least one symbol such as ! or #.", label="Require a symbol", group=LOGIN
    )


@dataclass(frozen=True)
class Email:
    """How people sign in with their e-mail address."""

    EnableSignInWithEmail: bool = setting(
        True,
        "People may sign in with their e-mail address.",
        label="Sign in with e-mail",
        group=LOGIN,
    )
    EnableSignInWithUsername: bool = setting(
        True, "People may sign in with their username.", label="Sign in with username", group=LOGIN
    )


@dataclass(frozen=True)
class File:
    """Uploads, and with them the size of a request."""

    MaxFileSize: int = setting(
        52428800,
        "Bytes of the largest file. No body of a request may be larger either.",
        label="Maximum file size",
        group=FILES,
        within=(1024, 2**31 - 1024),
        error=(
            "model.config.is_valid.max_file_size.app_error",
            "Invalid max file size for file settings. Must be a whole number greater than zero.",
        ),
    )


@dataclass(frozen=True)
class Log:
    """What the server writes down."""

    EnableWebhookDebugging: bool = setting(
        True,
        "Refused webhook calls are logged with the reason.",
        label="Enable webhook debugging",
        group=LOGGING,
    )


@dataclass(frozen=True)
class Retention:
    """How long what nobody needs any more is kept."""

    DeliveryRetentionDays: int = setting(
        30,
        "Days that deliveries of webhooks are kept with their attempts, once delivered or given up.",
        label="Keep deliveries",
        group=RETENTION,
        within=(1, 3650),
    )
    IncomingCallRetentionDays: int = setting(
        30,
        "Days that the log of the calls of incoming webhooks is kept: of each the latest 10 000 calls.",
        label="Keep calls of incoming webhooks",
        group=RETENTION,
        within=(1, 3650),
    )
    SessionRetentionDays: int = setting(
        7,
        "Days that sessions are kept after they have ended by themselves.",
        label="Keep ended sessions",
        group=RETENTION,
        within=(0, 3650),
    )


@dataclass(frozen=True)
class Config:
    """All settings, section by section as in Mattermost's config.json."""

    ServiceSettings: Service = field(default_factory=Service)
    TeamSettings: Team = field(default_factory=Team)
    PasswordSettings: Password = field(default_factory=Password)
    EmailSettings: Email = field(default_factory=Email)
    FileSettings: File = field(default_factory=File)
    LogSettings: Log = field(default_factory=Log)
    DataRetentionSettings: Retention = field(default_factory=Retention)
    RateLimitSettings: RateLimit = field(default_factory=RateLimit)
