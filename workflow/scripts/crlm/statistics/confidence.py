"""The level of all intervals, and the quantile of the normal distribution that belongs to it."""

from scipy.special import ndtri

CONFIDENCE = 0.95
ALPHA = 0.05  # 1 - CONFIDENCE would be a little more
Z = float(ndtri((1 + CONFIDENCE) / 2))
