"""The other sides of the service in small, for the demo and for tests: GitLab, Argo CD, Slack."""
