"""Official archives turned into the plain folder: `mimnet data prepare` and `mimnet data get`."""
