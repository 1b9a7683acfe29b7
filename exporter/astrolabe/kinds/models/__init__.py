"""Parts of objects that several kinds share."""
