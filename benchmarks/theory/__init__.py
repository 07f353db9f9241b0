"""Runs whose results are known beforehand: what formulas say of a market, and what contracts and model do."""
