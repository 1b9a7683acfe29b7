"""Slack: commands, buttons and a modal, over HTTP or over a socket; what happens is posted to channels."""
