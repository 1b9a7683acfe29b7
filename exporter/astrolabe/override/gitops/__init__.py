"""The backend for environments that git describes: a commit, a merge request, and a sync of Argo CD."""
