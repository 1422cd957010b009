"""The network of a stack: VPC, security groups, and the peering of two networks."""
