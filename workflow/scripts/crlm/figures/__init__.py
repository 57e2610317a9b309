"""The figures.

style           colours, typeface and sizes, the same for all; saving
forest          the forest plot of the comparisons
specifications  the curve of what other choices would find
drawings        `plot_figures`: all of the plan, the flow diagram, the waterfall
"""
