"""What people run beside the deployment itself."""
