"""What has to be delivered, what became of it, and what is known of who is called."""

from django.db import models

from mattermost_hooks.records import ID_LENGTH, IdField, new_ordered_id, now_ms

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
LONGEST_ENDPOINT = 280
# Due before anything that was tried already, whatever the clock of whoever wrote it.
AT_ONCE = 0


class Delivery(models.Model):
    """One payload for one URL, written in the transaction of what caused it.

    `kind` names its sender (senders.py), `owner_id` the webhook or the like that it is sent for, `cause_id`
    what it tells of. `due_at` is the only schedule, in the database's time: a claim pushes it ahead, a failure
    sets it to the next try. `endpoint` is the receiver behind the URL (endpoints.py).
    """

    id = IdField(primary_key=True, default=new_ordered_id, editable=False)
    kind = models.CharField(max_length=24)
    owner_id = IdField()
    cause_id = IdField()
    url = models.CharField(max_length=1024)
    endpoint = models.CharField(max_length=LONGEST_ENDPOINT)
    content_type = models.CharField(max_length=128)
    payload = models.JSONField()
    status = models.CharField(max_length=9, default=PENDING)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    # Counts the claims, so that who has lost one cannot settle over its successor.
    claim = models.PositiveIntegerField(default=0, editable=False)
    create_at = models.BigIntegerField(default=now_ms)
    update_at = models.BigIntegerField(default=now_ms)
    due_at = models.BigIntegerField(default=AT_ONCE)
    note = models.TextField(blank=True, default="")

    # Of one that was just claimed: did calls to its receiver fail before, and those of its owner to its URL?
    endpoint_failed = url_failed = False

    class Meta:
        app_label = "integrations"
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["kind", "endpoint", "owner_id", "due_at", "id"],
                condition=models.Q(status=PENDING),
                name="delivery_pending",
            ),
            models.Index(fields=["owner_id", "id"], name="delivery_owner_id"),
            models.Index(
                fields=["id"], condition=models.Q(status=FAILED), name="delivery_failed_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} delivery {self.id}"


class Attempt(models.Model):
    """One try of a delivery and what came of it; the reply is kept cut, for people to read.

    `timings` has the milliseconds of each part of the call that it came to (outbound/reply.py).
    """

    id = IdField(primary_key=True, default=new_ordered_id, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    create_at = models.BigIntegerField(default=now_ms)
    duration_ms = models.PositiveIntegerField(default=0)
    timings = models.JSONField(default=dict)
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=500, blank=True, default="")
    response_start = models.TextField(blank=True, default="")

    class Meta:
        app_label = "integrations"

    def __str__(self) -> str:
        return f"attempt at {self.create_at}"


class AttemptTally(models.Model):
    """How many attempts came to one outcome, since the beginning."""

    outcome = models.CharField(max_length=16)
    count = models.BigIntegerField(default=0)

    class Meta:
        app_label = "integrations"
        constraints = [models.UniqueConstraint(fields=["outcome"], name="one_tally_per_outcome")]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.count}"


class Endpoint(models.Model):
    """A receiver that fails: nobody is sent there before `rests_until`. Who answers well has no row."""

    name = models.CharField(max_length=LONGEST_ENDPOINT)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.BigIntegerField()
    failed_at = models.BigIntegerField()
    rests_until = models.BigIntegerField()

    class Meta:
        app_label = "integrations"
        constraints = [models.UniqueConstraint(fields=["name"], name="one_row_per_endpoint")]

    def __str__(self) -> str:
        return self.name


class Trouble(models.Model):
    """A URL that has answered its owner with nothing but failures since some time.

    `told` is the percentage of the way to being switched off of which the owner was told last. `ended_at` is
    when it was switched off, 0 for not yet.
    """

    kind = models.CharField(max_length=24)
    owner_id = models.CharField(max_length=ID_LENGTH)
    url = models.CharField(max_length=1024)
    since = models.BigIntegerField()
    failures = models.PositiveIntegerField(default=0)
    told = models.PositiveSmallIntegerField(default=0)
    ended_at = models.BigIntegerField(default=0)
    reason = models.TextField(default="")

    class Meta:
        app_label = "integrations"
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "url"], name="trouble_of_owner_and_url")
        ]

    def __str__(self) -> str:
        return f"trouble of {self.owner_id} since {self.since}"
