"""The one signal of this project: a post was born that other programs are to hear of.

Sent inside the post's own transaction with `post`; a receiver that fails takes the
post with it, so a post and what it owes to others are stored together or not at all.
"""

from django.dispatch import Signal

post_created = Signal()
