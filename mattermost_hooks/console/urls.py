"""The addresses of the System Console's REST door, below /api/v4; its pages come from site.urls."""

from django.urls import path

from . import api

rest = [
    path("config", api.WholeConfig.as_view()),
    path("config/patch", api.ConfigPatch.as_view()),
    path("system/ping", api.Ping.as_view()),
]
