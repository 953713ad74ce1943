"""What every template may show."""

from .config import get_config


def site_name(request: object) -> dict[str, str]:
    """`site_name`: what this server is called, in the title of every page."""
    return {"site_name": get_config().TeamSettings.SiteName}
