"""The service: edits over HTTP, many at a time (extra `serve`)."""
