"""The cluster, and the tasks and services that run in it."""
