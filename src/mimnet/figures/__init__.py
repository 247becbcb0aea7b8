"""The paper's figures made anew, and a page to look through all edits: what `mimnet figures` writes."""
