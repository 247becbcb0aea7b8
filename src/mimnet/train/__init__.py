"""Training: one loop for every system of networks and losses."""
