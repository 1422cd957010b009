"""The local AWS: moto behind an HTTPS proxy, with what the AWS provider needs and moto lacks.

``python -m local.aws --run-dir DIR`` serves every AWS host name on one loopback port, so that no endpoint has
to be configured anywhere. ``additions`` holds what moto lacks, ``refusals`` what AWS refuses and moto
accepts.
"""
