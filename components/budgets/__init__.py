"""What a stack may cost."""
