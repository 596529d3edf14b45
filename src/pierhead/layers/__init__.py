"""What layers hold: the table of contents of each, made once, and what is read from it: file trees, files, comparisons."""
