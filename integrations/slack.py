"""Slack's markup in the Markdown of posts: announcements, people, links (specification §2.7).

Text goes through here before anyone has looked at it, so every pattern is linear in its length:
the quantifiers are possessive and no part may run into the start of the next match.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from channels_app.attachments import Attachment

type_of_lookup = Callable[[str], str | None]

_ANNOUNCEMENT = re.compile(r"<!(channel|here|all)>")
_USER_ID = re.compile(r"<@([A-Za-z0-9]{26})>")
# In the text of a post a link stays on one line; in an attachment its label may go on. Neither pattern
# runs across a second bar or a ">": that takes the wrong words for a label.
_LINK = re.compile(r"<([^\n<|>\0]++)\|([^\n|>]++)>")
_LINK_OVER_LINES = re.compile(r"<([^<|>\0]++)\|([^|>]++)>")
