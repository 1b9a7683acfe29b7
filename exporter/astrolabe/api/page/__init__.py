"""The content of the page as HTML: the same with and without scripts."""
