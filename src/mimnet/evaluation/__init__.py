"""Models compared: the same pictures and sentences for all, scored by the metrics, as tables and figures."""
