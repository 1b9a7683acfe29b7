"""What the page says, as HTML: it reads the same with scripts and without."""
