"""Makes a plan from a graph, a state and what AWS has, and runs it on threads."""
