"""The one ruler: base measures, each defined once over the book, counted one way for any period and grouping."""
