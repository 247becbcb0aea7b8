"""The paper's data sets in their official layouts, small and drawn."""
