"""Tests, intervals and measures of agreement.

association     tables of counts: exact and asymptotic tests, differences, Cramér's V
ranks           Mann-Whitney, Hodges-Lehmann, Spearman
enumeration     all tables with given margins
agreement       Cohen's kappa
confidence      the level of all intervals
"""
