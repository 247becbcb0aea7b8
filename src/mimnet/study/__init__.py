"""The paper's human study (its Table 2): a page to grade edits on, and a reader of the answers."""
