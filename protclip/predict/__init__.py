"""Predictors: what a protein does, what a change does to it, whom it meets, and why the model says so."""
