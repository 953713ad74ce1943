"""What roles grant, as data (specification §7.5). channels_app.membership.permissions is the gate that asks."""

SYSTEM_USER = "system_user"
SYSTEM_ADMIN = "system_admin"
SYSTEM_USER_ACCESS_TOKEN = "system_user_access_token"  # noqa: S105 - the name of a role
TEAM_USER = "team_user"
TEAM_ADMIN = "team_admin"
CHANNEL_USER = "channel_user"
CHANNEL_ADMIN = "channel_admin"

EVERYTHING = "*"

GRANTS: dict[str, frozenset[str]] = {
    SYSTEM_ADMIN: frozenset({EVERYTHING}),
    SYSTEM_USER: frozenset(
        {"create_team", "create_direct_channel", "create_group_channel", "view_members"}
    ),
    SYSTEM_USER_ACCESS_TOKEN: frozenset(
        {"create_user_access_token", "read_user_access_token", "revoke_user_access_token"}
    ),
    "system_post_all": frozenset({"create_post", "create_post_public"}),
    "system_post_all_public": frozenset({"create_post_public"}),
    TEAM_USER: frozenset(
        {
            "view_team",
            "list_team_channels",
            "join_public_channels",
            "read_public_channel",
            "create_public_channel",
            "create_private_channel",
            "add_user_to_team",
        }
    ),
    TEAM_ADMIN: frozenset(
        {
            "manage_team",
            "manage_team_roles",
            "remove_user_from_team",
            "delete_others_posts",
            "manage_incoming_webhooks",
            "manage_others_incoming_webhooks",
            "manage_outgoing_webhooks",
            "manage_others_outgoing_webhooks",
            "manage_slash_commands",
            "manage_others_slash_commands",
            "bypass_incoming_webhook_channel_lock",
        }
    ),
    CHANNEL_USER: frozenset(
        {
            "read_channel",
            "create_post",
            "delete_post",
            "use_channel_mentions",
            "use_slash_commands",
            "manage_channel_members",
            "manage_public_channel_properties",
            "manage_private_channel_properties",
            "delete_public_channel",
            "delete_private_channel",
        }
    ),
    CHANNEL_ADMIN: frozenset({"manage_channel_roles"}),
}

# What members of a team gain while the console does not restrict integrations to administrators.
OPEN_INTEGRATION_GRANTS = frozenset({"manage_incoming_webhooks", "manage_outgoing_webhooks"})


ALL_PERMISSIONS = frozenset().union(*GRANTS.values()) | OPEN_INTEGRATION_GRANTS


def grants(roles: str, permission: str) -> bool:
    """Does one of these roles (separated by blanks) grant the permission? Unknown roles grant nothing."""
    granted = [GRANTS.get(role, frozenset()) for role in roles.split()]
    return any(permission in one or EVERYTHING in one for one in granted)


def granted(roles: str) -> frozenset[str]:
    """All that these roles (separated by blanks) grant together; "*" stands beside what it stands for."""
    together: frozenset[str] = frozenset().union(*(GRANTS.get(r, ()) for r in roles.split()))
    return ALL_PERMISSIONS if EVERYTHING in together else together
