"""From a graph, a state and what is live to a plan, and the plan run on threads."""
