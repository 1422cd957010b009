"""Pulumi components of a payment platform on AWS, one package for each area, and the settings of each."""
